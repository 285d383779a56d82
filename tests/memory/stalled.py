"""One room, with many who read it and some who never do."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time

from tests.memory.clients import Reader, Stalled, request_to_join
from tests.memory.messages import Fault, Latencies, Messages
from tests.memory.serving import MIB, Serving

_ROUND = 2_000
"""Messages of a round, in which stalled readers come once and are cut off."""

_ALONE = 10
"""One in so many is sent before the stalled readers come, and again when they left."""

_BLOCK = 100
"""Messages whose 99th percentile is taken: of many blocks the median counts.

One pause of a busy machine delays a percent of all messages, so that the percentile of
all of them depends on which side it hits.
"""

_UNDER_WAY = 4
"""How many messages may be: so the pace is the one that the cell can keep."""

_ROOM = "full"
_PATIENCE_SECONDS = 60
_CUT_SECONDS = 20
"""How long after the last message of a round they may be there; ten are promised."""

_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class Plan:
    """How many of what."""

    messages: int
    clients: int
    stalled: int
    text_bytes: int
    receive_buffer: int

    @property
    def readers(self) -> int:
        """The healthy clients."""
        return self.clients - self.stalled

    @property
    def rounds(self) -> int:
        """How often the stalled readers come."""
        return max(2, self.messages // _ROUND)


@dataclass
class Phase:
    """The latencies among stalled readers, or without any, in seconds."""

    all: Latencies = field(default_factory=Latencies)
    blocks: list[float] = field(default_factory=list)

    def take(self, block: Latencies) -> None:
        """Count one more block."""
        self.all.take_over(block)
        self.blocks.append(block.slow())


@dataclass
class Found:
    """What was measured; the client was busy for a part of the seconds of sending."""

    sent: int = 0
    seconds: float = 0.0
    grown_bytes: int = 0
    came: int = 0
    cut: int = 0
    busy_seconds: float = 0.0
    alone: Phase = field(default_factory=Phase)
    among: Phase = field(default_factory=Phase)

    @property
    def client_busy(self) -> float:
        """Which share of the time the client, and not the server, was at work."""
        return self.busy_seconds / self.seconds


class FullRoom:
    """Rounds of messages in a room, among stalled readers and without any."""

    def __init__(self, cell: Serving, plan: Plan, tell: Callable[[str], None]) -> None:
        self._cell = cell
        self._plan = plan
        self._tell = tell
        self._messages = Messages(plan.readers, plan.text_bytes)
        self._readers: list[Reader] = []
        self._stalled: list[Stalled] = []
        self._found = Found()

    async def run(self) -> Found:
        """Send all messages. Raises Fault."""
        port, plan, found = self._cell.port, self._plan, self._found
        try:
            for number in range(plan.readers):
                request = request_to_join(port, _ROOM, f"reader-{number}")
                reader = Reader(request, self._messages, number)
                self._readers.append(await reader.join(port))
            await self._join_stalled()  # as many connections as there will ever be
            async with self._cell.watched() as before:
                for number in range(plan.rounds):
                    await self._round(number)
                    found.grown_bytes = self._cell.peak - before
                    self._tell(self._told(number))
        finally:
            for reader in self._readers:
                reader.cut()
            for one in self._stalled:
                one.cut()
        return found

    async def _round(self, number: int) -> None:
        plan, found = self._plan, self._found
        due = plan.messages * (number + 1) // plan.rounds - self._messages.sent
        await self._cut_stalled()
        await self._send(due // _ALONE, found.alone)
        await self._join_stalled()
        await self._send(due - 2 * (due // _ALONE), found.among)
        held = await self._still_held()
        found.came += plan.stalled
        found.cut += plan.stalled - held
        await self._cut_stalled()
        await self._send(due // _ALONE, found.alone)

    async def _join_stalled(self) -> None:
        port = self._cell.port
        while len(self._stalled) < self._plan.stalled:
            request = request_to_join(port, _ROOM, "stalled")
            buffer = self._plan.receive_buffer
            self._stalled.append(await Stalled.join(port, request, buffer))
        await self._until_there(self._plan.clients)

    async def _cut_stalled(self) -> None:
        for one in self._stalled:
            one.cut()
        self._stalled.clear()
        await self._until_there(self._plan.readers)

    async def _still_held(self) -> int:
        """How many of the stalled are not cut off, though it is time."""
        ports = [one.port for one in self._stalled]
        give_up = perf_counter() + _CUT_SECONDS
        while (  # noqa: ASYNC110 -- another process holds them, and tells nobody
            held := self._cell.held(ports)
        ) and perf_counter() < give_up:
            await asyncio.sleep(_LOOK_SECONDS)
        return len(held)

    async def _until_there(self, members: int) -> None:
        """Wait until the room has that many members. Raises Fault."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._readers[0].told_of(members)
        except TimeoutError:
            told = self._readers[0].members
            raise Fault(
                f"the room still has {told:,} members and not {members:,}, after"
                f" {_PATIENCE_SECONDS} s"
            ) from None

    async def _send(self, count: int, phase: Phase) -> None:
        began, worked = perf_counter(), process_time()
        for sent in range(0, count, _BLOCK):
            block = self._messages.latencies = Latencies()
            for _ in range(min(_BLOCK, count - sent)):
                await self._messages.wait_until_fewer(_UNDER_WAY)
                self._readers[0].say(self._messages.next())
            await self._messages.wait_until_fewer(1)
            phase.take(block)
        self._found.sent += count
        self._found.seconds += perf_counter() - began
        self._found.busy_seconds += process_time() - worked

    def _told(self, number: int) -> str:
        found = self._found
        alone, among = (median(each.blocks) for each in (found.alone, found.among))
        return (
            f"round {number + 1} of {self._plan.rounds}: {found.sent:,} messages,"
            f" {found.sent / found.seconds:.0f}/s;"
            f" p99 {alone * 1_000:.1f} ms, among stalled readers"
            f" {among * 1_000:.1f} ms; {found.cut:,} of them cut off;"
            f" {found.grown_bytes / MIB:+.1f} MiB; client {found.client_busy:.0%} busy"
        )
