"""What the servers do by themselves."""

from collections.abc import Callable

import uvicorn
from granian import Granian
from hypercorn import Config as HypercornConfig

from tests.contract.cells import CellError
from tests.contract.patience import NotInTime
from tests.contract.raw import Connection, WebSocket
from tests.differences.asking import answer, end_of, header
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_PATIENCE = 2.5
"""Seconds; hypercorn tells nobody anything for 3, the others act at once."""


@chapter.difference(
    "A start that fails",
    "How the process ends when the start-up hook raises.",
    Glue("shared/core.py", "async def rehearse("),
)
async def start_that_fails(cells: StockCells) -> Observation:
    """Start an app whose start-up hook raises."""
    with cells.own("failing") as cell:
        try:
            cell.start()
        except CellError:
            return f"exit code {cell.process.returncode}"
    return "started all the same"


@chapter.difference(
    "A stop with an open socket",
    "What a client hears after SIGTERM while its handler waits for a frame, and the"
    " exit code when the client has left.",
    Glue("shared/serving.py", "class _Uvicorn"),
    Glue("shared/serving.py", "async def stopped()"),
    Glue("shared/granian_serving.py", "async def _draining("),
)
async def stop_with_an_open_socket(cells: StockCells) -> Observation:
    """Stop a server with a client on it."""
    with cells.own() as cell:
        cell.start()
        async with await WebSocket.open(cell, "/echo") as websocket:
            await websocket.send_text("x")
            await websocket.receive()
            cell.terminate()
            try:
                heard = await end_of(websocket, timeout=_PATIENCE)
            except NotInTime:
                heard = f"nothing for {_PATIENCE} s"
        return {"client": heard, "exit code": cell.wait(20)}


@chapter.difference(
    "Pings",
    "How often a server pings a socket by default, read from its settings: the first"
    " ping would come after 20 seconds.",
    Glue("shared/serving.py", "ws_ping_interval=_PING_SECONDS"),
    Glue("shared/serving.py", "config.websocket_ping_interval = None"),
    Glue("shared/serving.py", "sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEP"),
)
async def pings(cells: StockCells) -> Observation:
    """Read a server's settings."""
    return _PINGS[cells.server]()


@chapter.difference(
    "Behind a proxy",
    "The URL that the app sees of a request with `X-Forwarded-Proto: https` from this"
    " machine.",
    Glue("shared/serving.py", "proxy_headers=False"),
)
async def behind_a_proxy(cells: StockCells) -> Observation:
    """Say that the request came by https."""
    response = await answer(cells.app, "/url", headers={"X-Forwarded-Proto": "https"})
    return response.body.decode().split('"')[3].replace(f":{cells.app.port}", "")


@chapter.difference(
    "HTTP/2",
    "Whether a client may speak HTTP/2 at once, without TLS (RFC 9113, section 3.3).",
    Glue("shared/granian_serving.py", "http=HTTPModes.http1"),
)
async def http_2(cells: StockCells) -> Observation:
    """Begin with the preface of HTTP/2."""
    empty_settings = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    async with await Connection.open(cells.app) as connection:
        await connection.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + empty_settings)
        begin = await connection.read(4)
    return "yes" if begin[3] == empty_settings[3] else f"no, {begin.decode('latin-1')}"


@chapter.difference(
    "A head of 70,000 bytes",
    "A request with a long header.",
    reason="Clause H-15 leaves the limit to the server.",
)
async def long_head(cells: StockCells) -> Observation:
    """Send a long header."""
    return (await answer(cells.app, "/items", headers={"X-Long": "x" * 70_000})).status


@chapter.difference(
    "The name of the server",
    "The `Server` header.",
    Glue("shared/serving.py", "server_header=False"),
    Glue("shared/serving.py", "config.include_server_header = False"),
)
async def server_header(cells: StockCells) -> Observation:
    """Ask for anything."""
    return header(await answer(cells.app, "/items"), "server")


def _uvicorn_pings() -> Observation:
    config = uvicorn.Config("app", log_config=None)
    return {"interval": config.ws_ping_interval, "timeout": config.ws_ping_timeout}


def _hypercorn_pings() -> Observation:
    return {"interval": HypercornConfig().websocket_ping_interval}


def _granian_pings() -> Observation:
    names = Granian.__init__.__annotations__
    return {"interval": None} if not any("ping" in name for name in names) else "some"


_PINGS: dict[str, Callable[[], Observation]] = {
    "uvicorn": _uvicorn_pings,
    "hypercorn": _hypercorn_pings,
    "granian": _granian_pings,
}
