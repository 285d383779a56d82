"""What uvicorn's and hypercorn's handling of bad clients lacks."""

import asyncio
from typing import Any

from hypercorn.protocol import ws_stream
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)

from shared.asgi import App, Message, Receive, Scope, Send

_UNREAD_BYTES = 65_536
"""How much may still come from a client that was sent a close frame."""


class UvicornSockets(WebSocketsSansIOProtocol):
    """uvicorn's sockets, cut if the client answers a close frame with a flood.

    uvicorn itself reads on for ten seconds, and nobody else is served meanwhile.
    """

    _unread = 0

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        super().data_received(data)
        if self.close_sent:
            self._unread += len(data)
            if self._unread > _UNREAD_BYTES:
                self.transport.close()


def read_to_the_end(app: App) -> App:
    """The app for hypercorn, with all read that it leaves unread of a socket.

    hypercorn hands frames over in a queue of ten. If it is full when the app returns,
    the connection never ends: its end waits for a place in the queue.
    """
    reading: set[asyncio.Task[None]] = set()

    async def read_on(receive: Receive) -> None:
        while (await receive())["type"] != "websocket.disconnect":
            pass

    async def serve_socket(scope: Scope, receive: Receive, send: Send) -> None:
        over = False

        async def receive_and_note() -> Message:
            nonlocal over
            message = await receive()
            over = message["type"] == "websocket.disconnect"
            return message

        try:
            await app(scope, receive_and_note, send)
        finally:
            if not over:
                task = asyncio.create_task(read_on(receive))
                reading.add(task)
                task.add_done_callback(reading.discard)

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        wrapped = serve_socket if scope["type"] == "websocket" else app
        await wrapped(scope, receive, send)

    return serve


def ignore_lost_clients(
    loop: asyncio.AbstractEventLoop, context: dict[str, Any]
) -> None:
    """An exception handler for hypercorn's loop; it logs each client that is cut."""
    lost = context.get("exception")
    others = lost.split(OSError)[1] if isinstance(lost, ExceptionGroup) else lost
    if not (lost and (others is None or isinstance(others, OSError))):
        loop.default_exception_handler(context)


def refuse_compression() -> None:
    """Keep hypercorn from compressing frames, for which it has no setting.

    The other two servers do not either: it halves what a server can send.
    """
    vars(ws_stream)["server_extensions_handshake"] = lambda *_: None
