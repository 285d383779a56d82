"""HTTP connections that ask, time and check: raw, for the generator must be ahead."""

import asyncio
import itertools
import re
import time
from collections.abc import Callable, Iterator
from typing import cast

from benchmarks.load.jobs import Requests
from benchmarks.load.tally import Tally

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)

_SAMPLE = 61
"""Of so many answers one has its length compared with what it announced."""

Exchange = tuple[bytes, bytes]
"""A request, and what its answer's body is or has in it."""

numbers = itertools.count(time.time_ns() // 1_000_000)
"""What `{n}` stands for: never twice the same, in later runs neither."""


def constant(size: int) -> bytes:
    """JSON of that many bytes: what minimal handlers answer with."""
    return b'"' + b"x" * (size - 2) + b'"'


def exchanges(job: Requests) -> Iterator[Exchange]:
    """The requests of a job and their answers, for ever."""
    if "{n}" not in job.path + job.body:
        return itertools.repeat((_request(job, ""), job.answer.body.encode()))
    return ((_request(job, n), _filled(job.answer.body, n)) for n in map(str, numbers))


def _filled(template: str, number: str) -> bytes:
    return template.replace("{n}", number).encode()


def _request(job: Requests, number: str) -> bytes:
    path, body = _filled(job.path, number), _filled(job.body, number)
    head = b" %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % (path, job.port)
    if not job.body:
        return b"GET" + head + b"\r\n"
    kind = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return b"POST" + head + kind + body


class Connection(asyncio.Protocol):
    """Asks one request at a time; `free` is called when it is answered."""

    def __init__(
        self, job: Requests, tally: Tally, free: Callable[["Connection"], None]
    ) -> None:
        self._whole = job.answer.whole
        self._status = b"HTTP/1.1 %d" % job.answer.status
        self._tally = tally
        self._free = free
        self._received = b""
        self._expected = b""
        self._due = 0.0
        self.asking = False
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, exchange: Exchange, due: float) -> None:
        """Send a request that was due at `due`, from when its latency counts."""
        request, self._expected = exchange
        if self._whole:
            self._expected = b"\r\n\r\n" + self._expected
        self._due = due
        self.asking = True
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Take what came; whether it is whole depends on its Content-Length."""
        if not self.asking:
            self._tally.mistake(f"an answer that nobody asked for: {data[:60]!r}")
            return
        if self._received:
            data = self._received + data
        right = self._whole and data.endswith(self._expected)
        # Almost all are right and whole; of those a sample is looked at once more.
        if not right or self._tally.count % _SAMPLE == 0:
            if not _is_whole(data):
                self._received = data
                return
            body = data.partition(b"\r\n\r\n")[2]
            if not right and (self._whole or self._expected not in body):
                self._tally.mistake(f"a wrong body: {body[:40]!r}")
        if not data.startswith(self._status):
            self._tally.error(f"a wrong status: {data[:60]!r}")
        self._received = b""
        self.asking = False
        self._tally.count += 1
        self._tally.latencies.append(time.perf_counter() - self._due)
        self._free(self)

    def connection_lost(self, _: Exception | None) -> None:
        """An error while it was asked, or still to be."""
        self.lost = True
        if self.asking or self._tally.running:
            self._tally.error("the server closed a connection under load")

    def close(self) -> None:
        """Break it off."""
        self._transport.abort()


def _is_whole(data: bytes) -> bool:
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return False
    length = _LENGTH.search(data, 0, head)
    return length is None or len(data) >= head + 4 + int(length[1])
