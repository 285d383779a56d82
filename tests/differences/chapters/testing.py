"""Testing an app."""

from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()


@chapter.difference(
    "A bug under the test client",
    "What a test gets when it asks a handler that raises.",
    reason="The contract suite speaks to the apps over sockets, as any client does.",
)
async def bug_under_the_test_client(cells: StockCells) -> Observation:
    """Ask a handler with a bug by the framework's test client."""
    return _seen(cells, "handler_that_raises")


@chapter.difference(
    "Replacing what a handler depends on",
    "What a handler gets in a test that replaces the name of its database: Quart's"
    " tutorial sets `app.config`, FastAPI's `app.dependency_overrides`.",
    Glue("quart_app/dependencies.py", "def get_core()"),
    Glue("fastapi_app/dependencies.py", "async def get_core("),
)
async def replaced_dependency(cells: StockCells) -> Observation:
    """Replace a dependency."""
    return _seen(cells, "replaced_dependency")


@chapter.difference(
    "Time limits",
    "An app's settings with a time limit, in seconds: how long a body may take to come,"
    " a response to go, and a background task to end when the app stops.",
    Glue("quart_app/app.py", 'app.config["RESPONSE_TIMEOUT"] = None'),
)
async def time_limits(cells: StockCells) -> Observation:
    """Read the app's settings: to wait for the limits would take two minutes."""
    return _seen(cells, "time_limits")


def _seen(cells: StockCells, name: str) -> Observation:
    seen: Observation = cells.in_process(name)
    return seen
