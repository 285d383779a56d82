"""Clients that go, do not read, or send too much."""

import asyncio
from contextlib import suppress

from tests.contract.patience import TIMEOUT
from tests.contract.raw import Connection, Op, WebSocket, frame, head
from tests.differences.asking import fence, happened, new_key, release, wait_for_notes
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCell, StockCells

chapter = Chapter()
_GET = Glue("quart_app/websocket.py", "async def get(self)")
_MEBIBYTE = 1_048_576
_STILL = 50
"""So many looks in a row at which nothing has moved mean that nothing will."""


@chapter.difference(
    "A client that leaves while its request is handled",
    "A handler that waits for something, and the connection is closed.",
    Glue("shared/weather/cache.py", "flight = asyncio.create_task("),
)
async def leaves_a_request(cells: StockCells) -> Observation:
    """Leave a handler that waits."""
    key = new_key()
    async with await Connection.open(cells.app) as connection:
        await connection.send(head(cells.app, f"/slow/{key}"))
        await wait_for_notes(cells.app, key, 1)
    return (await _after(cells.app, key, 2))[1]


@chapter.difference(
    "A client that leaves while its response is streamed",
    "A generator that waits for something between two parts, and the connection is"
    " closed.",
    reason="The apps stream no response.",
    same=True,
)
async def leaves_a_stream(cells: StockCells) -> Observation:
    """Leave a stream that waits."""
    key = new_key()
    async with await Connection.open(cells.app) as connection:
        await connection.send(head(cells.app, f"/stream/{key}"))
        await connection.read_until(b"first")
    return (await _after(cells.app, key, 1))[0]


@chapter.difference(
    "A stream that breaks",
    "A generator that raises after its first part: whether a client can tell that"
    " something is missing.",
    reason="The apps stream no response.",
    same=True,
)
async def stream_that_breaks(cells: StockCells) -> Observation:
    """Read a stream that breaks."""
    async with await Connection.open(cells.app) as connection:
        await connection.send(head(cells.app, "/breaks"))
        try:
            response = await connection.read_response()
        except (EOFError, ConnectionError):
            return "cut"
    return f"whole: {response.body.decode()!r}"


@chapter.difference(
    "What a socket's handler learns of its client's leaving",
    "A handler that waits in `receive()`, and a client that closes with 1001.",
    _GET,
    Glue("quart_app/chat.py", "except Disconnected:"),
)
async def leaves_a_receive(cells: StockCells) -> Observation:
    """Close a socket whose handler is receiving."""
    key = new_key()
    async with await WebSocket.open(cells.app, f"/counts/{key}") as websocket:
        await websocket.send(Op.CLOSE, (1001).to_bytes(2))
        return (await wait_for_notes(cells.app, key, 2))[0]


@chapter.difference(
    "A client that leaves while its socket's handler is busy",
    "A handler that waits for something else than a frame, and the client leaves.",
    _GET,
    Glue("shared/chat/seat.py", "await asyncio.wait(ends"),
)
async def leaves_a_busy_handler(cells: StockCells) -> Observation:
    """Leave a handler that is not receiving."""
    key = new_key()
    async with await WebSocket.open(cells.app, f"/busy/{key}") as websocket:
        await wait_for_notes(cells.app, key, 1)
        await websocket.send(Op.CLOSE, (1001).to_bytes(2))
    return (await _after(cells.app, key, 2))[1]


@chapter.difference(
    "Frames that are unread when the client leaves",
    "100 frames and a close at once to a handler that takes a millisecond for each.",
    _GET,
)
async def unread_frames(cells: StockCells) -> Observation:
    """Send a lot and leave."""
    key = new_key()
    async with await WebSocket.open(cells.app, f"/counts/{key}") as websocket:
        close = frame(Op.CLOSE, (1001).to_bytes(2))
        await websocket.connection.send(frame(Op.TEXT, b"x") * 100 + close)
        count = (await wait_for_notes(cells.app, key, 2))[1]
    return "all 100 handled" if count == "100" else "some of 100 lost"


@chapter.difference(
    "A flood to a handler that does not read",
    "Frames sent as fast as they are taken, up to 16 MiB.",
    _GET,
)
async def flood(cells: StockCells) -> Observation:
    """Send until nothing is taken any more."""
    key = new_key()
    async with await WebSocket.open(cells.app, f"/busy/{key}") as websocket:
        sent = 0

        async def send() -> None:
            nonlocal sent
            piece = frame(Op.TEXT, b"x" * 65_536)
            for _ in range(16 * _MEBIBYTE // 65_536):
                await websocket.connection.send(piece)
                sent += 1

        sending = asyncio.create_task(send())
        still = 0
        while not sending.done() and still < _STILL:
            before = sent
            try:
                await happened(cells.app, key)
            except (EOFError, ConnectionError):
                # The flood keeps the server so busy that it thinks us silent.
                still = 0
            else:
                still = still + 1 if sent == before else 0
        taken = "all 16 MiB taken" if sending.done() else "stopped before 16 MiB"
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
    await release(cells.app, key)
    return taken


@chapter.difference(
    "A client that does not read",
    "A handler that sends up to 64 MiB to a client that reads nothing: `send` waits,"
    " and no server buffers without bound.",
    Glue("shared/chat/seat.py", "stalled = self._outbound.stalled_seconds()"),
    same=True,
)
async def client_that_does_not_read(cells: StockCells) -> Observation:
    """Read nothing, until nothing is sent any more."""
    key = new_key()
    async with await WebSocket.open(cells.app, f"/pours/{key}"):
        sent, still = 0, 0
        async with asyncio.timeout(TIMEOUT):
            while sent < 1_024 and (sent == 0 or still < _STILL):
                before, sent = sent, len(await happened(cells.app, key))
                still = still + 1 if sent == before else 0
    return "all 64 MiB sent" if sent == 1_024 else "waits before 64 MiB"


@chapter.difference(
    "Time limits",
    "An app's settings with a time limit, in seconds, read from them: how long a body"
    " may take to come, a response to go, and a background task to end when the app"
    " stops.",
    Glue("quart_app/app.py", 'app.config["RESPONSE_TIMEOUT"] = None'),
    # It has the whole body before Quart begins to wait for it.
    Glue("shared/middleware.py", "body = await read_body"),
)
async def time_limits(cells: StockCells) -> Observation:
    """Read the app's settings: to wait for the limits would take two minutes."""
    return cells.in_process("time_limits")


async def _after(cell: StockCell, key: str, count: int) -> list[str]:
    """What happens when a client has gone and the handler is let go on."""
    await fence(cell)
    await release(cell, key)
    return await wait_for_notes(cell, key, count)
