"""The tail that memory and SQLite share: what it leaves behind when nobody follows."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from shared.chat.frames import Message
from shared.chat.memory_journal import MemoryJournal
from shared.errors import Unavailable
from tests.core.fakes import draft, idle

pytestmark = pytest.mark.asyncio


async def test_who_stops_following_leaves_nothing_behind() -> None:
    """Rooms that were followed once would fill the memory."""
    journal = MemoryJournal(10)
    tails: list[Any] = [journal.tail("lobby", 0) for _ in range(2)]
    async with aclosing(tails[0]), aclosing(tails[1]):
        await journal.append(draft())
        for tail in tails:
            assert [message.seq for message in await anext(tail)] == [1]
        await tails[0].aclose()
        assert list(journal._tail._followed) == ["lobby"]
    assert not journal._tail._followed


class Overtaken(MemoryJournal):
    """A journal to which something is appended just before each page is read."""

    async def read(self, room: str, after: int, limit: int) -> Sequence[Message]:
        """A page that holds what the follower is told of as well."""
        if after < 3:
            await self.append(draft())
        return await super().read(room, after, limit)


async def test_what_was_read_and_announced_comes_once() -> None:
    """A follower that was told only of what it has read already waits on."""
    journal = Overtaken(10)
    tail: Any = journal.tail("lobby", 0)
    async with aclosing(tail):
        pages = [await anext(tail) for _ in range(3)]
        waiting = asyncio.ensure_future(anext(tail))
        await idle()
        assert not waiting.done()
        await journal.append(draft())
        pages.append(await waiting)
    assert [[message.seq for message in page] for page in pages] == [[1], [2], [3], [4]]


class Ended(MemoryJournal):
    """A journal whose life is over while a page of it is read."""

    async def read(self, room: str, after: int, limit: int) -> Sequence[Message]:
        """A page of the life that follows, for all that its reader knows."""
        self._tail.end(Unavailable("It is over.", retry_after=1))
        return await super().read(room, after, limit)


async def test_nothing_is_handed_out_after_the_end() -> None:
    """What was read may belong to the journal's next life."""
    journal = Ended(10)
    await journal.append(draft())
    with pytest.raises(Unavailable):
        await anext(journal.tail("lobby", 0))


async def test_a_tail_that_never_began_holds_nothing() -> None:
    """Listening begins with the first page."""
    journal = MemoryJournal(10)
    journal.tail("lobby", 0)
    await journal.append(draft())
    assert not journal._tail._followed
