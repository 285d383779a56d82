"""What every journal does, whatever it keeps its messages in."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from shared.chat.frames import Message
from shared.chat.journal import Appended, Draft, Journal, Span
from shared.chat.memory_journal import MemoryJournal
from shared.chat.redis_journal import RedisJournal
from shared.chat.sqlite_journal import SqliteJournal
from tests.core.fakes import draft

pytestmark = pytest.mark.asyncio

Open = Callable[..., Awaitable[Journal]]


async def _memory(_: Path, __: str, retention: int) -> Journal:
    return MemoryJournal(retention)


async def _sqlite(folder: Path, _: str, retention: int) -> Journal:
    return await SqliteJournal.open(folder / "journal.db", retention, 5)


async def _redis(_: Path, url: str, retention: int) -> Journal:
    return await RedisJournal.open(url, retention, 5)


KINDS = {"memory": _memory, "sqlite": _sqlite, "redis": _redis}


@pytest_asyncio.fixture(params=KINDS)
async def open_journal(
    request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[Open]:
    """Opens the journal of a test, which keeps that many messages of a room."""
    opened: list[Journal] = []
    url = ""
    if request.param == "redis":  # the others need no server
        url = request.getfixturevalue("redis").url

    async def open_one(retention: int = 100_000) -> Journal:
        opened.append(await KINDS[request.param](tmp_path, url, retention))
        return opened[-1]

    yield open_one
    for journal in opened:
        await journal.close()


@pytest_asyncio.fixture
async def journal(open_journal: Open) -> Journal:
    """A journal that keeps more than a test appends."""
    return await open_journal()


async def append_all(journal: Journal, drafts: Sequence[Draft]) -> list[Appended]:
    """Append all at once, in this order."""
    return await asyncio.gather(*map(journal.append, drafts))


async def fill(journal: Journal, count: int) -> list[Message]:
    """Append that many messages; what they became."""
    appended = await append_all(journal, [draft(f"m{i}") for i in range(count)])
    return [each.message for each in appended]


async def collect(tail: AsyncIterator[Sequence[Message]], count: int) -> list[Message]:
    """The first `count` messages of a tail, or the few more that its page holds."""
    found: list[Message] = []
    async for messages in tail:
        found += messages
        if len(found) >= count:
            break
    return found


def following(
    journal: Journal, after: int, count: int, room: str = "lobby"
) -> asyncio.Task[list[Message]]:
    """A task that collects from a tail of its own and then lets go of it."""

    async def follow() -> list[Message]:
        tail: Any = journal.tail(room, after)
        async with aclosing(tail):
            return await collect(tail, count)

    return asyncio.create_task(follow())


def seqs(messages: Sequence[Message]) -> list[int]:
    """Their numbers."""
    return [message.seq for message in messages]


async def test_the_first_message_of_a_room_is_number_one(journal: Journal) -> None:
    """A message comes back whole, with its number and its time."""
    before = datetime.now(UTC)
    message, created = await journal.append(
        Draft("lobby", "ann", 'Grüße, "you" 🙂\n\x00', "r1")
    )
    assert created
    assert message.model_dump(exclude={"at"}) == {
        "seq": 1,
        "room": "lobby",
        "name": "ann",
        "text": 'Grüße, "you" 🙂\n\x00',
        "ref": "r1",
    }
    assert before - timedelta(milliseconds=1) <= message.at <= datetime.now(UTC)
    assert message.at.tzinfo is UTC
    assert list(await journal.read("lobby", 0, 10)) == [message]


async def test_its_life_has_a_name(journal: Journal) -> None:
    """Sixteen hexadecimal digits, which no other life is called by."""
    assert re.fullmatch("[0-9a-f]{16}", journal.epoch)


async def test_every_room_counts_for_itself(journal: Journal) -> None:
    """Rooms do not leak into each other."""
    rooms = ["a", "b", "a", "a", "b"]
    appended = await append_all(journal, [Draft(r, "ann", r, None) for r in rooms])
    assert seqs([each.message for each in appended]) == [1, 1, 2, 3, 2]
    assert seqs(await journal.read("b", 0, 10)) == [1, 2]
    assert {message.text for message in await journal.read("a", 0, 10)} == {"a"}


async def test_the_order_of_the_calls_is_the_order_of_the_log(journal: Journal) -> None:
    """`append` queues at the call, whenever its result is awaited."""
    waiting = [journal.append(draft(str(i))) for i in range(50)]
    appended = [await each for each in reversed(waiting)]
    assert [each.message.seq for each in appended] == list(range(50, 0, -1))
    assert [m.text for m in await journal.read("lobby", 0, 99)] == [
        str(i) for i in range(50)
    ]


async def test_concurrent_appends_leave_no_gap(journal: Journal) -> None:
    """However many append at a time, each `seq` is given once."""

    async def post(name: str) -> list[int]:
        return [(await journal.append(draft(name=name))).message.seq for _ in range(20)]

    given = await asyncio.gather(*(post(f"poster-{i}") for i in range(30)))
    assert all(each == sorted(each) for each in given)
    assert sorted(seq for each in given for seq in each) == list(range(1, 601))
    assert seqs(await journal.read("lobby", 0, 1_000)) == list(range(1, 601))


async def test_an_append_that_nobody_waits_for_is_appended(journal: Journal) -> None:
    """Who gives up on an answer may find the message there, and breaks nothing."""
    given_up = asyncio.ensure_future(journal.append(draft("first", ref="r")))
    given_up.cancel()
    second = await journal.append(draft("second"))
    first = await journal.append(draft("first", ref="r"))
    assert [first.message.seq, first.created, second.message.seq] == [1, False, 2]


async def test_a_ref_is_appended_once(journal: Journal) -> None:
    """The second time, the first message comes back, whatever the text."""
    first = await journal.append(draft("once", ref="r"))
    again = await journal.append(draft("twice", ref="r"))
    assert again == Appended(first.message, created=False)
    assert await journal.span("lobby") == Span(1, 1)


async def test_a_ref_is_appended_once_though_sent_at_once(journal: Journal) -> None:
    """A resend need not wait for the first answer."""
    appended = await append_all(journal, [draft(ref="r") for _ in range(5)])
    assert [each.created for each in appended] == [True, *[False] * 4]
    assert {each.message.seq for each in appended} == {1}
    assert (await journal.append(draft())).message.seq == 2


async def test_a_ref_belongs_to_a_name_in_a_room(journal: Journal) -> None:
    """Others may use the same one; a message without one is always new."""
    drafts = [
        Draft("lobby", "ann", "hi", "r"),
        Draft("lobby", "bob", "hi", "r"),
        Draft("attic", "ann", "hi", "r"),
        Draft("lobby", "ann", "hi", None),
        Draft("lobby", "ann", "hi", None),
    ]
    appended = await append_all(journal, drafts)
    assert all(each.created for each in appended)


async def test_an_empty_room(journal: Journal) -> None:
    """Nothing kept, nothing given, nothing to read."""
    assert await journal.span("nowhere") == Span(1, 0)
    assert list(await journal.read("nowhere", 0, 10)) == []
    assert list(await journal.read("nowhere", 7, 10)) == []


async def test_the_span_grows_with_the_room(journal: Journal) -> None:
    """From the first kept to the last given."""
    await fill(journal, 3)
    assert await journal.span("lobby") == Span(1, 3)


@pytest.mark.parametrize(
    ("after", "limit", "expected"),
    [
        (0, 3, [1, 2, 3]),
        (3, 3, [4, 5, 6]),
        (9, 3, [10]),
        (10, 3, []),
        (99, 3, []),
        (0, 99, list(range(1, 11))),
        (2**63 - 1, 1, []),
    ],
)
async def test_a_page(
    journal: Journal, after: int, limit: int, expected: list[int]
) -> None:
    """At most `limit` messages, those right after the cursor, in order."""
    await fill(journal, 10)
    assert seqs(await journal.read("lobby", after, limit)) == expected


async def test_a_page_does_not_change_once_it_was_read(journal: Journal) -> None:
    """What a reader holds is its own."""
    await fill(journal, 2)
    page = await journal.read("lobby", 0, 10)
    await fill(journal, 2)
    assert seqs(page) == [1, 2]


async def test_retention_keeps_the_last_messages(open_journal: Open) -> None:
    """The span begins later, the numbers go on, what is gone is not read."""
    journal = await open_journal(retention=3)
    await fill(journal, 10)
    assert await journal.span("lobby") == Span(8, 10)
    assert seqs(await journal.read("lobby", 0, 10)) == [8, 9, 10]
    assert seqs(await journal.read("lobby", 8, 1)) == [9]
    assert (await journal.append(draft())).message.seq == 11
    assert await journal.span("lobby") == Span(9, 11)


async def test_retention_counts_each_room_alone(open_journal: Open) -> None:
    """A busy room takes nothing from a quiet one."""
    journal = await open_journal(retention=2)
    await journal.append(Draft("quiet", "ann", "still here", None))
    await fill(journal, 9)
    assert await journal.span("quiet") == Span(1, 1)
    assert await journal.span("lobby") == Span(8, 9)


async def test_retention_forgets_a_ref_with_its_message(open_journal: Open) -> None:
    """What is gone cannot be answered with; what is kept can."""
    journal = await open_journal(retention=2)
    for i in range(3):
        await journal.append(draft(ref=f"r{i}"))
    kept = await journal.append(draft(ref="r1"))
    gone = await journal.append(draft(ref="r0"))
    assert (kept.created, kept.message.seq) == (False, 2)
    assert (gone.created, gone.message.seq) == (True, 4)


async def test_retention_holds_when_a_resend_comes_last(open_journal: Open) -> None:
    """An old message, given back in the same breath, keeps no older ones alive."""
    journal = await open_journal(retention=3)
    for i in range(3):
        await journal.append(draft(ref=f"r{i}"))
    await append_all(journal, [draft(), draft(ref="r1")])
    assert await journal.span("lobby") == Span(2, 4)


async def test_one_message_is_the_least_that_is_kept(open_journal: Open) -> None:
    """Numbers go on even then."""
    journal = await open_journal(retention=1)
    await fill(journal, 3)
    assert await journal.span("lobby") == Span(3, 3)


async def test_a_tail_begins_with_what_was_there(journal: Journal) -> None:
    """More than fits on a page, in order."""
    await fill(journal, 1_300)
    assert seqs(await following(journal, 0, 1_300)) == list(range(1, 1_301))


async def test_a_tail_begins_after_its_cursor(journal: Journal) -> None:
    """What the follower has seen does not come again."""
    await fill(journal, 5)
    assert seqs(await following(journal, 3, 2)) == [4, 5]


async def test_a_tail_goes_on_with_what_comes(journal: Journal) -> None:
    """A follower that has caught up gets every later message of its room."""
    await fill(journal, 2)
    task = following(journal, 0, 6)
    for _ in range(4):
        await journal.append(Draft("elsewhere", "ann", "hi", None))
        await journal.append(draft())
    assert seqs(await task) == [1, 2, 3, 4, 5, 6]


async def test_a_tail_of_a_room_to_come(journal: Journal) -> None:
    """An empty room can be followed."""
    task = following(journal, 0, 1)
    await journal.append(draft("at last"))
    assert [message.text for message in await task] == ["at last"]


async def test_a_tail_loses_and_doubles_nothing(journal: Journal) -> None:
    """Followers that begin before, amid and after appends get each message once."""
    followers = [following(journal, 0, 900)]
    for _ in range(30):
        appending = asyncio.gather(*(journal.append(draft()) for _ in range(30)))
        followers.append(following(journal, 0, 900))
        await appending
        followers.append(following(journal, 0, 900))
    for found in await asyncio.gather(*followers):
        assert seqs(found) == list(range(1, 901))


async def test_a_tail_takes_up_what_comes_while_it_reads(journal: Journal) -> None:
    """A follower that pauses between two pages misses nothing."""
    await fill(journal, 600)
    tail: Any = journal.tail("lobby", 0)
    async with aclosing(tail):
        found = list(await anext(tail))
        await fill(journal, 600)
        found += await collect(tail, 1_200 - len(found))
        await fill(journal, 3)
        found += await collect(tail, 3)
    assert seqs(found) == list(range(1, 1_204))


async def test_a_tail_begins_with_what_retention_left(open_journal: Open) -> None:
    """A follower finds a gap there, and no error."""
    journal = await open_journal(retention=2)
    await fill(journal, 5)
    assert seqs(await following(journal, 0, 2)) == [4, 5]


async def test_a_tail_that_was_cancelled_disturbs_no_other(journal: Journal) -> None:
    """Followers come and go."""
    leaving, staying = following(journal, 0, 2), following(journal, 0, 2)
    await fill(journal, 1)
    leaving.cancel()
    await asyncio.wait([leaving])
    await fill(journal, 1)
    assert leaving.cancelled()
    assert seqs(await staying) == [1, 2]


async def test_ping_answers(journal: Journal) -> None:
    """An open journal is a ready one."""
    await journal.ping()


async def test_close_makes_durable_what_was_queued(open_journal: Open) -> None:
    """All appends of before `close` have their answer when it returns."""
    journal = await open_journal()
    waiting = [asyncio.ensure_future(journal.append(draft())) for _ in range(1_001)]
    await journal.close()
    assert [each.result().message.seq for each in waiting] == list(range(1, 1_002))


async def test_an_epoch_names_one_journal(journal: Journal) -> None:
    """It does not change with what is appended, and another journal has another."""
    epoch = journal.epoch
    await journal.append(draft())
    assert journal.epoch == epoch != MemoryJournal(1).epoch
