"""Chat: who may join, what becomes of a message, how a process ends."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest
from prometheus_client import REGISTRY

from shared.chat.frames import HistoryQuery, Join, Message, NewMessage
from shared.chat.presence import LocalPresence
from shared.chat.service import Chat
from shared.errors import (
    ForeignOrigin,
    RateLimited,
    TooManyConnections,
    Unavailable,
)
from tests.core.conftest import OpenChat
from tests.core.fakes import Client, FaultyJournal, LoopClock, draft, idle
from tests.core.samples import sample

pytestmark = pytest.mark.asyncio

HI = NewMessage(name="ann", text="hi")


async def joins(
    chat: Chat,
    origin: str | None = None,
    host: str | None = None,
    scheme: str = "ws",
) -> bool:
    """Whether a client that says this of itself gets a seat."""
    try:
        async with chat.join(Join(), origin, host, scheme):
            return True
    except ForeignOrigin:
        return False


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, None, True),
        (None, "tandem.example:8001", True),
        ("http://tandem.example:8001", "tandem.example:8001", True),
        ("http://tandem.example", "tandem.example", True),
        ("https://tandem.example", "tandem.example", False),
        ("https://friend.example", "tandem.example", True),
        ("https://friend.example:8443", "tandem.example", False),
        ("http://friend.example", "tandem.example", False),
        ("http://tandem.example", "tandem.example:8001", False),
        ("http://tandem.example:8002", "tandem.example:8001", False),
        ("https://evil.example", "tandem.example", False),
        ("https://tandem.example.evil.example", "tandem.example", False),
        ("https://evil.example/tandem.example", "tandem.example", False),
        ("tandem.example", "tandem.example", False),
        ("null", "tandem.example", False),
        ("null", "", False),
        ("http://None", None, False),
        ("null", None, False),
        ("", "tandem.example", False),
        ("https://evil.example", None, False),
    ],
)
async def test_who_may_connect(
    open_chat: OpenChat, origin: str | None, host: str | None, *, allowed: bool
) -> None:
    """Pages of the app's own origin and of listed ones, and what is no browser."""
    chat = open_chat(origins=("https://friend.example",))
    assert await joins(chat, origin, host) is allowed


async def test_an_own_page_has_the_scheme_of_its_socket(open_chat: OpenChat) -> None:
    """TLS, or none: a page that came without it is another page."""
    chat = open_chat()
    assert await joins(chat, "https://tandem.example", "tandem.example", "wss")
    assert await joins(chat, "https://tandem.example", "tandem.example", "https")
    assert not await joins(chat, "http://tandem.example", "tandem.example", "wss")


async def test_all_seats_are_taken(open_chat: OpenChat) -> None:
    """One too many is refused, and a seat that is left is free again."""
    chat = open_chat(chat_max_connections=2)
    async with chat.join(Join(room="a"), None, None):
        async with chat.join(Join(room="b"), None, None):
            with pytest.raises(TooManyConnections) as caught:
                await joins(chat)
            assert str(caught.value) == "All seats are taken; try again."
            assert caught.value.retry_after == 5
        assert await joins(chat)


async def test_a_foreign_page_is_told_so(open_chat: OpenChat) -> None:
    """By the name it gave itself."""
    with pytest.raises(ForeignOrigin) as caught:
        async with open_chat().join(Join(), "https://evil.example", None):
            pass
    assert str(caught.value) == "Pages of https://evil.example may not connect here."


async def test_a_join_that_fails_takes_no_seat(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """Nor does it leave a room behind."""
    chat = open_chat(chat_max_connections=1)
    journal.failing.add("span")
    for _ in range(3):
        with pytest.raises(Unavailable):
            await joins(chat)
    journal.failing.clear()
    assert await joins(chat)
    assert not chat._rooms


@pytest.mark.parametrize("given_up", [False, True])
async def test_a_join_waits_for_the_journal_for_a_while(
    open_chat: OpenChat, journal: FaultyJournal, clock: LoopClock, *, given_up: bool
) -> None:
    """Then it is refused, and who gives up earlier leaves nothing behind either."""
    chat = open_chat()
    journal.hanging.add("span")
    joining = asyncio.create_task(joins(chat))
    await clock.advance(4.9)
    assert not joining.done()
    if given_up:
        joining.cancel()
    await clock.advance(0.2)
    assert joining.cancelled() is given_up
    assert given_up or isinstance(joining.exception(), Unavailable)
    assert not chat._rooms


async def test_rooms_do_not_leak_into_each_other(open_chat: OpenChat) -> None:
    """Neither messages nor presence."""
    chat = open_chat()
    ann, bob = Client(chat, room="a", name="ann"), Client(chat, room="b", name="bob")
    ann.say("hi")
    await ann.messages(1)
    await ann.leave()
    await idle()
    kinds = [(frame["type"], frame.get("joined")) for frame in bob.waiting()]
    assert kinds == [("welcome", None), ("presence", ["bob"])]


async def test_a_room_is_let_go_with_its_last_member(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """Not before; and it is there again for the next who comes."""
    chat = open_chat()
    first, second = Client(chat), Client(chat)
    await idle()
    await first.leave()
    second.say("still here")
    await second.messages(1)
    await second.leave()
    assert not chat._rooms
    assert not journal._tail._followed
    third = Client(chat)
    third.say("again")
    assert [frame["seq"] for frame in await third.messages(2)] == [1, 2]


async def test_who_comes_as_the_last_one_leaves_is_served(
    open_chat: OpenChat,
) -> None:
    """A room that is being closed takes nobody with it."""
    chat = open_chat()
    leaving = Client(chat)
    await idle()
    leaving.sends.put_nowait(None)
    coming = [Client(chat) for _ in range(3)]
    await leaving.handler
    for client in coming:
        client.say("hi")
    for client in coming:
        assert [f["seq"] for f in await client.messages(3)] == [1, 2, 3]


async def test_a_broken_room_ends_its_connections(
    open_chat: OpenChat, journal: FaultyJournal, caplog: pytest.LogCaptureFixture
) -> None:
    """With 1012: they come back with their cursors. Other rooms go on."""
    chat = open_chat()
    other = Client(chat, room="other")
    await idle()
    journal.failing.add("read")
    clients = [Client(chat) for _ in range(3)]
    assert [await client.closing() for client in clients] == [1012] * 3
    assert other.closed is None
    assert "room lobby cannot follow its journal" in caplog.text


async def test_who_comes_back_to_a_broken_room_finds_a_sound_one(
    open_chat: OpenChat, journal: FaultyJournal, caplog: pytest.LogCaptureFixture
) -> None:
    """Even while somebody is still leaving the broken one."""
    chat = open_chat()
    journal.failing.add("read")
    async with chat.join(Join(), None, None):
        await idle()
        journal.failing.clear()
        client = Client(chat)
        client.say("hi")
        await idle()
        frames = client.waiting()
    assert "message" in [frame["type"] for frame in frames]


async def test_a_room_that_breaks_as_it_is_left_harms_no_new_one(
    open_chat: OpenChat,
    journal: FaultyJournal,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Who comes meanwhile is in the one room of that name, and so is the next."""
    left, over = asyncio.Event(), asyncio.Event()

    async def tail(room: str, after: int) -> AsyncIterator[Sequence[Message]]:
        try:
            await asyncio.get_running_loop().create_future()
            yield []
        finally:
            left.set()
            await over.wait()
            raise OSError("the connection is gone")

    chat = open_chat()
    with monkeypatch.context() as patched:
        patched.setattr(journal, "tail", tail)
        leaving = Client(chat)
        await idle()
        leaving.sends.put_nowait(None)
        await left.wait()
    first = Client(chat)
    await idle()
    over.set()
    await leaving.handler
    second = Client(chat)
    second.say("hi")
    assert [message["text"] for message in await first.messages(1)] == ["hi"]
    assert (await second.next())["members"] == 2
    assert "Task exception" not in caplog.text


async def test_who_was_joining_a_room_that_broke_is_not_left_in_it(
    open_chat: OpenChat, journal: FaultyJournal, caplog: pytest.LogCaptureFixture
) -> None:
    """It is refused, or closed, or served; but not silent for ever."""
    chat = open_chat()
    journal.failing.add("read")
    journal.hanging.add("read")
    first = Client(chat)
    await idle()
    journal.hanging.add("span")
    second = Client(chat)
    await idle()
    journal.healed.set()
    await first.closing()
    journal.failing.clear()
    await idle()
    if not second.handler.done():
        second.say("hi")
        await idle()
        assert "message" in [frame["type"] for frame in second.waiting()]


async def test_a_post_is_told_to_the_room(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """Over HTTP as over a socket; the same ref is posted once."""
    chat = open_chat()
    client = Client(chat)
    new = NewMessage(name="ann", text="hi", ref="r1")
    first, again = [await chat.post("lobby", new, "10.0.0.1") for _ in range(2)]
    assert (first.created, again.created) == (True, False)
    assert first.message == again.message
    (told,) = await client.messages(1)
    assert (told["name"], told["text"], told["ref"]) == ("ann", "hi", "r1")
    assert (await journal.span("lobby")).last == 1


async def test_posts_are_limited(open_chat: OpenChat) -> None:
    """Per name at an address; the refusal says when one will pass."""
    chat = open_chat(messages_per_second=0.1, message_burst=2)
    for _ in range(2):
        await chat.post("lobby", HI, "10.0.0.1")
    with pytest.raises(RateLimited) as caught:
        await chat.post("attic", HI, "10.0.0.1")
    assert str(caught.value) == "You post faster than the limit."
    assert caught.value.retry_after == 10
    await chat.post("lobby", HI, "10.0.0.2")
    await chat.post("lobby", NewMessage(name="bob", text="hi"), "10.0.0.1")


async def test_the_wait_is_told_in_whole_seconds(open_chat: OpenChat) -> None:
    """Rounded up, for who comes too early is refused again."""
    chat = open_chat(messages_per_second=0.7, message_burst=1)
    await chat.post("lobby", HI, "10.0.0.1")
    with pytest.raises(RateLimited) as caught:
        await chat.post("lobby", HI, "10.0.0.1")
    assert caught.value.headers == {"Retry-After": "2"}


async def test_the_limits_of_posters_take_no_end_of_memory(
    open_chat: OpenChat,
) -> None:
    """Only the latest are remembered."""
    chat = open_chat()
    for number in range(10_100):
        await chat.post("lobby", HI, str(number))
    assert len(chat._posters._buckets) == 10_000


async def ask_post(chat: Chat) -> None:
    """Post over HTTP."""
    await chat.post("lobby", HI, "10.0.0.1")


async def ask_history(chat: Chat) -> None:
    """Read a page."""
    await chat.history("lobby", HistoryQuery())


async def ask_ready(chat: Chat) -> None:
    """Ask for readiness."""
    await chat.ready()


ASKS = {"append": ask_post, "read": ask_history, "ping": ask_ready}


@pytest.mark.parametrize("name", ASKS)
async def test_a_journal_that_fails_is_unavailable(
    open_chat: OpenChat, journal: FaultyJournal, name: str
) -> None:
    """Each question to it, as long as it fails."""
    chat = open_chat()
    journal.failing.add(name)
    with pytest.raises(Unavailable) as caught:
        await ASKS[name](chat)
    assert caught.value.retry_after == 1
    journal.failing.clear()
    await ASKS[name](chat)


@pytest.mark.parametrize("name", ASKS)
async def test_a_journal_that_hangs_is_unavailable(
    open_chat: OpenChat, journal: FaultyJournal, clock: LoopClock, name: str
) -> None:
    """After as many seconds as the setting says."""
    chat = open_chat(journal_timeout_seconds=3)
    journal.hanging.add(name)
    asking = asyncio.create_task(ASKS[name](chat))
    await clock.advance(2.9)
    assert not asking.done()
    await clock.advance(0.2)
    error = asking.exception()
    assert isinstance(error, Unavailable)
    assert str(error) == "The journal did not answer in time; try again."
    assert error.retry_after == 1


async def test_only_new_messages_are_counted(open_chat: OpenChat) -> None:
    """/metrics does not count what was there."""

    def counted() -> float:
        return REGISTRY.get_sample_value("tandem_chat_messages_posted_total") or 0

    chat, before = open_chat(), counted()
    for _ in range(3):
        await chat.append(draft(ref="r1"))
    await chat.append(draft())
    assert counted() - before == 2


async def test_appends_are_measured(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """All of them, and how many failed."""

    def counted() -> list[float]:
        return [
            sample("tandem_journal_append_duration_seconds_count"),
            sample("tandem_journal_append_failures_total"),
        ]

    chat, before = open_chat(), counted()
    await chat.append(draft())
    journal.failing = {"append"}
    with pytest.raises(Unavailable):
        await chat.append(draft())
    assert [now - was for now, was in zip(counted(), before, strict=True)] == [2, 1]


async def test_a_cursor_is_told_with_the_life_that_it_is_of(
    open_chat: OpenChat, journal: FaultyJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where that life ends before it is known who is there."""
    first, join = journal.epoch, LocalPresence.join

    async def join_at_the_end(self: LocalPresence, room: str, name: str) -> int:
        journal.epoch = "next"
        return await join(self, room, name)

    monkeypatch.setattr(LocalPresence, "join", join_at_the_end)
    async with open_chat().join(Join(after=0), None, None) as seat:
        assert json.loads(await anext(seat.frames()))["epoch"] == first


async def test_a_history_page_by_page(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """`next` is the cursor of the next page, and null at the end."""
    chat = open_chat()
    for _ in range(7):
        await journal.append(draft())
    pages = []
    after: int | None = 0
    while after is not None:
        page = await chat.history("lobby", HistoryQuery(after=after, limit=3))
        assert page.epoch == journal.epoch
        pages.append([message.seq for message in page.messages])
        after = page.next
    assert pages == [[1, 2, 3], [4, 5, 6], [7]]


async def test_a_page_that_ends_with_the_room_is_the_last(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """There is no empty page after it."""
    chat = open_chat()
    for _ in range(3):
        await journal.append(draft())
    page = await chat.history("lobby", HistoryQuery(limit=3))
    assert (len(page.messages), page.next) == (3, None)
    empty = await chat.history("lobby", HistoryQuery(after=3))
    assert (empty.messages, empty.next) == ([], None)


async def test_a_drain_closes_every_socket(open_chat: OpenChat) -> None:
    """With 1012, and waits until the last has gone; nobody is let in any more."""
    chat = open_chat()
    clients = [Client(chat, room=room) for room in ("a", "a", "b")]
    await idle()
    await chat.drain()
    assert [client.closed and client.closed[0] for client in clients] == [1012] * 3
    assert all(client.handler.done() for client in clients)
    told = "This process is shutting down"
    for refused, detail in ((joins(chat), "; try again."), (chat.ready(), ".")):
        with pytest.raises(Unavailable) as caught:
            await refused
        assert str(caught.value) == told + detail
        assert caught.value.retry_after == 1


async def test_a_drain_of_nobody_is_over_at_once(open_chat: OpenChat) -> None:
    """And so is the next one."""
    chat = open_chat()
    await chat.drain()
    await chat.drain()


async def test_a_drain_does_not_wait_for_ever(
    open_chat: OpenChat, clock: LoopClock
) -> None:
    """Who has not gone in two seconds is left to the server."""
    chat = open_chat()
    async with chat.join(Join(), None, None):
        draining = asyncio.create_task(chat.drain())
        await clock.advance(1.9)
        assert not draining.done()
        await clock.advance(0.2)
        assert draining.done()
        draining.result()


async def test_a_drain_hears_who_is_still_talking(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """What was taken before is appended."""
    chat = open_chat()
    async with chat.join(Join(), None, None) as seat:
        for number in range(10):
            await seat.take(f'{{"text": "{number}"}}')
    await chat.drain()
    await idle()
    assert (await journal.span("lobby")).last == 10


async def test_who_was_joining_when_the_drain_began_is_closed_too(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """Or is refused; but does not keep the process."""
    chat = open_chat()
    journal.hanging.add("span")
    client = Client(chat)
    await idle()
    draining = asyncio.create_task(chat.drain())
    await idle()
    journal.healed.set()
    await idle()
    assert client.handler.done()
    await draining
    if client.closed:
        assert client.closed[0] == 1012
    else:
        assert isinstance(client.handler.exception(), Unavailable)


async def test_a_closed_chat_leaves_nothing_behind(open_chat: OpenChat) -> None:
    """No task and no timer of its own."""
    before = asyncio.all_tasks()
    chat = open_chat()
    client = Client(chat)
    await client.next()
    await chat.close()
    await idle()
    assert asyncio.all_tasks() == before


async def test_many_join_and_leave_at_once(open_chat: OpenChat) -> None:
    """Whoever stays gets each message once, in order."""
    chat = open_chat()
    async with AsyncExitStack() as stack:
        staying = Client(chat)
        for _ in range(50):
            await stack.enter_async_context(chat.join(Join(), None, None))
    staying.say("after the storm")
    assert (await staying.messages(1))[0]["seq"] == 1
    presences = [f for f in staying.waiting() if f["type"] == "presence"]
    assert len(presences) <= 3
