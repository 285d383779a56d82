"""What the servers' handling of bad clients lacks, piece by piece."""

import asyncio
from typing import Any

import pytest
from uvicorn.server import ServerState
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from shared.asgi import App, Message, Receive, Scope, Send
from shared.server_sockets import (
    UvicornSockets,
    ignore_lost_clients,
    read_to_the_end,
)
from shared.serving import listen, uvicorn_server
from tests.core.asgi import Hello, Wire, body_parts, http_scope, socket_scope
from tests.core.fakes import idle

pytestmark = pytest.mark.asyncio

FRAME: Message = {"type": "websocket.receive", "text": "hi"}
GONE: Message = {"type": "websocket.disconnect", "code": 1006}


def reading(count: int, *, failing: bool = False) -> App:
    """An app that reads so many events of a socket and returns, or fails."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(count):
            await receive()
        if failing:
            raise ZeroDivisionError

    return app


class Pipe(asyncio.Transport):
    """A transport that only knows whether its client is read from."""

    reading = True

    def pause_reading(self) -> None:
        """Take no more from the client."""
        self.reading = False

    def resume_reading(self) -> None:
        """Take more from it."""
        self.reading = True


def uvicorn_socket(pipe: Pipe) -> UvicornSockets:
    """Uvicorn's side of a connection."""
    config = uvicorn_server(reading(0)).config
    config.load()
    sockets = UvicornSockets(config, ServerState(), {})
    sockets.transport = pipe
    return sockets


async def test_who_takes_nothing_is_not_read_from() -> None:
    """Or uvicorn would keep its answers to pings for it, without bound."""
    pipe = Pipe()
    sockets = uvicorn_socket(pipe)
    sockets.pause_writing()
    assert not pipe.reading
    sockets.resume_writing()
    assert pipe.reading


async def test_who_takes_again_waits_for_the_app() -> None:
    """While uvicorn's own queue is full."""
    pipe = Pipe()
    sockets = uvicorn_socket(pipe)
    sockets.pause_writing()
    sockets.read_paused = True
    sockets.resume_writing()
    assert not pipe.reading


async def test_an_app_that_reads_does_not_help_who_takes_nothing() -> None:
    """Uvicorn reads on when its queue is empty; not from such a client."""
    pipe = Pipe()
    sockets = uvicorn_socket(pipe)
    sockets.pause_writing()
    sockets.read_paused = True
    sockets.queue.put_nowait({"type": "websocket.receive", "text": "hi"})
    await sockets.receive()
    assert not pipe.reading
    sockets.resume_writing()
    assert pipe.reading


class Wall(Pipe):
    """A transport that keeps what is written to it, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.closed = False

    def close(self) -> None:
        """Close it."""
        self.closed = True

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.written.append(bytes(data))


def open_sockets(count: int) -> list[tuple[UvicornSockets, Wall]]:
    """Connections after their handshake."""
    found = []
    for _ in range(count):
        wall = Wall()
        sockets = uvicorn_socket(wall)
        sockets.connection_made(wall)
        sockets.handshake_complete = True
        sockets.conn.state = State.OPEN
        found.append((sockets, wall))
    return found


def frames_of(written: bytes) -> list[tuple[Opcode, bytes]]:
    """The frames that a client sees in what was written."""
    parser = ClientProtocol(parse_uri("ws://h/"), state=State.OPEN, max_size=None)
    parser.receive_data(written)
    frames = parser.events_received()
    return [
        (each.opcode, bytes(each.data)) for each in frames if isinstance(each, Frame)
    ]


@pytest.mark.parametrize("size", [5, 126, 70_000])
async def test_a_text_for_many_is_made_a_frame_once(size: int) -> None:
    """The same bytes go to all: unmasked, with the length that it has in UTF-8."""
    text = "ä" * size
    opened = open_sockets(2)
    for sockets, _ in opened:
        await sockets.send({"type": "websocket.send", "text": text})
    await idle()
    (one,), (other,) = (wall.written for _, wall in opened)
    assert one is other
    assert frames_of(one) == [(Opcode.TEXT, text.encode())]


async def test_what_is_sent_in_one_turn_is_written_once() -> None:
    """In its order, with the close that ends it."""
    ((sockets, wall),) = open_sockets(1)
    for text in ("one", "two"):
        await sockets.send({"type": "websocket.send", "text": text})
    await sockets.send({"type": "websocket.close", "code": 1000})
    assert wall.written == []
    await idle()
    (written,) = wall.written
    close = (Opcode.CLOSE, b"\x03\xe8")
    assert frames_of(written) == [(Opcode.TEXT, b"one"), (Opcode.TEXT, b"two"), close]


async def test_who_sends_much_in_one_turn_is_not_waited_for() -> None:
    """It might never end, and the client would not be heard of."""
    ((sockets, wall),) = open_sockets(1)
    for _ in range(9):
        await sockets.send({"type": "websocket.send", "text": "x" * 8_000})
    (written,) = wall.written
    assert len(frames_of(written)) == 9


async def test_what_was_sent_is_written_before_an_end() -> None:
    """An app may send and return; after the end nothing is written any more."""
    ((sockets, wall),) = open_sockets(1)
    await sockets.send({"type": "websocket.send", "text": "bye"})
    sockets.transport.close()
    assert wall.closed
    (written,) = wall.written
    assert frames_of(written) == [(Opcode.TEXT, b"bye")]
    await sockets.send({"type": "websocket.send", "text": "too late"})
    await idle()
    assert len(wall.written) == 1


async def test_who_takes_nothing_is_waited_for() -> None:
    """A text is not written before the client takes more."""
    ((sockets, wall),) = open_sockets(1)
    sockets.pause_writing()
    sending = asyncio.create_task(
        sockets.send({"type": "websocket.send", "text": "hi"})
    )
    await idle()
    assert wall.written == []
    sockets.resume_writing()
    await sending
    await idle()
    assert len(wall.written) == 1


async def test_what_an_app_leaves_unread_is_read() -> None:
    """To the disconnect; the app does not wait for it."""
    wire = Wire(*[FRAME] * 20, GONE)
    await read_to_the_end(reading(1))(socket_scope(), wire.receive, wire.send)
    assert len(wire.received) == 20
    await idle()
    assert wire.received == []


async def test_an_app_that_fails_leaves_nothing_unread_either() -> None:
    """The server gets its error, and the rest is read."""
    wire = Wire(*[FRAME] * 20, GONE)
    with pytest.raises(ZeroDivisionError):
        await read_to_the_end(reading(1, failing=True))(
            socket_scope(), wire.receive, wire.send
        )
    await idle()
    assert wire.received == []


async def test_after_the_disconnect_nothing_is_read() -> None:
    """A server may have nothing more to tell, ever."""
    before = asyncio.all_tasks()
    wire = Wire(FRAME, GONE)
    await read_to_the_end(reading(2))(socket_scope(), wire.receive, wire.send)
    assert asyncio.all_tasks() == before


async def test_a_request_is_left_alone() -> None:
    """What an app does not read of it is the server's to throw away."""
    app = Hello()
    wire = Wire(*body_parts(b"hel", b"lo"))
    await read_to_the_end(app)(http_scope(), wire.receive, wire.send)
    assert wire.body == b"hello"


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (ConnectionResetError(), False),
        (ExceptionGroup("", [BrokenPipeError(), ConnectionResetError()]), False),
        (ZeroDivisionError(), True),
        (ExceptionGroup("", [BrokenPipeError(), ZeroDivisionError()]), True),
        (None, True),
    ],
)
async def test_a_lost_client_is_no_error(
    error: Exception | None, caplog: pytest.LogCaptureFixture, *, logged: bool
) -> None:
    """Anything else that the loop caught is logged."""
    context: dict[str, Any] = {"message": "Unhandled"}
    if error is not None:
        context["exception"] = error
    ignore_lost_clients(asyncio.get_running_loop(), context)
    assert bool(caplog.records) is logged
    caplog.clear()  # it was what was wanted


async def test_a_handshake_under_way_is_answered_by_the_app(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """While uvicorn stops, too: it neither answers 500 itself nor fails afterwards."""
    asked, draining, answer = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["type"] == "lifespan":
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        asked.set()
        await answer.wait()
        start = {"type": "websocket.http.response.start", "status": 503}
        await send({**start, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b"later"})

    async def drain() -> None:
        draining.set()

    monkeypatch.setattr("shared.serving.drain_all", drain)
    listener = listen("127.0.0.1", 0, 10)
    server = uvicorn_server(app)
    async with asyncio.timeout(10):
        serving = asyncio.create_task(server.serve([listener]))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(
            b"GET /chat HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        await asked.wait()
        server.should_exit = True
        await draining.wait()
        await idle()
        answer.set()
        answered = await reader.read()
        writer.close()
        await serving
    assert answered.startswith(b"HTTP/1.1 503 ")
    assert answered.endswith(b"later")
    assert caplog.records == []
