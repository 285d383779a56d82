"""Tasks, threads, context, memory and telemetry."""

from tests.contract.raw import Connection, head
from tests.differences.asking import answer, fence, new_key, release, wait_for_notes
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_NONE = "The apps have no background tasks: what matters is done before the answer."
_POST = {"Content-Length": "0"}
_EXECUTOR = "worker thread of the loop's default executor"
_THREADS = {"asyncio": _EXECUTOR, "uvloop": _EXECUTOR}
"""How each event loop names the threads of its default executor."""


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
    "In which thread a handler runs that is declared with `def`: a worker thread in"
    " both. Quart takes the event loop's default executor, which has min(32, CPUs + 4)"
    " threads, FastAPI those of AnyIO, which are limited to 40.",
    reason="All handlers of the apps are coroutines.",
)
async def handlers_that_are_no_coroutines(cells: StockCells) -> Observation:
    """Ask a handler for its thread."""
    body = (await answer(cells.app, "/sync")).body.decode()
    thread = body.split('"')[3].rstrip("_0123456789")
    return _THREADS.get(thread, thread)


@chapter.difference(
    "Context variables",
    "A context variable that the handler sets, read in the framework's own hook"
    " (Quart's `after_request`, FastAPI's `@app.middleware(\"http\")`, which runs the"
    " handler in another task), and in ASGI middleware around the app (where Quart"
    " handles the request in a task of its own).",
    reason="The apps have no context variables.",
)
async def context_variables(cells: StockCells) -> Observation:
    """Read around a handler what it has set."""
    key = new_key()
    await answer(cells.app, f"/user?{key}")
    (noted,) = await wait_for_notes(cells.app, key, 1)
    return {
        "hook": (await answer(cells.api, "/user")).headers["x-user"],
        "ASGI middleware": noted.removeprefix("user: "),
    }


@chapter.difference(
    "What a request leaves to the garbage collector",
    "The functions in reference cycles after a request: in Quart the one by which"
    " Werkzeug's router calls itself. Only a collection frees them, and a full one goes"
    " through all that lives in the process, while nobody is served.",
    Glue("shared/serving.py", "gc.freeze()"),
)
async def left_to_the_collector(cells: StockCells) -> Observation:
    """Ask once, and collect."""
    return cells.in_process("garbage")


@chapter.difference(
    "Telemetry",
    "Who asks OpenTelemetry's global provider for a tracer when a request comes, under"
    " the test client: FastAPI makes spans by itself once a provider is set, Quart has"
    " nothing of the kind.",
    Glue("fastapi_app/app.py", "telemetry="),
)
async def telemetry(cells: StockCells) -> Observation:
    """Set a provider and ask the app for something."""
    return cells.in_process("telemetry")
