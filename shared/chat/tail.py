"""The tail of a journal: news of it, handed to all who follow in this process."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from shared.chat.frames import Message

PAGE = 512
"""Messages read from a journal at a time."""

Read = Callable[[str, int, int], Awaitable[Sequence[Message]]]


class _News:
    """What was appended since its follower looked last."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._arrived = asyncio.Event()
        self._end: Exception | None = None

    def put(self, messages: Sequence[Message]) -> None:
        self._messages.extend(messages)
        self._arrived.set()

    def end(self, reason: Exception) -> None:
        self._end = reason
        self._arrived.set()

    def check(self) -> None:
        if self._end is not None:
            raise self._end

    async def take(self) -> list[Message]:
        await self._arrived.wait()
        self.check()
        self._arrived.clear()
        taken, self._messages = self._messages, []
        return taken


class LocalTail:
    """Hands what it is told of to those who follow the room."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._followed: defaultdict[str, set[_News]] = defaultdict(set)

    def announce(self, room: str, messages: Sequence[Message]) -> None:
        """Tell of messages that are durable now, in the order of their `seq`."""
        for news in self._followed.get(room, ()):
            news.put(messages)

    def end(self, reason: Exception) -> None:
        """End all that is followed now with this error."""
        for followers in self._followed.values():
            for news in followers:
                news.end(reason)

    async def follow(self, room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        """All messages after `after`, in order, for ever."""
        news = _News()
        # Listening begins before the journal is read: what is appended meanwhile may
        # come twice, and is told apart by its seq, but cannot be missed.
        self._followed[room].add(news)
        try:
            while kept := await self._read(room, after, PAGE):
                news.check()  # it was read after the end, perhaps
                after = kept[-1].seq
                yield kept
            while True:
                fresh = [each for each in await news.take() if each.seq > after]
                if fresh:
                    after = fresh[-1].seq
                    yield fresh
        finally:
            self._forget(room, news)

    def _forget(self, room: str, news: _News) -> None:
        self._followed[room].discard(news)
        if not self._followed[room]:
            del self._followed[room]
