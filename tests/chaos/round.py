"""One round: people talk, something breaks, and the oracle is asked what came of it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from time import monotonic
from typing import Any

import httpx

from tests.chaos.faults import Fault, Scene
from tests.chaos.members import Member, Stream
from tests.chaos.oracle import Message, judge
from tests.chaos.outcome import Outcome, keep
from tests.chaos.route import Route
from tests.chaos.stage import Stage
from tests.contract import raw
from tests.contract.chat import LONG, SMALL_BUFFER, chat_path, new_room
from tests.contract.checks import client

FULL_MESSAGES = 5_000
"""In one round, in the full form."""

LEAST_MESSAGES = 10
"""With fewer there is no middle in which to break something."""

_PATIENCE_SECONDS = 60
"""How long it may take until all is acknowledged, and then until all have it."""

_POSTERS, _READERS = 5, 3

_LONGEST = 1_900
"""Characters that may come after the beginning of a text."""

_CROWD_MESSAGES = 500
"""All that a thousand clients are sent: five thousand would be five million frames."""


class Round:
    """The members of a room, and the fault that strikes while they talk."""

    def __init__(self, stage: Stage, fault: Fault, messages: int, seed: int) -> None:
        self._stage = stage
        self._fault = fault
        self._seed = seed
        self._rng = random.Random(f"{stage.name} {fault.name} {seed}")
        self._room = new_room()
        self._stream = Stream(monotonic())
        self._asked = messages
        self._readers, self._silent = _READERS, 0
        if fault.crowd:
            crowd = round(fault.crowd * min(1, messages / FULL_MESSAGES))
            messages = min(messages, _CROWD_MESSAGES)
            self._silent = max(0, crowd // 5 - fault.peers)
            self._readers = max(_READERS, crowd - crowd // 5 - _POSTERS)
        # Peers who do not read from the start on could not learn what is acknowledged.
        posting = _POSTERS if fault.crowd else _POSTERS + fault.peers
        self._share = messages // posting
        self._messages = self._share * posting
        self._amiss: list[str] = []

    async def run(self) -> Outcome:
        """Run it. Raises CellError where the stage does not stand any more."""
        stage, stream = self._stage, self._stream
        ready = stage.ready(rested=self._fault.needs_rest)
        await self._in_time(ready, "all workers are there")
        tracebacks = stage.tracebacks()
        async with Route(stage.reading) as route, AsyncExitStack() as stack:
            start = self._fault.history
            share = 0 if start else self._share
            for _ in range(self._silent):
                await stack.enter_async_context(await self._never_reading())
            peers = self._group("peer", self._fault.peers, route.url, 0, share)
            self._stream.on_route = {each.name for each in peers}
            await self._come(stack, peers)
            if start:
                route.stall()
                await self._fill(start)
            at, share = stage.posting.ws_url, self._share
            healthy = self._group("poster", _POSTERS, at, start, share)
            at = stage.reading.ws_url
            healthy += self._group("reader", self._readers, at, start)
            await self._come(stack, healthy)
            everyone = healthy + peers
            scene = Scene(
                stage,
                self._room,
                route,
                self._rng,
                everyone,
                self._amiss,
                stream.refused,
            )
            await self._talk(scene, healthy, start)
            history: list[Message] = []
            await self._in_time(self._read_history(history), "the journal's history")
            last = history[-1].seq if history else 0
            all_have_it = asyncio.gather(*(each.reaches(last) for each in everyone))
            await self._in_time(all_have_it, f"all have come to message {last}")
        if stage.tracebacks() > tracebacks and not self._fault.logs_errors:
            self._amiss.append("a cell has printed a traceback")
        self._see_that_it_bit(healthy)
        acknowledged = [*stream.acknowledged.values()]
        lines = {each.name: each.line for each in everyone}
        outcome = Outcome(
            cell=stage.name,
            fault=self._fault.name,
            seed=self._seed,
            messages=self._asked,
            acknowledged=len(acknowledged),
            findings=judge(acknowledged, lines, history),
            amiss=self._amiss,
            recovery=max(each.silence for each in healthy),
        )
        if outcome.good:
            return outcome
        told = {each.name: each.events for each in everyone} | {"history": history}
        return replace(outcome, evidence=keep(outcome, stage.folder, told))

    def _see_that_it_bit(self, healthy: list[Member]) -> None:
        """A fault that nobody noticed would prove nothing."""
        if self._fault.cuts and all(each.connections == 1 for each in healthy):
            self._amiss.append("no connection was cut: the fault did not bite")
        if self._fault.refuses and not self._stream.refused.is_set():
            self._amiss.append("no message was refused: the fault did not bite")

    def _group(
        self, kind: str, count: int, url: str, after: int, share: int = 0
    ) -> list[Member]:
        """Members who post so many messages each."""
        each_bytes = self._fault.text_bytes // self._messages
        padding = LONG[: min(_LONGEST, each_bytes // len("🦊".encode()))]
        texts = [
            (f"{number}", f"{number} {padding}".strip()) for number in range(share)
        ]
        names = (f"{kind}-{number}" for number in range(count))
        return [
            Member(url, self._room, name, self._stream, texts, after=after)
            for name in names
        ]

    async def _never_reading(self) -> raw.WebSocket:
        uri = chat_path(self._room, name="silent", after=0)
        cell = self._stage.reading
        return await raw.WebSocket.open(cell, uri, receive_buffer=SMALL_BUFFER)

    async def _come(self, stack: AsyncExitStack, members: list[Member]) -> None:
        await stack.enter_async_context(_present(members))
        all_there = asyncio.gather(*(each.connected.wait() for each in members))
        await self._in_time(all_there, "all are connected")

    async def _fill(self, count: int) -> None:
        """Give the room a history that is too long for the buffers on the way."""
        texts = [(f"{number}", LONG) for number in range(count)]
        url = self._stage.posting.ws_url
        filler = Member(url, self._room, "filler", self._stream, texts)
        async with _present([filler]):
            self._stream.begun.set()
            filled = self._stream.reaches(count)
            await self._in_time(filled, f"{count} long messages acknowledged")
            self._stream.begun.clear()

    async def _talk(self, scene: Scene, healthy: list[Member], start: int) -> None:
        """All talk, and amid it the fault strikes; then all is acknowledged."""
        middle = start + int(self._messages * self._rng.uniform(0.2, 0.6))
        self._stream.begun.set()
        await self._in_time(self._stream.reaches(middle), f"message {middle}")
        for each in healthy:
            each.listen_from_now()
        await self._in_time(self._fault.strike(scene), "it is mended")
        said = self._stream.reaches(start + self._messages)
        await self._in_time(said, "all is acknowledged")

    async def _read_history(self, history: list[Message]) -> None:
        """What the journal says over HTTP, from whoever answers."""
        url, after = f"/chat/{self._room}/messages", 0
        async with client(self._stage.reading.http_url) as http:
            while after is not None:
                try:
                    page = await http.get(url, params={"after": after, "limit": 200})
                    page.raise_for_status()
                except httpx.HTTPError:  # a worker that has just begun, or ended
                    await asyncio.sleep(0.1)
                    continue
                body = page.json()
                after = body["next"]
                history += [_message(body["epoch"], each) for each in body["messages"]]

    async def _in_time(self, what: Awaitable[object], expected: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await what
        except TimeoutError:
            self._amiss.append(f"not in {_PATIENCE_SECONDS} s: {expected}")


def _message(epoch: str, told: dict[str, Any]) -> Message:
    return Message(epoch, *(told[each] for each in Message._fields[1:]))


@asynccontextmanager
async def _present(members: list[Member]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.stay()) for each in members]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
    for end in ends:
        if not isinstance(end, asyncio.CancelledError):
            raise AssertionError("a member of the room failed") from end
