"""What the readers of a room are sent, and how long it took to each of them."""

import asyncio
from array import array
from collections import defaultdict
from time import perf_counter

_LOST_SECONDS = 60
"""How long no message may come until readers count as forgotten."""


class Fault(Exception):
    """A promise that was not kept, in a sentence."""


class Latencies:
    """How many messages took how long, by the tenth of a millisecond."""

    _STEPS = 10_000

    def __init__(self) -> None:
        self._counts: defaultdict[int, int] = defaultdict(int)

    def add(self, seconds: float) -> None:
        """Count one."""
        self._counts[int(seconds * self._STEPS)] += 1

    def take_over(self, others: "Latencies") -> None:
        """Count all of the others too."""
        for step, count in others._counts.items():
            self._counts[step] += count

    def slow(self) -> float:
        """The seconds within which 99 of 100 came."""
        left = 0.99 * sum(self._counts.values())
        step = 0
        for step in sorted(self._counts):
            left -= self._counts[step]
            if left <= 0:
                break
        return (step + 1) / self._STEPS


class Messages:
    """The messages of one room, which have one sender, by `seq`."""

    def __init__(self, readers: int, text_bytes: int) -> None:
        self.latencies = Latencies()
        self.complete = 0
        self._readers = readers
        self._padding = "ж" * (text_bytes // 2)  # two bytes each
        self._sent_at = array("d", [0.0])  # seq counts from 1
        self._arrivals = array("L", [0])
        self._progress = asyncio.Event()
        self._fault: str | None = None

    @property
    def sent(self) -> int:
        """How many there are."""
        return len(self._sent_at) - 1

    def text_of(self, seq: int) -> str:
        """The text of that message."""
        return f"{seq} {self._padding}"[: len(self._padding)]

    def next(self) -> str:
        """The text of one more, which is sent now."""
        self._sent_at.append(perf_counter())
        self._arrivals.append(0)
        return self.text_of(self.sent)

    def has_arrived(self, seq: int, now: float) -> None:
        """Note that one more reader has it."""
        self.latencies.add(now - self._sent_at[seq])
        self._arrivals[seq] += 1
        if self._arrivals[seq] == self._readers:
            self.complete = seq  # each gets them in order, so all before it too
            self._progress.set()

    def fail(self, why: str) -> None:
        """End the waiting: a reader does not get what it must."""
        self._fault = self._fault or why
        self._progress.set()

    async def wait_until_fewer(self, open_ones: int) -> None:
        """Wait until fewer than so many are on their way. Raises Fault."""
        while self._fault is None and self.sent - self.complete >= open_ones:
            self._progress.clear()
            try:
                async with asyncio.timeout(_LOST_SECONDS):
                    await self._progress.wait()
            except TimeoutError:
                await self._give_up()
        if self._fault is not None:
            raise Fault(self._fault)

    async def _give_up(self) -> None:
        missing = self._readers - self._arrivals[self.complete + 1]
        self.fail(
            f"message {self.complete + 1:,} did not come to {missing:,} of"
            f" {self._readers:,} readers within {_LOST_SECONDS} s"
        )
