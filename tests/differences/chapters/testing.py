"""Testing an app"""

from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_OVER_SOCKETS = "The contract suite speaks to the apps over sockets, as any client does."


@chapter.difference("A bug under the test client", "What a test gets of a handler that raises.", reason=_OVER_SOCKETS)
async def bug_under_the_test_client(cells: StockCells) -> Observation:
    """Ask a handler with a bug by the framework's test client."""
    return cells.in_process("handler_that_raises")


@chapter.difference("Start-up under the test client", "Whether the start-up hooks run for `client.get()` outside of a `with` block.", reason=_OVER_SOCKETS, same=True)
async def start_up_under_the_test_client(cells: StockCells) -> Observation:
    """Ask by the test client whether the app was started."""
    return cells.in_process("start_up")


@chapter.difference("Replacing what a handler depends on", "By what a test gives a handler something else than in production.",
    Glue("quart_app/dependencies.py", "def get_core()"),
    Glue("fastapi_app/dependencies.py", "async def get_core("),
)
async def replaced_dependency(cells: StockCells) -> Observation:
    """Replace a dependency."""
    return cells.in_process("replaced_dependency")


@chapter.difference("Time limits of a request", "How long a body may take to come and a response to go, in seconds.",
    Glue("quart_app/app.py", 'app.config["RESPONSE_TIMEOUT"] = None'),
)
async def time_limits(cells: StockCells) -> Observation:
    """Read the app's settings: to wait for the limits would take two minutes."""
    return cells.in_process("time_limits")
