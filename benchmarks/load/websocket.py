"""A WebSocket client that counts frames (RFC 6455) and checks a sample."""

import asyncio
import base64
import os
import socket
import struct
from collections.abc import Callable
from typing import cast

from benchmarks.load.tally import Tally

_SAMPLE = 61
"""Every so many frames one is looked into; a prime, to fall in step with nothing."""

_PING, _CLOSE = 0x89, 0x88


class Receiver(asyncio.Protocol):
    """Counts the frames that begin with `marker`, one in 61 of which has `content`.

    `marker` is compared from a frame's first byte of text. Other frames, such as
    presence, pass uncounted.
    """

    def __init__(
        self,
        handshake: bytes,
        marker: bytes,
        content: bytes,
        tally: Tally,
        each: Callable[[int], None] | None = None,
    ) -> None:
        self._handshake, self._marker, self._content = handshake, marker, content
        self._tally, self._each = tally, each
        self._received = b""
        self._upgraded = False
        self._look = _SAMPLE
        self.greeted = asyncio.get_running_loop().create_future()
        self.frames = 0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast("asyncio.Transport", transport)
        # Broken off, it is reset: else thousands of ports would wait for minutes.
        linger = struct.pack("ii", 1, 0)
        found = transport.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self._transport.write(self._handshake)

    def data_received(self, data: bytes) -> None:
        """Take the handshake's answer, then frames."""
        if self._received:
            data = self._received + data
        if not self._upgraded:
            head, found, rest = data.partition(b"\r\n\r\n")
            if not found:
                self._received = data
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._give_up(f"a handshake was refused: {head[:60]!r}")
                return
            self._upgraded, data = True, rest
        frames = self._walk(data)
        if frames:
            self.frames += frames
            self._tally.count += frames
            if self._each:
                self._each(frames)

    def _walk(self, data: bytes) -> int:
        """The frames that count in `data`; what is not whole yet is kept."""
        at, size, frames = 0, len(data), 0
        while size - at >= 2:
            length, start = data[at + 1], at + 2
            if length == 126:
                if size - at < 4:
                    break
                length, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if size - start < length:
                break
            if data.startswith(self._marker, start):
                frames += 1
                self._look -= 1
                if not self._look:
                    self._sample(data[start : start + length])
            elif data[at] != 0x81:
                self._control(data[at], data[start : start + length])
            if not self.greeted.done():
                self.greeted.set_result(None)
            at = start + length
        self._received = data[at:]
        return frames

    def _sample(self, text: bytes) -> None:
        self._look = _SAMPLE
        if self._content not in text:
            self._tally.mistake(f"a wrong frame: {text[:80]!r}")

    def _control(self, head: int, payload: bytes) -> None:
        if head == _PING:
            self._transport.write(b"\x8a" + masked(payload))
        elif head == _CLOSE:
            code = int.from_bytes(payload[:2], "big")
            self._give_up(f"the server closed a socket with {code}")
        else:
            self._tally.mistake(f"a frame that is no text: {bytes([head])!r}")

    def connection_lost(self, _: Exception | None) -> None:
        """An error unless the job is over."""
        self._give_up("the server broke a socket off")

    def _give_up(self, reason: str) -> None:
        if not self.lost and self._tally.running:
            self._tally.error(reason)
        self.lost = True
        if not self.greeted.done():
            self.greeted.set_result(None)

    def write(self, frames: bytes) -> None:
        """Send raw frames."""
        self._transport.write(frames)

    def stall(self) -> None:
        """Read no more."""
        self._transport.pause_reading()

    def close(self) -> None:
        """Break it off."""
        self.lost = True
        self._transport.abort()


def text_frame(text: bytes) -> bytes:
    """A whole text frame as a client sends it."""
    return b"\x81" + masked(text)


def masked(payload: bytes) -> bytes:
    """Length, mask and payload; the mask is zero, which leaves it as it is."""
    length = len(payload)
    if length < 126:
        return bytes([0x80 | length]) + bytes(4) + payload
    return b"\xfe" + length.to_bytes(2, "big") + bytes(4) + payload


def handshake(port: int, path: str) -> bytes:
    """The request for an upgrade."""
    key = base64.b64encode(os.urandom(16)).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n"
    ).encode()
