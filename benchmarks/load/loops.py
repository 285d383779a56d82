"""The two ways to ask: as soon as there is an answer, or at a constant rate."""

import asyncio
import time
from collections import deque

from benchmarks.load.http import Connection, exchanges
from benchmarks.load.jobs import Outcome, Requests
from benchmarks.load.tally import Tally

_DRAIN_SECONDS = 10
"""How long the last answers may take."""


async def run(job: Requests) -> Outcome:
    """Do the job over connections of its own."""
    tally = Tally()
    load = _Open(job, tally) if job.rate else _Closed(job, tally)
    loop = asyncio.get_running_loop()
    opened = [
        (
            await loop.create_connection(
                lambda: Connection(job, tally, load.free), "127.0.0.1", job.port
            )
        )[1]
        for _ in range(job.connections)
    ]
    load.start(opened)
    await tally.measure(job)
    outcome = tally.end()
    tally.running = False
    await _answered(opened, tally)
    for each in opened:
        each.close()
    return tally.faults(outcome)


async def _answered(opened: list[Connection], tally: Tally) -> None:
    give_up = time.perf_counter() + _DRAIN_SECONDS
    while any(each.asking and not each.lost for each in opened):
        if time.perf_counter() > give_up:
            tally.error(f"an answer took more than {_DRAIN_SECONDS} s")
            break
        await asyncio.sleep(0.005)


class _Closed:
    """Each connection asks again when it is answered: this finds the capacity."""

    def __init__(self, job: Requests, tally: Tally) -> None:
        self._exchanges = exchanges(job)
        self._tally = tally
        self._spread = job.warm_up / 2

    def start(self, opened: list[Connection]) -> None:
        """Let all connections ask, one after the other: in step they would stay so."""
        self._tally.flies(len(opened))
        loop = asyncio.get_running_loop()
        for number, each in enumerate(opened):
            loop.call_later(self._spread * number / len(opened), self._ask, each)

    def free(self, connection: Connection) -> None:
        """A connection has its answer."""
        if self._tally.running:
            self._ask(connection)

    def _ask(self, connection: Connection) -> None:
        connection.ask(next(self._exchanges), time.perf_counter())


class _Open:
    """Requests are due at a constant rate, whether the server keeps up or not."""

    def __init__(self, job: Requests, tally: Tally) -> None:
        self._exchanges = exchanges(job)
        self._tally = tally
        self._interval = 1 / job.rate
        self._idle: list[Connection] = []
        self._waiting: deque[float] = deque()
        self._loop = asyncio.get_running_loop()

    def start(self, opened: list[Connection]) -> None:
        """Begin the arrivals."""
        self._idle.extend(opened)
        self._next = time.perf_counter()
        self._tick()

    def _tick(self) -> None:
        now = time.perf_counter()
        while self._next <= now:
            self._tally.flies(+1, late=now - self._next)
            if self._idle:
                self._tally.late.append(now - self._next)
                self._idle.pop().ask(next(self._exchanges), self._next)
            else:
                self._waiting.append(self._next)
            self._next += self._interval
        if self._tally.running:
            # Without a timer: the event loop's are as coarse as a millisecond.
            self._loop.call_soon(self._tick)

    def free(self, connection: Connection) -> None:
        """A connection has its answer; who waits for one has it next."""
        self._tally.flies(-1)
        if self._waiting and self._tally.running:
            connection.ask(next(self._exchanges), self._waiting.popleft())
        else:
            self._idle.append(connection)
