"""The middleware on a socket that the server itself has closed."""

import pytest

from shared.asgi import Message, Receive, Scope, Send
from shared.middleware import Middleware
from shared.settings import Settings
from tests.core.asgi import Wire, socket_scope

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("kind", "raised"),
    [("websocket.send", ConnectionError), ("websocket.accept", RuntimeError)],
)
async def test_a_send_after_the_servers_close_is_a_lost_connection(
    kind: str, raised: type[Exception]
) -> None:
    """As it is on the servers that do not take it for a mistake of the app's."""
    errors: list[type[BaseException]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": kind})
        except Exception as error:
            errors.append(type(error))

    async def closed(message: Message) -> None:
        raise RuntimeError(f"Unexpected {message['type']!r} after the close")

    middleware = Middleware(app, "test", Settings(journal="memory://"))
    await middleware(socket_scope(), Wire().receive, closed)
    assert errors == [raised]


@pytest.mark.parametrize(
    "answer",
    [
        {"type": "websocket.accept"},
        {"type": "websocket.http.response.start", "status": 503},
    ],
    ids=["taken", "refused"],
)
async def test_a_client_that_is_gone_before_its_answer_is_no_error(
    answer: Message, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever the answer to its handshake would have been."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send(answer)

    async def lost(message: Message) -> None:
        raise BrokenPipeError

    middleware = Middleware(app, "test", Settings(journal="memory://"))
    await middleware(socket_scope(), Wire().receive, lost)
    assert caplog.records == []


async def test_an_error_before_the_answer_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is not the client's, though it is of the same kind."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise BrokenPipeError

    wire = Wire()
    middleware = Middleware(app, "test", Settings(journal="memory://"))
    await middleware(socket_scope(), wire.receive, wire.send)
    assert wire.status == 500
    assert "failed" in caplog.text
