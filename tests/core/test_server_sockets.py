"""What the servers' handling of bad clients lacks, piece by piece."""

import asyncio
from typing import Any

import pytest

from shared.asgi import App, Message, Receive, Scope, Send
from shared.server_sockets import ignore_lost_clients, read_to_the_end
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
