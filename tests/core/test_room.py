"""A room: the tail of its journal in a ring, who is woken, who is told of whom."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextvars import ContextVar
from typing import Any

import pytest
import pytest_asyncio

from shared.chat.frames import Message
from shared.chat.journal import Span
from shared.chat.presence import Change
from shared.chat.room import Broken, Room
from shared.errors import CloseSocket, InternalError, Restarting, Unavailable
from tests.core.fakes import FaultyJournal, LoopClock, draft, idle

pytestmark = pytest.mark.asyncio

OpenRoom = Callable[..., Awaitable[Room]]


def never(room: Room, reason: CloseSocket) -> None:
    """What a sound room does not call."""
    pytest.fail(f"{room.name} is broken: {reason!r}")


@pytest_asyncio.fixture
async def journal() -> FaultyJournal:
    """The journal of a test's rooms, which keeps 100 messages."""
    return FaultyJournal(100)


@pytest_asyncio.fixture
async def open_room(journal: FaultyJournal) -> AsyncIterator[OpenRoom]:
    """Opens the room `lobby`, with that many messages in its ring."""
    opened: list[Room] = []

    async def open_one(
        ring: int = 5, broken: Broken = never, source: Any = journal
    ) -> Room:
        room = Room("lobby", source, ring)
        opened.append(room)
        await room.open(broken)
        await idle()
        return room

    yield open_one
    for room in opened:
        await room.close()


async def post(journal: FaultyJournal, count: int) -> None:
    """Append that many messages, and let the rooms see them."""
    for _ in range(count):
        await journal.append(draft())
    await idle()


def seqs(frames: Sequence[str]) -> list[int]:
    """The numbers of encoded messages."""
    return [json.loads(frame)["seq"] for frame in frames]


async def test_a_room_begins_at_the_end_of_its_journal(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """What was there is the journal's to tell, until somebody asks."""
    await post(journal, 3)
    room = await open_room()
    assert room.seq == 3
    assert seqs(await room.after(1)) == [2, 3]


async def test_a_room_follows_its_journal(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """Whoever appends; the frames come from the ring, not from the journal."""
    room = await open_room()
    journal.failing.add("read")
    for _ in range(2):
        await post(journal, 2)
    assert room.seq == 4
    assert seqs(await room.after(0)) == [1, 2, 3, 4]
    assert seqs(await room.after(3)) == [4]
    assert await room.after(4) == []


async def test_a_message_is_encoded_once(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """All followers are handed the same object."""
    room = await open_room()
    await post(journal, 1)
    assert (await room.after(0))[0] is (await room.after(0))[0]


async def test_what_left_the_ring_comes_from_the_journal(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """The same frames, by another way; the ring takes no more than its size."""
    room = await open_room(ring=2)
    await post(journal, 6)
    from_journal = await room.after(3)
    assert seqs(from_journal) == [4, 5, 6]
    assert await room.after(4) == from_journal[1:]
    journal.failing.add("read")
    assert seqs(await room.after(4)) == [5, 6]
    with pytest.raises(Unavailable):
        await room.after(3)


async def test_the_journal_is_read_page_by_page(open_room: OpenRoom) -> None:
    """A follower from far behind gets a page at a time, which it can count on from."""
    large = FaultyJournal(10_000)
    await post(large, 120)
    room = await open_room(source=large)
    assert await pages_of(room, 120) == [16] * 7 + [8]


async def test_the_ring_is_read_page_by_page(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """What a follower holds that never reads is long gone from the ring itself."""
    room = await open_room(ring=40)
    await post(journal, 40)
    journal.failing.add("read")
    assert await pages_of(room, 40) == [16, 16, 8]


async def pages_of(room: Room, last: int) -> list[int]:
    """How long each page is on which the messages from 1 to the last come."""
    found: list[int] = []
    pages = []
    while page := await room.after(len(found)):
        pages.append(len(page))
        found += seqs(page)
    assert found == list(range(1, last + 1))
    return pages


async def test_what_retention_has_passed_is_not_there(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """Not even in part: a follower would miss what lies between."""
    room = await open_room()
    await post(journal, 110)
    assert await room.after(9) == []
    assert seqs(await room.after(10))[0] == 11


class Gapped(FaultyJournal):
    """A journal whose tail comes too late for some messages: retention was faster."""

    async def span(self, _: str) -> Span:
        """What there was when the room was opened."""
        return Span(1, 0)

    async def tail(self, room: str, _: int) -> AsyncIterator[Sequence[Message]]:
        """Messages 1 to 6, without 3 and 4."""
        for first, last in ((1, 2), (5, 6)):
            yield [m for m in self._rooms[room] if first <= m.seq <= last]


async def test_a_gap_in_the_tail_is_no_gap_for_a_follower(open_room: OpenRoom) -> None:
    """What is not in the ring is asked of the journal, and is never passed over."""
    journal = Gapped()
    await post(journal, 6)
    room = await open_room(source=journal)
    assert seqs(await room.after(4)) == [5, 6]
    assert seqs(await room.after(2)) == [3, 4, 5, 6]
    assert seqs(await room.after(1)) == [2, 3, 4, 5, 6]


async def test_all_who_are_parked_are_woken(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """By a message; but not who went, nor who is awake already."""
    room = await open_room()
    parked, gone, cancelled = room.park(), room.park(), room.park()
    room.unpark(gone)
    cancelled.cancel()
    await post(journal, 2)
    assert parked.done()
    assert not gone.done()
    assert cancelled.cancelled()
    for future in (parked, cancelled):
        room.unpark(future)


class Watched(FaultyJournal):
    """A journal that notes on whose behalf it is followed."""

    request: ContextVar[str] = ContextVar("request", default="nobody's")

    async def tail(self, room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        """The tail of any journal."""
        self.followed_in = self.request.get()
        async for messages in super().tail(room, after):
            yield messages


async def test_a_room_keeps_nothing_of_who_opened_it(open_room: OpenRoom) -> None:
    """Else the first member's request would live as long as the room."""
    journal = Watched()
    journal.request.set("the first member's")
    await open_room(source=journal)
    await idle()
    assert journal.followed_in == "nobody's"


async def test_opening_again_changes_nothing(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """Each who joins opens the room; it follows the journal once."""
    room = await open_room()
    await asyncio.gather(*(room.open(never) for _ in range(5)))
    await post(journal, 1)
    assert seqs(await room.after(0)) == [1]


async def test_a_room_that_could_not_open_can_be_opened_later(
    journal: FaultyJournal,
) -> None:
    """A failure of the journal is not for ever."""
    room = Room("lobby", journal, 5)
    journal.failing.add("span")
    with pytest.raises(Unavailable):
        await room.open(never)
    journal.failing.clear()
    await room.open(never)
    await post(journal, 1)
    assert room.seq == 1
    await room.close()


async def test_who_gives_up_opening_does_not_stop_the_others(
    journal: FaultyJournal,
) -> None:
    """The next in turn opens the room."""
    room = Room("lobby", journal, 5)
    journal.hanging.add("span")
    first, second = (asyncio.create_task(room.open(never)) for _ in range(2))
    await idle()
    journal.hanging.clear()
    first.cancel()
    await second
    assert first.cancelled()
    await room.close()


async def test_a_room_that_never_opened_can_be_closed(journal: FaultyJournal) -> None:
    """Nobody need ask how far it had come."""
    await Room("lobby", journal, 5).close()


async def test_a_closed_room_follows_no_more(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """It leaves nothing behind in the journal, nor a timer."""
    room = await open_room()
    room.tell(Change(1, joined=["ann"]))
    await room.close()
    await post(journal, 1)
    assert room.seq == 0
    assert room.presences == 0
    assert not journal._tail._followed


async def test_closing_can_be_cancelled(
    journal: FaultyJournal, open_room: OpenRoom
) -> None:
    """Who is cancelled while a room closes knows it afterwards."""
    room = await open_room()
    closing = asyncio.create_task(room.close())
    asyncio.get_running_loop().call_soon(closing.cancel)
    await asyncio.wait([closing])
    assert closing.cancelled()
    await idle()
    assert not journal._tail._followed


async def test_a_journal_that_goes_away(
    journal: FaultyJournal, open_room: OpenRoom, caplog: pytest.LogCaptureFixture
) -> None:
    """Is told to who opened the room: its members may come back."""
    broken: list[tuple[Room, type[CloseSocket]]] = []
    journal.failing.add("read")
    room = await open_room(broken=lambda *what: broken.append((what[0], type(what[1]))))
    assert broken == [(room, Restarting)]
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.WARNING, "room lobby cannot follow its journal: The disk is broken.")
    ]


async def test_a_journal_with_a_bug(
    journal: FaultyJournal,
    open_room: OpenRoom,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Is told to who opened the room, and whole to the log."""
    broken: list[tuple[Room, type[CloseSocket]]] = []
    monkeypatch.setattr(journal, "tail", None)
    room = await open_room(broken=lambda *what: broken.append((what[0], type(what[1]))))
    assert broken == [(room, InternalError)]
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "room lobby cannot follow its journal")
    ]


async def test_presence_is_told_at_once(open_room: OpenRoom, clock: LoopClock) -> None:
    """The first who comes need not wait."""
    room = await open_room()
    parked = room.park()
    room.tell(Change(1, joined=["ann"]))
    await clock.advance(0)
    assert json.loads(room.presence) == {
        "type": "presence",
        "members": 1,
        "joined": ["ann"],
        "left": [],
    }
    assert parked.done()


async def test_presence_is_told_twice_a_second_at_the_most(
    open_room: OpenRoom, clock: LoopClock
) -> None:
    """All that happens in half a second is one frame."""
    room = await open_room()
    room.tell(Change(1, joined=["ann"]))
    await clock.advance(0)
    room.tell(Change(2, joined=["bob"]))
    room.tell(Change(3, joined=["eve"]))
    room.tell(Change(2, left=["ann"]))
    await clock.advance(0.49)
    assert room.presences == 1
    await clock.advance(0.02)
    assert room.presences == 2
    assert json.loads(room.presence) == {
        "type": "presence",
        "members": 2,
        "joined": ["bob", "eve"],
        "left": ["ann"],
    }


async def test_presence_is_not_told_when_nobody_came_or_went(
    open_room: OpenRoom, clock: LoopClock
) -> None:
    """Silence costs nothing, and ends at once when somebody comes."""
    room = await open_room()
    room.tell(Change(1, joined=["ann"]))
    await clock.advance(0)
    await clock.advance(60)
    assert room.presences == 1
    room.tell(Change(0, left=["ann"]))
    await clock.advance(0)
    assert room.presences == 2


async def test_a_crowd_is_counted_and_not_listed(
    open_room: OpenRoom, clock: LoopClock
) -> None:
    """At most 20 names in each list; the count is right."""
    room = await open_room()
    names = [f"n{number}" for number in range(30)]
    room.tell(Change(30, joined=names))
    for number, name in enumerate(names[:25]):
        room.tell(Change(29 - number, left=[name]))
    await clock.advance(0)
    told = json.loads(room.presence)
    assert told["members"] == 5
    assert told["joined"] == told["left"] == [f"n{i}" for i in range(20)]
