"""Quart's own hook for sockets, used to read from the server instead of from a queue.

Left alone, Quart copies frames into a queue without bound, and on a disconnect cancels
the handler with the frames in it unread; it crashes on an empty binary frame, or hands
on None for it; it keeps a receive pending, on which granian blocks every close; and it
sends a refusal in parts, which granian rejects.

The hook is public, but `queue` and `_create_websocket_from_scope` are not documented;
the signal `websocket_received` is not sent.
"""

from typing import Any

from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, WebsocketScope
from quart import Quart, Websocket
from quart.asgi import ASGIWebsocketConnection


class Disconnected(Exception):
    """The client has gone, and all that it sent has been received."""


class Socket(Websocket):
    """Sends without giving up a turn of the event loop for each frame.

    Quart's own does, for handlers that send in a loop and wait for nothing else, and it
    accepts the socket if nobody has; ours waits for the room, and for the server when
    the client is slow.
    """

    async def send(self, data: str | bytes) -> None:
        """Send one frame of a socket that was accepted."""
        await self._send(data)


class WebSocketConnection(ASGIWebsocketConnection):
    """One frame from the server for each `websocket.receive()`, then Disconnected."""

    def __init__(self, app: Quart, scope: WebsocketScope) -> None:
        super().__init__(app, scope)
        self.queue: Any = self  # where Quart's websocket gets its frames
        self._over = False
        self._denial = b""

    async def __call__(
        self, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """One ASGI connection."""
        self._receive, self._send = receive, send
        await receive()  # websocket.connect
        websocket = self._create_websocket_from_scope(self.send)
        await self.handle_websocket(websocket, self.send)

    async def get(self) -> str | bytes:
        """The next frame, a binary one as bytes."""
        event: Any = await self._receive()
        if event["type"] == "websocket.disconnect":
            self._over = True
            raise Disconnected
        text: str | None = event.get("text")
        return event["bytes"] if text is None else text

    async def send(self, event: Any) -> None:
        """Send on: a close once and only to who is there, a refusal in one part."""
        if event["type"] == "websocket.close":
            if self._over:
                return
            self._over = True
        elif event["type"] == "websocket.http.response.body":
            self._denial += event["body"]
            if event["more_body"]:
                return
            event["body"] = self._denial
        await self._send(event)
