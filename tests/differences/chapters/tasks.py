"""Tasks, threads and context."""

from tests.contract.raw import Connection, head
from tests.differences.asking import answer, fence, new_key, release, wait_for_notes
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_NONE = "The apps have no background tasks: what matters is done before the answer."
_POST = {"Content-Length": "0"}


@chapter.difference(
    "When a background task begins",
    "A handler that starts a background task, then waits for something else.",
    reason=_NONE,
)
async def when_a_task_begins(cells: StockCells) -> Observation:
    """Let the handler wait until a task could have begun."""
    key = new_key()
    async with await Connection.open(cells.app) as connection:
        request = head(cells.app, f"/background/{key}", method="POST", headers=_POST)
        await connection.send(request)
        await wait_for_notes(cells.app, key, 1)
        await fence(cells.app)
        await release(cells.app, key)
        return await wait_for_notes(cells.app, key, 3)


@chapter.difference(
    "A background task that raises",
    "What becomes of the connection whose request has started the task.",
    reason=_NONE,
)
async def task_that_raises(cells: StockCells) -> Observation:
    """Ask again on the same connection when the task has raised."""
    key = new_key()
    async with await Connection.open(cells.app) as connection:
        target = f"/background-raises/{key}"
        await connection.send(head(cells.app, target, method="POST", headers=_POST))
        first = (await connection.read_response()).status
        await wait_for_notes(cells.app, key, 1)
        await fence(cells.app)
        try:
            await connection.send(head(cells.app, "/items"))
            then: str | int = (await connection.read_response()).status
        except (EOFError, ConnectionError):
            then = "connection closed"
    return {"status": first, "next request": then}


@chapter.difference(
    "Handlers that are no coroutines",
    "In which thread a handler runs that is declared with `def`; uvicorn and granian"
    " take uvloop where it is installed.",
    reason="All handlers of the apps are coroutines.",
)
async def handlers_that_are_no_coroutines(cells: StockCells) -> Observation:
    """Ask a handler for its thread."""
    body = (await answer(cells.app, "/sync")).body.decode()
    return body.split('"')[3].rstrip("_0123456789")


@chapter.difference(
    "Context variables",
    "A context variable that the handler sets, read by Quart's `after_request` and by"
    ' FastAPI\'s `@app.middleware("http")`.',
    Glue("shared/middleware.py", "class _Exchange"),
)
async def context_variables(cells: StockCells) -> Observation:
    """Read in a hook what the handler has set."""
    return (await answer(cells.api, "/user")).headers["x-user"]
