"""Fan-out: one member of each room sends, all count what comes, some do not read."""

import asyncio
import time
from collections import deque
from functools import partial

from benchmarks.load.http import numbers
from benchmarks.load.jobs import Fan, Outcome
from benchmarks.load.tally import Tally
from benchmarks.load.websocket import Receiver, handshake, text_frame

_TOGETHER = 50
"""Sockets that are opened at the same time."""

_DRAIN_SECONDS = 20


class _Room:
    """A room's sender keeps `window` messages under way."""

    def __init__(self, job: Fan, tally: Tally) -> None:
        self._job, self._tally = job, tally
        self._path = job.path.replace("{room}", f"r{next(numbers)}")
        self._frame = text_frame(job.message.encode())
        self._sent: deque[float] = deque()
        self.members: list[Receiver] = []

    async def enter(self) -> None:
        """Let all members join."""
        for first in range(0, self._job.members, _TOGETHER):
            number = range(first, min(first + _TOGETHER, self._job.members))
            self.members += await asyncio.gather(*map(self._join, number))
        for member in self.members[len(self.members) - self._job.stalled :]:
            member.stall()

    async def _join(self, number: int) -> Receiver:
        job = self._job
        make = partial(
            Receiver,
            handshake(job.port, self._path),
            job.marker.encode(),
            job.content.encode(),
            self._tally,
            None if number else self._came_back,
        )
        loop = asyncio.get_running_loop()
        _, receiver = await loop.create_connection(make, "127.0.0.1", job.port)
        await receiver.greeted
        return receiver

    def start(self) -> None:
        """Begin to send."""
        self._tally.flies(self._job.window)
        self._send(self._job.window)

    def _send(self, messages: int) -> None:
        self._sent.extend([time.perf_counter()] * messages)
        self.members[0].write(self._frame * messages)

    def _came_back(self, frames: int) -> None:
        now = time.perf_counter()
        for _ in range(min(frames, len(self._sent))):
            self._tally.latencies.append(now - self._sent.popleft())
        if self._tally.running:
            self._send(frames)

    def readers(self) -> list[Receiver]:
        """The members that read."""
        return self.members[: len(self.members) - self._job.stalled]


async def run(job: Fan) -> Outcome:
    """Do the job with sockets of its own."""
    tally = Tally()
    rooms = [_Room(job, tally) for _ in range(job.rooms)]
    try:
        for room in rooms:
            await room.enter()
        if tally.errors:
            return tally.faults(Outcome())
        for room in rooms:
            room.start()
        await tally.measure(job)
        outcome = tally.end(exchanges=len(tally.latencies))
        tally.running = False
        await _all_delivered(rooms, tally)
        return tally.faults(outcome)
    finally:
        tally.running = False
        for room in rooms:
            for member in room.members:
                member.close()


async def _all_delivered(rooms: list[_Room], tally: Tally) -> None:
    """Wait until all of a room have had the same number, a fault if they never do."""
    give_up = time.perf_counter() + _DRAIN_SECONDS
    for room in rooms:
        while True:
            counts = {each.frames for each in room.readers()}
            lost = any(each.lost for each in room.readers())
            if len(counts) == 1 and counts != {0}:
                break
            if lost or time.perf_counter() > give_up:
                tally.error("not every member of a room got every message")
                return
            await asyncio.sleep(0.005)
