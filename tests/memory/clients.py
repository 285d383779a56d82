"""Clients lean enough to leave the machine to the server: frames parsed by hand.

A library takes longer for a frame than most servers do, and would be what is measured.
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from time import perf_counter
from typing import Self, cast

from tests.contract.cells import HOST
from tests.contract.chat import chat_path, said
from tests.contract.raw import Op, frame, handshake, reset
from tests.contract.targets import Target
from tests.memory.messages import Fault, Messages

_MESSAGE = b'{"type":"message","seq":'
_PRESENCE = b'{"type":"presence","members":'
_COMPARED = 97
"""Of so many messages the text of one is compared; the seq of all are."""

_TEXT, _PING, _CLOSE = (0x80 | op for op in (Op.TEXT, Op.PING, Op.CLOSE))


def request_to_join(port: int, room: str, name: str, **more: object) -> bytes:
    """The handshake of a client."""
    target = Target("", f"http://{HOST}:{port}")
    return handshake(target, chat_path(room, name=name, **more))


class Client(asyncio.Protocol):
    """Joins, answers pings and lets go of all else; `lost` is told why it ended."""

    def __init__(self, request: bytes, lost: Callable[[str], None]) -> None:
        self._request = request
        self._lost: Callable[[str], None] | None = lost
        self._joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._rest = b""

    async def join(self, port: int, address: str = HOST) -> Self:
        """Connect, from this address of ours, and shake hands. Raises Fault."""
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(
                lambda: self, HOST, port, local_addr=(address, 0)
            )
        except OSError as error:
            raise Fault(f"a client could not connect: {error}") from error
        await self._joined
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to join."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def connection_lost(self, error: Exception | None) -> None:
        """Tell of it."""
        self.fail(f"its connection ended ({error or 'EOF'})")

    def fail(self, why: str) -> None:
        """Tell why it is no client any more, once."""
        if not self._joined.done():
            self._joined.set_exception(Fault(f"a client could not join: {why}"))
        elif self._lost is not None:
            self._lost(why)
        self._lost = None
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take the answer to the handshake, then frames."""
        data = self._rest + data if self._rest else data
        if not self._joined.done():
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            if b" 101 " not in head[:14]:
                self.fail(f"the answer was {head[:14]!r}")
                return
            self._joined.set_result(None)
        self._rest = data[self._frames(data) :]

    def _frames(self, data: bytes) -> int:
        """Take the whole frames in it; where the rest begins."""
        at, size, now = 0, len(data), perf_counter()
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                if size - at < 4:
                    break
                length, start = data[at + 2] << 8 | data[at + 3], at + 4
            end = start + length
            if end > size:
                break
            if data[at] == _TEXT:
                self.text(data, start, end, now)
            else:
                self._control(data[at], data[start:end])
            at = end
        return at

    def _control(self, head: int, payload: bytes) -> None:
        if head == _PING:
            self._transport.write(frame(Op.PONG, payload))
        elif head == _CLOSE:
            code = struct.unpack("!H", payload[:2])[0] if payload else 1005
            self.fail(f"it was closed with {code}")
        else:
            self.fail(f"it got a frame that begins with {head:#x}")

    def text(self, data: bytes, start: int, end: int, now: float) -> None:
        """Take a text frame, which is a part of the data."""

    def say(self, text: str) -> None:
        """Send a message."""
        self._transport.write(frame(Op.TEXT, said(text).encode()))

    def cut(self) -> None:
        """End the connection without a closing handshake."""
        self._lost = None
        self._transport.abort()


class Reader(Client):
    """A healthy client: gets every message, once, in order, and notes when."""

    def __init__(self, request: bytes, messages: Messages, number: int) -> None:
        super().__init__(
            request, lambda why: messages.fail(f"Of healthy client {number}: {why}.")
        )
        self.members = 0
        self._messages = messages
        self._number = number
        self._seq = 0
        self._told = asyncio.Event()

    async def told_of(self, members: int) -> None:
        """Wait until it was told that the room has so many members."""
        while self.members != members:
            self._told.clear()
            await self._told.wait()

    def text(self, data: bytes, start: int, end: int, now: float) -> None:
        """Take a message, or presence, or the welcome."""
        if data.startswith(_MESSAGE, start):
            start += len(_MESSAGE)
            seq = int(data[start : data.index(b",", start)])
            self._seq += 1
            if seq != self._seq:
                self.fail(f"it got message {seq} when {self._seq} was due")
            elif (seq + self._number) % _COMPARED == 0:
                self._compare(seq, data[start:end])
            self._messages.has_arrived(seq, now)
        elif data.startswith(_PRESENCE, start):
            start += len(_PRESENCE)
            self.members = int(data[start : data.index(b",", start)])
            self._told.set()

    def _compare(self, seq: int, rest: bytes) -> None:
        if f'"text":"{self._messages.text_of(seq)}",'.encode() not in rest:
            self.fail(f"message {seq} came with another text")


class Stalled:
    """A client that never reads again, once it was let in."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.port: int = sock.getsockname()[1]
        self.since = perf_counter()

    @classmethod
    async def join(cls, port: int, request: bytes, receive_buffer: int) -> Self:
        """Join; the kernel takes that many bytes for it, or its default if 0."""
        loop = asyncio.get_running_loop()
        sock = socket.socket()
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's signature
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        try:
            await loop.sock_connect(sock, (HOST, port))
            await loop.sock_sendall(sock, request)
            head = await loop.sock_recv(sock, 14)
            if b" 101 " not in head:
                raise Fault(f"a stalled client was refused: {head!r}")
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    def cut(self) -> None:
        """End the connection with an RST."""
        with suppress(OSError):  # the server has cut it already
            reset(self._sock)
