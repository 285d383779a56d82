"""Fan-out: one sender, many receivers, frames counted as they arrive (RFC 6455)."""

import asyncio
import base64
import os
import time
from collections.abc import Callable
from functools import partial
from typing import cast

_WINDOW = 16
"""Messages of the sender that may be under way."""


class Receiver(asyncio.Protocol):
    """Counts the text frames that begin with `prefix`; the others are presence."""

    def __init__(
        self, handshake: bytes, prefix: bytes, each: Callable[[], None]
    ) -> None:
        self._handshake = handshake
        self._prefix = prefix
        self._each = each
        self._received = bytearray()
        self.open = asyncio.get_running_loop().create_future()
        self.frames = 0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._handshake)

    def data_received(self, data: bytes) -> None:
        """Take the handshake's answer, then frames."""
        self._received += data
        if not self.open.done():
            head, found, rest = bytes(self._received).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101" not in head[:13]:
                raise RuntimeError(f"the handshake was refused: {head[:80]!r}")
            self._received = bytearray(rest)
            self.open.set_result(None)
        self._count()

    def _count(self) -> None:
        received, at, size = self._received, 0, len(self._received)
        while size - at >= 2:
            length, start = received[at + 1], at + 2
            if length == 126:
                if size - at < 4:
                    break
                length, start = int.from_bytes(received[at + 2 : at + 4], "big"), at + 4
            if size - start < length:
                break
            if received.startswith(self._prefix, start):
                self.frames += 1
                self._each()
            at = start + length
        del received[:at]

    def connection_lost(self, _: Exception | None) -> None:
        """Remember it."""
        self.lost = True

    def write(self, frame: bytes) -> None:
        """Send a raw frame."""
        self._transport.write(frame)

    def close(self) -> None:
        """End without a closing handshake."""
        self._transport.abort()


def _nothing() -> None:
    """What a receiver does that is not the sender."""


def text_frame(text: bytes) -> bytes:
    """A masked text frame; the mask is zero, which leaves the text as it is."""
    head = (
        b"\x81" + bytes([0x80 | len(text)])
        if len(text) < 126
        else (b"\x81\xfe" + len(text).to_bytes(2, "big"))
    )
    return head + bytes(4) + text


def _handshake(host: str, port: int, path: str) -> bytes:
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


async def deliveries_per_second(
    host: str,
    port: int,
    path: str,
    text: bytes,
    prefix: bytes,
    *,
    receivers: int,
    seconds: float,
) -> float:
    """How many frames a second reach all receivers of what one of them sends.

    Raises RuntimeError if a connection is lost, or one gets less than the others.
    """
    loop = asyncio.get_running_loop()
    frame, running = text_frame(text), True

    def sent_one_came_back() -> None:
        if running:
            members[0].write(frame)

    members: list[Receiver] = []
    for number in range(receivers):
        each = sent_one_came_back if number == 0 else _nothing
        open_one = partial(Receiver, _handshake(host, port, path), prefix, each)
        _, member = await loop.create_connection(open_one, host, port)
        await member.open
        members.append(member)
    members[0].write(frame * _WINDOW)
    await asyncio.sleep(seconds / 4)
    before, began = sum(each.frames for each in members), time.perf_counter()
    await asyncio.sleep(seconds)
    after, ended = sum(each.frames for each in members), time.perf_counter()
    running = False
    await _all_delivered(members)
    for member in members:
        member.close()
    return (after - before) / (ended - began)


async def _all_delivered(members: list[Receiver]) -> None:
    async with asyncio.timeout(20):
        while len({each.frames for each in members}) > 1 or members[0].frames == 0:
            if any(each.lost for each in members):
                raise RuntimeError("the server closed a socket under load")
            await asyncio.sleep(0.05)
