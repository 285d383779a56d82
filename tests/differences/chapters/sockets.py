"""WebSockets."""

from tests.contract.raw import Op, WebSocket
from tests.differences.asking import (
    fence,
    happened,
    header,
    new_key,
    status_and_type,
)
from tests.differences.ledger import Chapter, Glue, Observation
from tests.differences.stock import StockCells

chapter = Chapter()
_CONNECTION = Glue("quart_app/app.py", "app.asgi_websocket_class = WebSocketConnection")
_DENIAL = Glue(
    "quart_app/websocket.py", 'elif event["type"] == "websocket.http.response.body"'
)
_MISMATCH = Glue("quart_app/errors.py", "elif isinstance(error, MethodNotAllowed |")
_REFUSED = (
    _CONNECTION,
    _DENIAL,
    Glue("quart_app/errors.py", "async def on_tandem_error"),
    Glue("fastapi_app/errors.py", "async def on_tandem_error"),
)
_GET = Glue("quart_app/websocket.py", "async def get(self)")
_RECEIVE = Glue("fastapi_app/chat.py", "while (event := await websocket.receive())")
_INBOUND = Glue("shared/chat/inbound.py", "async def take(")


@chapter.difference(
    "A socket that there is not",
    "A handshake at a path that no route has.",
    Glue("fastapi_app/app.py", "app.add_api_websocket_route("),
    Glue("quart_app/errors.py", "async def on_http_error"),
    _DENIAL,
)
async def unknown_path(cells: StockCells) -> Observation:
    """Shake hands where nothing is."""
    return await _handshake(cells, "/no-such-socket")


@chapter.difference(
    "A handshake at a page's path",
    "A handshake at a path that only takes `GET`.",
    Glue("fastapi_app/app.py", "app.add_api_websocket_route("),
    _MISMATCH,
    _DENIAL,
)
async def handshake_at_a_pages_path(cells: StockCells) -> Observation:
    """Shake hands with a page."""
    return await _handshake(cells, "/items")


@chapter.difference(
    "A refused handshake",
    'Quart\'s `return "Invalid password", 401`, and `WebSocketException` raised by a'
    " dependency, as FastAPI's page on WebSockets shows it.",
    *_REFUSED,
)
async def refused_handshake(cells: StockCells) -> Observation:
    """Be refused."""
    return await _handshake(cells, "/refuses")


@chapter.difference(
    "A handshake that an HTTP error refuses",
    "Quart's `abort(401)`, and FastAPI's `HTTPException(401)` raised before `accept()`:"
    " either way an app chooses the status, if its server lets it.",
    *_REFUSED,
)
async def handshake_refused_by_an_http_error(cells: StockCells) -> Observation:
    """Be refused with a status."""
    return await _handshake(cells, "/aborts")


@chapter.difference(
    "A socket under the app's hooks",
    "Whether a hook around requests sees a handshake: Quart has `before_websocket` for"
    ' it, FastAPI\'s `@app.middleware("http")` only sees HTTP.',
    Glue("shared/middleware.py", "class Middleware:"),
)
async def socket_under_hooks(cells: StockCells) -> Observation:
    """See what ran before the socket said hello."""
    key = new_key()
    async with await WebSocket.open(cells.api, f"/ws?key={key}") as websocket:
        await websocket.receive()
    return await happened(cells.api, key)


@chapter.difference(
    "Closed before it is accepted",
    'A handler that calls `websocket.close(1008, "go away")` first: the code is lost.',
    *_REFUSED,
    same=True,
)
async def closed_before_accepted(cells: StockCells) -> Observation:
    """Be closed before being accepted."""
    return await _handshake(cells, "/closes")


@chapter.difference(
    "A handler that never accepts",
    "A handler that sends without having called `accept()`.",
    Glue("quart_app/chat.py", "await websocket.accept("),
    Glue("fastapi_app/chat.py", "await websocket.accept("),
)
async def never_accepted(cells: StockCells) -> Observation:
    """Be sent something at once."""
    return await _handshake(cells, "/silent")


@chapter.difference(
    "A query value of another type, in a handshake",
    "`/typed?number=abc`, where a number with the default 1 is asked for.",
    Glue("quart_app/chat.py", "query = checked_query(Join"),
    Glue(
        "fastapi_app/errors.py",
        "app.add_exception_handler(WebSocketRequestValidationError",
    ),
)
async def query_of_another_type(cells: StockCells) -> Observation:
    """Give a text for a number."""
    return await _handshake(cells, "/typed?number=abc")


@chapter.difference(
    "Close code after a bug",
    "A handler that raises while its socket is open.",
    Glue("shared/chat/seat.py", "return InternalError()"),
    _CONNECTION,
)
async def close_code_after_a_bug(cells: StockCells) -> Observation:
    """Make a handler raise."""
    return await _end_after(cells, "/raises", Op.TEXT, b"x")


@chapter.difference(
    "Close code after the handler has returned",
    "A handler that returns while its socket is open, without closing it.",
    Glue("shared/chat/seat.py", "await close(reason.code, reason.reason)"),
    _CONNECTION,
)
async def close_code_after_return(cells: StockCells) -> Observation:
    """Make a handler return."""
    return await _end_after(cells, "/returns", Op.TEXT, b"x")


@chapter.difference(
    "A binary frame where text is expected",
    "A frame of two bytes to the echo of the documentation: Quart's `receive()`,"
    " FastAPI's `receive_text()`.",
    _RECEIVE,
    _INBOUND,
)
async def binary_frame(cells: StockCells) -> Observation:
    """Send bytes."""
    return await _end_after(cells, "/echo", Op.BINARY, b"ab")


@chapter.difference(
    "An empty binary frame",
    "A binary frame without content to the same echo.",
    _GET,
    _RECEIVE,
    _INBOUND,
)
async def empty_binary_frame(cells: StockCells) -> Observation:
    """Send no bytes."""
    return await _end_after(cells, "/echo", Op.BINARY, b"")


@chapter.difference(
    "Text that is not UTF-8",
    "A text frame with a byte that UTF-8 has not; the server decides.",
    reason="Clause C-36 leaves the code to the server.",
)
async def text_that_is_not_utf_8(cells: StockCells) -> Observation:
    """Send what is no text."""
    return await _end_after(cells, "/echo", Op.TEXT, b"\xff")


@chapter.difference(
    "JSON over a socket",
    "What `send_json` makes of a dict.",
    Glue("shared/chat/frames.py", "def encode("),
)
async def json_over_a_socket(cells: StockCells) -> Observation:
    """Be sent JSON."""
    async with await WebSocket.open(cells.app, "/json") as websocket:
        return (await websocket.receive()).text


@chapter.difference(
    "Compression of frames",
    "What a handshake that offers `permessage-deflate` is answered.",
    Glue("shared/serving.py", "ws_per_message_deflate=False"),
    Glue("shared/server_sockets.py", "def refuse_compression()"),
)
async def compression(cells: StockCells) -> Observation:
    """Offer compression."""
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate"}
    async with await WebSocket.open(cells.app, "/echo", headers=offer) as websocket:
        return header(websocket.response, "sec-websocket-extensions")


async def _handshake(cells: StockCells, target: str) -> Observation:
    async with await WebSocket.open(cells.app, target) as websocket:
        response = websocket.response
        if response.status == 101:
            return f"accepted, then {(await websocket.receive()).text!r}"
        return status_and_type(response)


async def _end_after(
    cells: StockCells, target: str, op: Op, payload: bytes
) -> Observation:
    async with await WebSocket.open(cells.app, target) as websocket:
        await websocket.send(op, payload)
        return await _next(cells, websocket)


async def _next(cells: StockCells, websocket: WebSocket) -> Observation:
    """What the app answers to all it was sent, known when the ping after it is back."""
    await fence(cells.app)
    try:
        await websocket.send(Op.PING)
        received = await websocket.receive()
    except (EOFError, ConnectionError):
        return "no close frame (1006)"
    match received.op:
        case Op.CLOSE:
            return f"close {received.close_code}"
        case Op.PONG:
            return "stays open"
    return f"text {received.text!r}"
