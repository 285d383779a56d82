"""What uvicorn's and hypercorn's handling of bad clients lacks."""

import asyncio
from functools import lru_cache
from typing import Any, cast

from hypercorn.protocol import ws_stream
from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from shared.asgi import App, Message, Receive, Scope, Send

_UNREAD_BYTES = 65_536
"""How much may still come from a client that was sent a close frame."""

_GATHERED_BYTES = 65_536
"""How much is gathered at the most: who sends without end does not end its turn."""

_FRAMES = 64
"""Texts whose frames are kept: those that the members of a room are just sent."""


@lru_cache(_FRAMES)
def _text_frame(text: str) -> bytes:
    """A text as the server sends it: unmasked, so the same to everyone."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


class _Gathering:
    """A transport that writes once what is written in one turn of the event loop.

    A call of the kernel costs more than all else that is done for a frame.
    """

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._loop = asyncio.get_running_loop()
        self._gathered: list[bytes] = []
        self._bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write at the end of this turn, or at once if it is much."""
        if not self._gathered:
            self._loop.call_soon(self._flush)
        self._gathered.append(data)
        self._bytes += len(data)
        if self._bytes > _GATHERED_BYTES:
            self._flush()

    def close(self) -> None:
        """Close after all that was written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._gathered and not self._transport.is_closing():
            self._transport.write(b"".join(self._gathered))
        self._gathered, self._bytes = [], 0


class UvicornSockets(WebSocketsSansIOProtocol):
    """uvicorn's sockets, for clients that flood and for a server that stops.

    It reads on for ten seconds from one that answers a close frame with a flood, and
    nobody else is served meanwhile: that one is cut. It answers pings into a buffer
    without bound: nothing is read from one that does not take what it is sent.
    When it stops it would answer 500 to handshakes under way, and fail the app that
    refuses them: the app's own refusal is sent.
    It writes each frame by itself: those of one turn of the loop are one write.
    """

    _unread = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        super().connection_made(cast(asyncio.Transport, _Gathering(transport)))

    def pause_writing(self) -> None:
        """The client takes no more for now."""
        super().pause_writing()
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It takes more again."""
        super().resume_writing()
        if not self.read_paused:  # else uvicorn's own queue is full
            self.transport.resume_reading()

    async def send(self, message: ASGISendEvent) -> None:
        """Send on; a text that goes to many is made a frame once."""
        text: Any = message.get("text")
        if text is None or not self._takes_frames():
            await super().send(message)
        else:
            self.transport.write(_text_frame(text))

    def _takes_frames(self) -> bool:
        # A close that came has moved the state on; so has one that was sent.
        opened = self.handshake_complete and self.conn.state is State.OPEN
        return opened and self.writable.is_set() and not self.disconnected

    async def receive(self) -> ASGIReceiveEvent:
        """The next event; uvicorn reads on when it is out of them."""
        event = await super().receive()
        if not self.writable.is_set():
            self.transport.pause_reading()
        return event

    def data_received(self, data: bytes) -> None:
        """Take bytes from the client."""
        super().data_received(data)
        if self.close_sent:
            self._unread += len(data)
            if self._unread > _UNREAD_BYTES:
                self.transport.close()

    def shutdown(self) -> None:
        """End the connection, unless the app has not answered its handshake yet."""
        if self.handshake_complete:
            super().shutdown()


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
