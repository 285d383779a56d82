"""Testing an app."""

from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()


@chapter.difference(
    "A bug under the test client",
    "What a test gets when it asks a handler that raises, by default and with the"
    " settings that change it: Quart's `app.testing = True` and its"
    " `PROPAGATE_EXCEPTIONS`, FastAPI's `TestClient(app,"
    " raise_server_exceptions=False)`.",
    reason="The contract suite speaks to the apps over sockets, as any client does.",
)
async def bug_under_the_test_client(cells: StockCells) -> Observation:
    """Ask a handler with a bug by the framework's test client."""
    return cells.in_process("handler_that_raises")


@chapter.difference(
    "Replacing what a handler depends on",
    "What a handler gets in a test that replaces the name of its database by"
    " `test.db`: Quart's tutorial sets `app.config`, FastAPI's"
    " `app.dependency_overrides`.",
    Glue("quart_app/dependencies.py", "def get_core()"),
    Glue("fastapi_app/dependencies.py", "async def get_core("),
    same=True,
)
async def replaced_dependency(cells: StockCells) -> Observation:
    """Replace a dependency."""
    return cells.in_process("replaced_dependency")
