"""Doubles that the core's tests share: a clock, a faulty journal, a client."""

import asyncio
import json
from collections.abc import Sequence
from math import ceil
from typing import Any

from shared.chat.frames import Join, Message
from shared.chat.journal import Appended, Draft, Span
from shared.chat.memory_journal import MemoryJournal
from shared.chat.seat import Seat
from shared.chat.service import Chat
from shared.errors import Unavailable
from shared.settings import Settings

Frame = dict[str, Any]


def settings(**changed: Any) -> Settings:
    """Settings for a test: a journal in memory, the rest by default, but for these."""
    return Settings(**{"journal": "memory://", **changed})


def draft(text: str = "hi", *, name: str = "ann", ref: str | None = None) -> Draft:
    """A draft for the room `lobby`."""
    return Draft("lobby", name, text, ref)


async def idle() -> None:
    """Wait until nothing on the event loop is left that could run now."""
    loop: Any = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while loop._ready:  # noqa: ASYNC110 -- no event tells that there is nothing to do
        await asyncio.sleep(0)


class LoopClock:
    """The time of the running event loop, which stands still until it is moved on."""

    def __init__(self) -> None:
        self._loop: Any = asyncio.get_running_loop()
        # Whole, so that sums of it are exact.
        self._now = float(ceil(self._loop.time()))
        setattr(self._loop, "time", lambda: self._now)  # noqa: B010 -- for mypy

    def release(self) -> None:
        """Let the loop have its own time again."""
        del self._loop.time

    async def advance(self, seconds: float) -> None:
        """Let all run that is due, move on, and let all run that is due then."""
        await idle()
        self._now += seconds
        await idle()


class FaultyJournal(MemoryJournal):
    """A journal in memory whose operations hang or fail while their names are listed.

    An operation that hangs goes on once `healed` is set.
    """

    def __init__(self, retention_messages: int = 1_000) -> None:
        super().__init__(retention_messages)
        self.hanging: set[str] = set()
        self.failing: set[str] = set()
        self.healed = asyncio.Event()

    def append(self, draft: Draft) -> asyncio.Future[Appended]:
        """Append, hang for ever, or fail."""
        if "append" in self.hanging | self.failing:
            future = asyncio.get_running_loop().create_future()
            if "append" in self.failing:
                future.set_exception(Unavailable("The disk is full.", retry_after=1))
            return future
        return super().append(draft)

    async def span(self, room: str) -> Span:
        """What there is of a room, late or never."""
        await self._fault("span")
        return await super().span(room)

    async def read(self, room: str, after: int, limit: int) -> Sequence[Message]:
        """A page, late or never."""
        await self._fault("read")
        return await super().read(room, after, limit)

    async def ping(self) -> None:
        """Answer, late or never."""
        await self._fault("ping")

    async def _fault(self, name: str) -> None:
        if name in self.hanging:
            await self.healed.wait()
        if name in self.failing:
            raise Unavailable("The disk is broken.", retry_after=1)


class Client:
    """A client and its handler, which joins and serves until `leave` or a close."""

    def __init__(self, chat: Chat, **query: Any) -> None:
        self.closed: tuple[int, str] | None = None
        self.reads = asyncio.Event()
        self.reads.set()
        self.sends: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._got: asyncio.Queue[Frame] = asyncio.Queue()
        self.handler = asyncio.create_task(self._handle(chat, Join(**query)))

    async def _handle(self, chat: Chat, join: Join) -> None:
        async with chat.join(join, None, None) as seat:
            await seat.serve(self._read(seat), self._write(seat), self._close)

    async def _read(self, seat: Seat) -> None:
        while (data := await self.sends.get()) is not None:
            await seat.take(data)

    async def _write(self, seat: Seat) -> None:
        async for frame in seat.frames():
            await self.reads.wait()
            self._got.put_nowait(json.loads(frame))

    async def _close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def send(self, *frames: Frame | str | bytes) -> None:
        """Send frames, those that are no text or bytes as JSON."""
        for frame in frames:
            data = json.dumps(frame) if isinstance(frame, dict) else frame
            self.sends.put_nowait(data)

    def say(self, text: str, ref: str | None = None) -> None:
        """Send a message."""
        self.send({"text": text, "ref": ref})

    async def leave(self) -> None:
        """Close from the client's side, after all that was sent; wait for its end."""
        self.sends.put_nowait(None)
        await self.handler

    async def closing(self) -> int:
        """The code with which it was closed, once it was."""
        await self.handler
        assert self.closed
        return self.closed[0]

    async def next(self) -> Frame:
        """The next frame that came."""
        return await self._got.get()

    async def of_type(self, *types: str) -> Frame:
        """The next frame that came of one of these types; others are skipped."""
        while (frame := await self.next())["type"] not in types:
            pass
        return frame

    async def messages(self, count: int) -> list[Frame]:
        """The next messages, in the order they came."""
        return [await self.of_type("message") for _ in range(count)]

    def waiting(self) -> list[Frame]:
        """All frames that came and were not asked for yet."""
        return [self._got.get_nowait() for _ in range(self._got.qsize())]
