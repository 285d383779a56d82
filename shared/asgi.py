"""The few ASGI shapes that the core needs, typed (asgi.readthedocs.io)."""

from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]
"""Called with scope, receive and send; frameworks type these three each its own way."""

HeaderList = list[tuple[bytes, bytes]]


async def respond(
    scope: Scope, send: Send, status: int, headers: HeaderList, body: bytes = b""
) -> None:
    """A whole response, or the denial of a WebSocket handshake, in one part.

    In one part because granian refuses a denial that comes in several.
    """
    kind = (
        "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    )
    if status != HTTPStatus.NO_CONTENT:  # RFC 9110, section 8.6: it has no length
        headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": f"{kind}.start", "status": status, "headers": headers})
    shown = b"" if scope.get("method") == "HEAD" else body
    await send({"type": f"{kind}.body", "body": shown, "more_body": False})
