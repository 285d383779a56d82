"""Testing an app"""

from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_OVER_SOCKETS = "The contract suite speaks to the apps over sockets, as any client does."


@chapter.difference("A bug under the test client", "What a test gets of a handler that raises.", reason=_OVER_SOCKETS)
async def bug_under_the_test_client(cells: StockCells) -> Observation:
    """Ask a handler with a bug by the framework's test client."""
    return cells.in_process("handler_that_raises")


@chapter.difference("Replacing what a handler depends on", "By what a test gives a handler something else than in production.",
    Glue("quart_app/dependencies.py", "def get_core()"),
    Glue("fastapi_app/dependencies.py", "async def get_core("),
)
async def replaced_dependency(cells: StockCells) -> Observation:
    """Replace a dependency."""
    return cells.in_process("replaced_dependency")


@chapter.difference("Time limits", "An app's settings with a time limit, in seconds: how long a body may take to come, a response to go and a task to end.",
    Glue("quart_app/app.py", 'app.config["RESPONSE_TIMEOUT"] = None'),
)
async def time_limits(cells: StockCells) -> Observation:
    """Read the app's settings: to wait for the limits would take two minutes."""
    return cells.in_process("time_limits")
