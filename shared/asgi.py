"""The few ASGI shapes that the core needs, typed (asgi.readthedocs.io)."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[..., Awaitable[None]]
"""Called with scope, receive and send; frameworks type these three each its own way."""

HeaderList = list[tuple[bytes, bytes]]


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that lower-case name."""
    for key, value in scope["headers"]:
        if key == name:
            return str(value.decode("latin-1"))
    return None


async def respond(
    scope: Scope, send: Send, status: int, headers: HeaderList, body: bytes = b""
) -> None:
    """A whole response, or the denial of a WebSocket handshake, in one part.

    In one part because granian refuses a denial that comes in several.
    """
    kind = (
        "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    )
    length = (b"content-length", str(len(body)).encode())
    await send(
        {"type": f"{kind}.start", "status": status, "headers": [*headers, length]}
    )
    shown = b"" if scope.get("method") == "HEAD" else body
    await send({"type": f"{kind}.body", "body": shown, "more_body": False})
