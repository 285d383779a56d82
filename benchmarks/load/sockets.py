"""Sockets that come and go, and sockets that stay."""

import asyncio
import time
from functools import partial

from benchmarks.load.http import numbers
from benchmarks.load.jobs import Hold, Outcome, Storm
from benchmarks.load.tally import Tally
from benchmarks.load.websocket import Receiver, handshake

_GREETING_SECONDS = 10
_TOGETHER = 50
_ROOM = 50
"""Idle members of one room: its presence must not be the work that is measured."""


async def _greeted(port: int, path: str, marker: str, tally: Tally) -> Receiver:
    """A socket that was let in and told so."""
    welcome = marker.encode()
    make = partial(Receiver, handshake(port, path), welcome, b"", tally)
    loop = asyncio.get_running_loop()
    _, receiver = await loop.create_connection(make, "127.0.0.1", port)
    async with asyncio.timeout(_GREETING_SECONDS):
        await receiver.greeted
    return receiver


async def storm(job: Storm) -> Outcome:
    """Do the job; a handshake counts when its greeting has come."""
    tally = Tally()
    path = job.path.replace("{room}", f"r{next(numbers)}")

    async def come_and_go() -> None:
        while tally.running and not tally.errors:
            began = time.perf_counter()
            receiver = await _greeted(job.port, path, job.marker, tally)
            tally.latencies.append(time.perf_counter() - began)
            if not receiver.frames:
                tally.mistake("a socket was let in without its greeting")
            receiver.close()

    async with asyncio.TaskGroup() as tasks:
        for _ in range(job.at_once):
            tasks.create_task(come_and_go())
        tally.flies(job.at_once)
        await tally.measure(job)
        outcome = tally.end()
        tally.running = False
    return tally.faults(outcome)


class Held:
    """The sockets that stay until they are let go."""

    def __init__(self) -> None:
        self._tally = Tally()
        self._sockets: list[Receiver] = []

    async def hold(self, job: Hold) -> Outcome:
        """Open as many as are missing; their rate is that of the opening."""
        self._tally.begin()
        missing = range(len(self._sockets), job.connections)
        for first in missing[::_TOGETHER]:
            batch = range(first, min(first + _TOGETHER, job.connections))
            self._sockets += await asyncio.gather(
                *(self._open(job, number) for number in batch)
            )
        return self._tally.faults(self._tally.end())

    async def _open(self, job: Hold, number: int) -> Receiver:
        path = job.path.replace("{room}", f"idle-{number // _ROOM}")
        return await _greeted(job.port, path, job.marker, self._tally)

    def release(self) -> Outcome:
        """Break all of them off."""
        self._tally.running = False
        for each in self._sockets:
            each.close()
        outcome = self._tally.faults(Outcome())
        self._tally, self._sockets = Tally(), []
        return outcome
