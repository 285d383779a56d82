"""An app whose start fails, such as one whose database is not there."""

from quart import Quart

app = Quart(__name__)


@app.before_serving
async def startup():
    """Fail."""
    raise RuntimeError("no database")
