"""Clients too impolite for a library: HTTP/1.1 and WebSocket (RFC 6455) by hand.

Every operation fails its test after `TIMEOUT` seconds unless told otherwise.
"""

import asyncio
import base64
import os
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from typing import Self

import httpx

from tests.contract import transcript
from tests.contract.patience import TIMEOUT, within
from tests.contract.targets import Target

_CHUNK = 65_536


@dataclass(frozen=True)
class Response:
    """What a server answered; `body` without its chunked encoding."""

    status: int
    headers: httpx.Headers
    body: bytes


class Connection:
    """A TCP connection to a target, whose bytes the test says one by one.

    A `receive_buffer` in bytes makes what the kernel takes for us small, so that a
    client that does not read stalls its server sooner; a `send_buffer` does so for what
    it takes from us, so that a sender is still sending when its server stops reading.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = b""

    @classmethod
    async def open(
        cls,
        target: Target,
        *,
        receive_buffer: int | None = None,
        send_buffer: int | None = None,
    ) -> Self:
        """Connect."""
        sock = socket.socket(socket.AF_INET6 if ":" in target.host else socket.AF_INET)
        sock.setblocking(False)  # noqa: FBT003 -- the standard library's signature
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for option, size in (
            (socket.SO_RCVBUF, receive_buffer),
            (socket.SO_SNDBUF, send_buffer),
        ):
            if size is not None:
                sock.setsockopt(socket.SOL_SOCKET, option, size)
        try:
            async with within(TIMEOUT, "a connection"):
                await asyncio.get_running_loop().sock_connect(
                    sock, (target.host, target.port)
                )
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    @property
    def port(self) -> int:
        """Our own port, by which the other side knows us."""
        return int(self._sock.getsockname()[1])

    async def __aenter__(self) -> Self:
        """Close it at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    async def send(self, data: bytes, *, timeout: float = TIMEOUT) -> None:
        """Send all of it. Raises OSError where the other side is gone."""
        transcript.sent(data)
        async with within(timeout, "that all of it is taken"):
            await asyncio.get_running_loop().sock_sendall(self._sock, data)

    async def read(self, size: int, *, timeout: float = TIMEOUT) -> bytes:
        """Exactly `size` bytes. Raises EOFError if the other side ends before."""
        async with within(timeout, f"{size} bytes"):
            while len(self._buffer) < size:
                await self._receive()
        return self._take(size)

    async def read_until(self, end: bytes, *, timeout: float = TIMEOUT) -> bytes:
        """All up to and with `end`. Raises EOFError if the other side ends before."""
        async with within(timeout, f"all up to {end!r}"):
            while end not in self._buffer:
                await self._receive()
        return self._take(self._buffer.index(end) + len(end))

    async def read_to_end(self, *, timeout: float = TIMEOUT) -> bytes:
        """All that comes until the other side ends, a reset counting as an end."""
        async with within(timeout, "the end of the connection"):
            try:
                while True:
                    await self._receive()
            except (EOFError, ConnectionResetError):
                return self._take(len(self._buffer))

    async def read_response(
        self, *, to_head: bool = False, timeout: float = TIMEOUT
    ) -> Response:
        """A response, the next on this connection; one `to_head` has no body."""
        async with within(timeout, "a response"):
            head = (await self.read_until(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
            status = int(first.split(" ")[1])
            headers = httpx.Headers([_header(line) for line in lines])
            bodiless = to_head or status in {204, 304} or status < 200
            body = b"" if bodiless else await self._read_body(headers)
        transcript.came(head.encode("latin-1") + body)
        return Response(status, headers, body)

    def half_close(self) -> None:
        """End our side and leave the other open, if it is not closed already."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Cut the connection with an RST, as a crash or a lost route does."""
        reset(self._sock)

    def close(self) -> None:
        """End both sides."""
        self._sock.close()

    async def _read_body(self, headers: httpx.Headers) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            if "content-length" not in headers:
                return await self.read_to_end()
            return await self.read(int(headers["content-length"]))
        body = b""
        while size := int(await self.read_until(b"\r\n"), 16):
            body += await self.read(size)
            await self.read(2)
        await self.read(2)
        return body

    async def _receive(self) -> None:
        data = await asyncio.get_running_loop().sock_recv(self._sock, _CHUNK)
        if not data:
            raise EOFError
        self._buffer += data

    def _take(self, size: int) -> bytes:
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken


def reset(sock: socket.socket) -> None:
    """Cut a connection with an RST, and let go of it."""
    linger = struct.pack("ii", 1, 0)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    finally:
        sock.close()


async def ask(
    target: Target,
    uri: str | bytes,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Response:
    """One request whose uri is sent as it is, on a connection of its own."""
    async with await Connection.open(target) as connection:
        await connection.send(head(target, uri, method=method, headers=headers) + body)
        return await connection.read_response(to_head=method == "HEAD")


def head(
    target: Target,
    uri: str | bytes,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """The head of a request, whose uri and headers go out as they are."""
    raw_uri = uri.encode() if isinstance(uri, str) else uri
    given = {"Host": target.netloc, **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    first = method.encode() + b" " + raw_uri + b" HTTP/1.1\r\n"
    return first + lines.encode("latin-1") + b"\r\n"


def handshake(
    target: Target, uri: str | bytes, *, headers: Mapping[str, str] | None = None
) -> bytes:
    """The head of a client's handshake (RFC 6455, section 4.1)."""
    shake = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    }
    return head(target, uri, headers={**shake, **(headers or {})})


class Op(IntEnum):
    """The opcodes of RFC 6455, section 5.2; 3 to 7 and 11 to 15 mean nothing."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


@dataclass(frozen=True)
class Frame:
    """A frame from the server."""

    op: int
    payload: bytes
    fin: bool = True

    @property
    def text(self) -> str:
        """The payload as UTF-8."""
        return self.payload.decode()

    @property
    def close_code(self) -> int:
        """The code of a close frame, 1005 if it has none (RFC 6455, section 7.1.5)."""
        assert self.op == Op.CLOSE, self
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else 1005

    @property
    def close_reason(self) -> str:
        """The reason of a close frame."""
        return self.payload[2:].decode()


class WebSocket:
    """A client that does with frames what RFC 6455 forbids, if the test wants it to."""

    def __init__(self, connection: Connection, response: Response) -> None:
        self.connection = connection
        self.response = response

    @classmethod
    async def open(
        cls,
        target: Target,
        uri: str = "/chat",
        *,
        headers: Mapping[str, str] | None = None,
        receive_buffer: int | None = None,
    ) -> Self:
        """Shake hands; a refusal is no error here, `response` has its status."""
        connection = await Connection.open(target, receive_buffer=receive_buffer)
        try:
            await connection.send(handshake(target, uri, headers=headers))
            return cls(connection, await connection.read_response())
        except BaseException:
            connection.close()
            raise

    async def __aenter__(self) -> Self:
        """Close it at the end."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the connection."""
        self.connection.close()

    async def send(
        self,
        op: int,
        payload: bytes = b"",
        *,
        fin: bool = True,
        mask: bool = True,
        length: int | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        """Send a frame, which may lie about its `length`."""
        data = frame(op, payload, fin=fin, mask=mask, length=length)
        await self.connection.send(data, timeout=timeout)

    async def send_text(self, text: str | bytes) -> None:
        """Send a text frame; bytes go out as they are, UTF-8 or not."""
        await self.send(Op.TEXT, text if isinstance(text, bytes) else text.encode())

    async def receive(self, *, timeout: float = TIMEOUT) -> Frame:
        """The next frame, pings answered. Raises EOFError, ConnectionResetError."""
        async with within(timeout, "a frame"):
            while (received := await self._receive()).op == Op.PING:
                await self.send(Op.PONG, received.payload)
        transcript.came(f"{received}")
        return received

    async def receive_close(self, *, timeout: float = TIMEOUT) -> Frame:
        """The close frame, whatever comes before it."""
        async with within(timeout, "a close frame"):
            while (received := await self.receive()).op != Op.CLOSE:
                pass
        return received

    async def _receive(self) -> Frame:
        first, second = await self.connection.read(2)
        length = second & 0x7F
        if length == 126:
            (length,) = struct.unpack("!H", await self.connection.read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.connection.read(8))
        payload = await self.connection.read(length)
        return Frame(first & 0x0F, payload, fin=bool(first & 0x80))


def frame(
    op: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    mask: bool = True,
    length: int | None = None,
) -> bytes:
    """A client's frame as bytes; `length` is what it claims, if not the truth."""
    size = len(payload) if length is None else length
    first, masked = (0x80 if fin else 0) | op, 0x80 if mask else 0
    if size < 126:
        head = struct.pack("!BB", first, masked | size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, masked | 126, size)
    else:
        head = struct.pack("!BBQ", first, masked | 127, size)
    return head + _masked(payload) if mask else head + payload


def _masked(payload: bytes) -> bytes:
    # One big XOR: byte by byte, a megabyte would take as long as a test.
    key, size = os.urandom(4), len(payload)
    stretched = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "big") ^ int.from_bytes(stretched, "big")
    return key + mixed.to_bytes(size, "big")


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()
