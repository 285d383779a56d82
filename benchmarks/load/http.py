"""A closed loop of GET requests over kept-alive connections."""

import asyncio
import time
from typing import cast


class _Connection(asyncio.Protocol):
    """Asks again as soon as it has an answer; all answers must be of one length."""

    def __init__(self, request: bytes, expected: bytes) -> None:
        self._request = request
        self._expected = expected
        self._received = bytearray()
        self.answers = 0
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = bytes(self._received).partition(b"\r\n\r\n")
        if not found or len(body) < len(self._expected):
            return
        if body != self._expected or b" 200" not in head[:13]:
            raise RuntimeError(f"a wrong answer: {head[:80]!r} {body[:80]!r}")
        self._received.clear()
        self.answers += 1
        self._transport.write(self._request)

    def connection_lost(self, _: Exception | None) -> None:
        self.lost = True

    def close(self) -> None:
        self._transport.abort()


async def requests_per_second(
    host: str, port: int, path: str, body: bytes, *, connections: int, seconds: float
) -> float:
    """How many GETs a second are answered with `body`, after a warm-up.

    Raises RuntimeError if a connection is lost or an answer differs.
    """
    loop = asyncio.get_running_loop()
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
    opened = [
        (await loop.create_connection(lambda: _Connection(request, body), host, port))[
            1
        ]
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds / 4)
    before, began = sum(each.answers for each in opened), time.perf_counter()
    await asyncio.sleep(seconds)
    after, ended = sum(each.answers for each in opened), time.perf_counter()
    lost = any(each.lost for each in opened)
    for each in opened:
        each.close()
    if lost:
        raise RuntimeError("the server closed a connection under load")
    return (after - before) / (ended - began)
