"""A seat: what one client is sent, what is taken from it, how it ends."""

import asyncio
import logging
from contextlib import aclosing
from typing import Any

import pytest
import pytest_asyncio

from shared.chat.frames import Join, Message
from shared.chat.journal import Appended, Draft
from shared.chat.limits import TokenBucket
from shared.chat.service import Chat
from shared.errors import Restarting, Stalled
from tests.core.conftest import OpenChat
from tests.core.fakes import Client, FaultyJournal, Frame, LoopClock, draft, idle
from tests.core.samples import sample

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def chat(open_chat: OpenChat) -> Chat:
    """A chat that refuses nobody for sending too fast."""
    return open_chat(messages_per_second=1e6, message_burst=1_000_000)


async def post(journal: FaultyJournal, count: int) -> None:
    """Append messages as another process would, and let the rooms see each."""
    for _ in range(count):
        await journal.append(draft(name="other"))
        await idle()


def seqs(frames: list[Frame]) -> list[int]:
    """The numbers of messages."""
    return [frame["seq"] for frame in frames if frame["type"] == "message"]


async def welcome_of(chat: Chat, **query: object) -> tuple[Frame, list[Frame]]:
    """The first frame of a client that stays for a moment, and the others it got."""
    client = Client(chat, **query)
    first = await client.next()
    await idle()
    await client.leave()
    return first, client.waiting()


async def test_the_first_frame_is_the_welcome(
    chat: Chat, journal: FaultyJournal
) -> None:
    """It says where the client is, under which name, and how far the room is."""
    await post(journal, 3)
    welcome, _ = await welcome_of(chat, name="ann")
    assert welcome == {
        "type": "welcome",
        "room": "lobby",
        "name": "ann",
        "epoch": journal.epoch,
        "seq": 3,
        "resumed": False,
        "members": 1,
    }


async def test_a_newcomer_is_shown_the_last_messages(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """As many as the setting says, then what comes."""
    chat = open_chat(chat_history_messages=3)
    await post(journal, 5)
    client = Client(chat)
    assert seqs(await client.messages(3)) == [3, 4, 5]
    await post(journal, 2)
    assert seqs(await client.messages(2)) == [6, 7]


async def test_a_newcomer_may_be_shown_nothing(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """A history of no messages is one."""
    await post(journal, 5)
    _, others = await welcome_of(open_chat(chat_history_messages=0))
    assert seqs(others) == []


async def test_a_newcomer_is_not_shown_what_retention_took(
    open_chat: OpenChat,
) -> None:
    """The history begins with the first message that is kept."""
    journal = FaultyJournal(3)
    chat = open_chat()
    chat._journal = journal
    await post(journal, 5)
    client = Client(chat)
    assert seqs(await client.messages(3)) == [3, 4, 5]


async def test_a_journal_that_times_out_is_an_internal_error(
    open_chat: OpenChat,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A timeout is an OSError, as a lost client is, but the client is still there."""
    journal = FaultyJournal()
    chat = open_chat()
    chat._journal = journal
    await post(journal, 1)

    async def time_out(*_: object) -> list[Message]:
        raise TimeoutError

    monkeypatch.setattr(journal, "read", time_out)
    assert await Client(chat, after=0).closing() == 1011
    told = "room lobby cannot read its journal"
    assert told in [record.message for record in caplog.records]


@pytest.mark.parametrize("with_epoch", [True, False])
async def test_a_cursor_is_resumed(
    chat: Chat, journal: FaultyJournal, *, with_epoch: bool
) -> None:
    """All after it, however much; the epoch need not be named."""
    await post(journal, 700)
    epoch = journal.epoch if with_epoch else None
    client = Client(chat, after=1, epoch=epoch)
    assert (await client.next())["resumed"]
    assert seqs(await client.messages(699)) == list(range(2, 701))


@pytest.mark.parametrize("after", [0, 5])
async def test_a_cursor_at_either_end_is_resumed(
    chat: Chat, journal: FaultyJournal, after: int
) -> None:
    """From before the first message, and from the last one."""
    await post(journal, 5)
    welcome, others = await welcome_of(chat, after=after)
    assert welcome["resumed"]
    assert seqs(others) == list(range(after + 1, 6))


@pytest.mark.parametrize(
    ("after", "epoch"), [(2, "another"), (6, None), (2**63 - 1, None)]
)
async def test_a_strange_cursor_is_not_resumed(
    chat: Chat, journal: FaultyJournal, after: int, epoch: str | None
) -> None:
    """Of another epoch, or never reached: no partial replay, only what comes."""
    await post(journal, 5)
    client = Client(chat, after=after, epoch=epoch)
    assert not (await client.next())["resumed"]
    await post(journal, 1)
    assert seqs(await client.messages(1)) == [6]


async def test_a_cursor_that_retention_passed_is_not_resumed(
    open_chat: OpenChat,
) -> None:
    """The client would miss what lay between."""
    journal = FaultyJournal(3)
    chat = open_chat()
    chat._journal = journal
    await post(journal, 5)
    welcome, others = await welcome_of(chat, after=1)
    assert (welcome["resumed"], seqs(others)) == (False, [])
    welcome, others = await welcome_of(chat, after=2)
    assert (welcome["resumed"], seqs(others)) == (True, [3, 4, 5])


async def test_an_acknowledged_message_is_a_cursor(
    chat: Chat, journal: FaultyJournal
) -> None:
    """Who was told a `seq` may resume there, though the room has not seen it yet."""
    client = Client(chat)
    await idle()
    message, _ = await chat.append(draft())
    async with chat.join(Join(after=message.seq), None, None) as seat:
        frames: Any = seat.frames()
        async with aclosing(frames):
            assert '"resumed":true' in await anext(frames)
    await client.leave()


async def test_a_message_comes_back_as_its_acknowledgement(chat: Chat) -> None:
    """With its ref, to its sender as to everyone else."""
    ann, bob = Client(chat, name="ann"), Client(chat, name="bob")
    await asyncio.gather(ann.of_type("welcome"), bob.of_type("welcome"))
    ann.say(" hi ", "r1")
    (told,) = await ann.messages(1)
    assert told.pop("at").endswith("Z")
    assert told == {
        "type": "message",
        "seq": 1,
        "room": "lobby",
        "name": "ann",
        "text": "hi",
        "ref": "r1",
    }
    assert (await bob.messages(1))[0]["ref"] == "r1"


async def test_messages_keep_their_order(chat: Chat) -> None:
    """What was sent first is first in the log, and so for every follower."""
    senders = [Client(chat, name=f"n{i}") for i in range(5)]
    for number in range(100):
        for client in senders:
            client.say(str(number))
    for client in senders:
        got = await client.messages(500)
        assert seqs(got) == list(range(1, 501))
        for name in (f"n{i}" for i in range(5)):
            texts = [each["text"] for each in got if each["name"] == name]
            assert texts == [str(number) for number in range(100)]


async def test_a_sender_that_leaves_at_once_is_heard(
    chat: Chat, journal: FaultyJournal
) -> None:
    """What it sent before it closed is posted, all of it."""
    client, listener = Client(chat), Client(chat)
    for number in range(100):
        client.say(str(number))
    await client.leave()
    assert seqs(await listener.messages(100)) == list(range(1, 101))


async def test_a_bad_frame_is_answered_to_its_sender_alone(chat: Chat) -> None:
    """Nothing of it is broadcast, and the connection goes on."""
    ann, bob = Client(chat), Client(chat)
    ann.send("no json", {"text": "", "ref": "r1"})
    assert (await ann.of_type("error"))["code"] == "invalid_json"
    error = await ann.of_type("error")
    assert (error["code"], error["ref"]) == ("invalid_message", "r1")
    ann.say("still here")
    assert (await bob.messages(1))[0]["text"] == "still here"
    assert (ann.closed, bob.closed) == (None, None)
    assert not any(frame["type"] == "error" for frame in bob.waiting())


@pytest.mark.parametrize("frame", [b"", b'{"text": "hi"}'])
async def test_a_binary_frame_ends_the_connection(chat: Chat, frame: bytes) -> None:
    """Also an empty one; what came before it counts."""
    ann, bob = Client(chat), Client(chat)
    ann.say("before")
    ann.send(frame)
    ann.say("after")
    assert await ann.closing() == 1003
    assert (await bob.messages(1))[0]["text"] == "before"
    assert seqs(bob.waiting()) == []


async def test_a_frame_is_measured_in_bytes(open_chat: OpenChat) -> None:
    """As many as the limit are taken, one more ends the connection."""
    chat = open_chat(chat_frame_max_bytes=100)
    client = Client(chat)
    client.send("ä" * 50)
    assert (await client.of_type("error"))["code"] == "invalid_json"
    client.send("ä" * 50 + "a")
    assert await client.closing() == 1009


async def test_lone_surrogates_are_no_json(chat: Chat) -> None:
    """A server that lets them through does no harm."""
    client = Client(chat)
    client.send('{"text": "\ud800"}')
    assert (await client.of_type("error"))["code"] == "invalid_json"


async def test_who_sends_too_fast_is_told_when_to_go_on(open_chat: OpenChat) -> None:
    """A refused frame is not posted, whatever it was; it carries its ref."""
    chat = open_chat(messages_per_second=0.01, message_burst=2)
    client = Client(chat)
    client.say("one")
    client.send("no json")
    client.say("three", "r3")
    error = await client.of_type("error")
    assert error["code"] == "invalid_json"
    error = await client.of_type("error")
    assert (error["code"], error["ref"]) == ("rate_limited", "r3")
    assert 99 < error["retry_after_seconds"] <= 100.001
    await idle()
    await client.leave()
    assert not any(
        each["text"] == "three" for each in client.waiting() if "seq" in each
    )


async def test_the_wait_is_told_to_the_millisecond(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounded up, for who comes too early is refused again."""
    monkeypatch.setattr(TokenBucket, "take", lambda _: 1.2304)
    client = Client(chat)
    client.say("hi", "r1")
    assert await client.of_type("error") == {
        "type": "error",
        "code": "rate_limited",
        "detail": "You send faster than the limit; wait, then send it again.",
        "ref": "r1",
        "retry_after_seconds": 1.231,
    }


async def test_who_goes_on_sending_too_fast_is_closed(open_chat: OpenChat) -> None:
    """After as many refusals in a row as the setting says."""
    chat = open_chat(messages_per_second=0.01, message_burst=1, chat_max_refusals=3)
    client = Client(chat)
    for _ in range(9):
        client.say("hi")
    assert await client.closing() == 1008
    assert [f["type"] for f in client.waiting()].count("error") <= 2


async def test_refusals_count_in_a_row(
    chat: Chat, open_chat: OpenChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A message that passes begins the count anew."""
    waits = iter([1.0, 1.0, 0.0] * 3 + [1.0, 1.0, 1.0])
    monkeypatch.setattr(TokenBucket, "take", lambda _: next(waits))
    client = Client(open_chat(chat_max_refusals=3))
    for _ in range(9):
        client.say("hi")
    await client.messages(3)
    assert client.closed is None
    for _ in range(3):
        client.say("hi")
    assert await client.closing() == 1008


async def test_a_failing_journal_is_told_to_the_sender(
    chat: Chat, journal: FaultyJournal
) -> None:
    """With the ref, which makes sending it again safe; the connection goes on."""
    client = Client(chat)
    journal.failing.add("append")
    client.say("hi", "r1")
    assert await client.of_type("error") == {
        "type": "error",
        "code": "unavailable",
        "detail": "The disk is full.",
        "ref": "r1",
    }
    journal.failing.clear()
    client.say("hi", "r1")
    assert (await client.messages(1))[0]["ref"] == "r1"


async def test_a_hanging_journal_is_told_to_the_sender(
    chat: Chat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """After five seconds, and not before."""
    client = Client(chat)
    await idle()
    journal.hanging.add("append")
    client.say("hi", "r1")
    await clock.advance(4.9)
    assert not any(frame["type"] == "error" for frame in client.waiting())
    await clock.advance(0.2)
    error = await client.of_type("error")
    assert (error["code"], error["ref"]) == ("unavailable", "r1")
    assert error["detail"] == "The journal did not answer in time; try again."


async def test_a_journal_that_breaks_its_promise_ends_the_connection(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that is none of the port's is ours, and leaves nobody waiting."""

    async def append(_: Draft) -> Appended:
        raise ZeroDivisionError("in the journal")

    client = Client(chat)
    await client.next()
    monkeypatch.setattr(chat._journal, "append", append)
    client.say("hi")
    assert await client.closing() == 1011
    assert [record.message for record in caplog.records] == [
        "a message could not be posted"
    ]
    assert "in the journal" in caplog.text


async def test_what_was_posted_is_let_go(chat: Chat) -> None:
    """A client that talks for days takes no more memory for it."""
    async with chat.join(Join(), None, None) as seat:
        for _ in range(3):
            await seat.take('{"text": "hi"}')
        assert len(seat._inbound._appending) == 3
        await idle()
        assert not seat._inbound._appending


@pytest.mark.parametrize("later", [0, 1])
async def test_a_message_of_before_is_acknowledged_again(
    chat: Chat, journal: FaultyJournal, later: int
) -> None:
    """Who resends what was there when it came gets the first message, and it alone."""
    first = await journal.append(Draft("lobby", "ann", "once", "r1"))
    await post(journal, later)
    ann, bob = (Client(chat, name=name, after=1 + later) for name in ("ann", "bob"))
    ann.say("twice", "r1")
    (told,) = await ann.messages(1)
    assert (told["seq"], told["text"], told["ref"]) == (first.message.seq, "once", "r1")
    await idle()
    assert seqs(bob.waiting()) == []


async def test_a_message_of_this_connection_comes_once(chat: Chat) -> None:
    """The room brings it; sending it again brings it no second time."""
    client = Client(chat, name="ann")
    client.say("hi", "r1")
    client.say("hi", "r1")
    await client.messages(1)
    client.say("hi", "r1")
    client.say("bye")
    assert (await client.messages(1))[0]["text"] == "bye"


async def test_who_does_not_read_errors_is_not_read(chat: Chat) -> None:
    """When too many answers wait for a client, what it sends waits too."""
    client = Client(chat)
    client.reads.clear()
    client.send(*["no json"] * 100)
    await idle()
    assert client.sends.qsize() > 70
    client.reads.set()
    for _ in range(100):
        assert (await client.of_type("error"))["code"] == "invalid_json"


async def test_not_all_messages_of_one_client_wait_for_the_journal(
    chat: Chat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """When too many are on their way, nobody reads on from that client."""
    client = Client(chat)
    await idle()
    journal.hanging.add("append")
    for number in range(100):
        client.say(str(number))
    await idle()
    assert 30 < client.sends.qsize() < 100
    await clock.advance(5)
    await clock.advance(5)
    for _ in range(100):
        assert (await client.of_type("error"))["code"] == "unavailable"
    assert client.sends.empty()


async def test_who_leaves_amid_failures_leaves_nothing_behind(
    chat: Chat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """Answers that nobody will read keep no task waiting for ever."""
    before = asyncio.all_tasks()
    client = Client(chat)
    await idle()
    journal.hanging.add("append")
    for number in range(50):
        client.say(str(number))
    await client.leave()
    await clock.advance(5)
    assert asyncio.all_tasks() == before


async def test_who_does_not_read_is_closed(
    chat: Chat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """After ten seconds without progress; no other client notices."""
    stalled, other = Client(chat), Client(chat)
    await clock.advance(0)
    stalled.reads.clear()
    await post(journal, 1)
    await clock.advance(10)
    assert not stalled.handler.done()
    await clock.advance(1)
    assert await stalled.closing() == Stalled.code == 1013
    assert stalled.closed == (1013, "too slow, come back with your cursor")
    await post(journal, 1)
    assert seqs(await other.messages(2)) == [1, 2]
    assert other.closed is None


async def test_who_does_not_read_of_others_is_closed(
    chat: Chat, clock: LoopClock
) -> None:
    """A presence stands still as a message does."""
    client = Client(chat)
    await clock.advance(1)
    client.reads.clear()
    async with chat.join(Join(), None, None):
        await clock.advance(1)
    await clock.advance(11)
    assert await client.closing() == 1013


async def test_who_does_not_read_is_looked_for_often(
    open_chat: OpenChat, clock: LoopClock
) -> None:
    """Four times within the time that a send may stand still."""
    client = Client(open_chat(chat_stall_seconds=2))
    client.reads.clear()
    for _ in range(4):
        await clock.advance(0.5)
    await clock.advance(0.4)
    assert not client.handler.done()
    await clock.advance(0.1)
    assert await client.closing() == 1013


async def test_who_reads_slowly_is_not_closed(
    chat: Chat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """As long as each frame gets through within the time."""
    client = Client(chat)
    await clock.advance(0)
    client.reads.clear()
    await post(journal, 5)
    for _ in range(5):
        await clock.advance(9)
        client.reads.set()
        await client.of_type("message")
        client.reads.clear()
    assert client.closed is None


@pytest.mark.parametrize("stall_seconds", [0.1, 10])
async def test_a_silent_room_stalls_nobody(
    open_chat: OpenChat, clock: LoopClock, stall_seconds: float
) -> None:
    """Who has been sent everything may wait for ever."""
    client = Client(open_chat(chat_stall_seconds=stall_seconds))
    for _ in range(10):
        await clock.advance(60)
    assert client.closed is None


async def test_who_lags_too_far_behind_is_closed(
    open_chat: OpenChat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """One more message than the setting allows."""
    client = Client(open_chat(chat_max_lag_messages=10))
    await clock.advance(0)
    client.reads.clear()
    await post(journal, 11)  # one of them is being sent
    await clock.advance(1.1)
    assert not client.handler.done()
    await post(journal, 1)
    await clock.advance(1.1)
    assert await client.closing() == 1013


async def test_who_has_not_caught_up_is_no_laggard(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """Nor is one stalled whose handshake is not over."""
    await post(journal, 3)
    chat = open_chat()
    async with chat.join(Join(after=0), None, None) as seat:
        assert seat._outbound.lag() == 0
        assert seat._outbound.stalled_seconds() == 0


async def test_who_comes_back_from_far_behind_is_no_laggard(
    open_chat: OpenChat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """Until it has caught up once."""
    await post(journal, 100)
    client = Client(open_chat(chat_max_lag_messages=10), after=0)
    client.reads.clear()
    await clock.advance(5)
    client.reads.set()
    assert seqs(await client.messages(100)) == list(range(1, 101))
    client.reads.clear()
    await clock.advance(0)
    await post(journal, 12)
    await clock.advance(1.1)
    assert await client.closing() == 1013


async def test_who_falls_out_of_the_ring_loses_nothing(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """It reads on from the journal, without a seam, and then from the ring again."""
    chat = open_chat(chat_ring_messages=4)
    client = Client(chat)
    await idle()
    client.reads.clear()
    await post(journal, 600)
    client.reads.set()
    assert seqs(await client.messages(600)) == list(range(1, 601))
    await post(journal, 3)
    assert seqs(await client.messages(3)) == [601, 602, 603]


async def test_who_keeps_up_needs_no_journal(
    open_chat: OpenChat, journal: FaultyJournal
) -> None:
    """What came last is at hand for all of them, however much came at once."""
    client = Client(open_chat(chat_ring_messages=1))
    await idle()
    journal.failing.add("read")
    for _ in range(3):
        await journal.append(draft())
    assert seqs(await client.messages(3)) == [1, 2, 3]


async def test_who_waits_for_the_journal_does_not_stall(
    open_chat: OpenChat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """It is not its fault; later it may stall as all others may."""
    await post(journal, 3)
    journal.hanging.add("read")
    client = Client(open_chat(), after=0)
    for _ in range(3):
        await clock.advance(9)
    assert client.closed is None
    journal.healed.set()
    assert seqs(await client.messages(3)) == [1, 2, 3]
    client.reads.clear()
    await post(journal, 1)
    await clock.advance(11)
    assert await client.closing() == 1013


async def test_who_was_woken_leaves_nothing_behind(
    chat: Chat, journal: FaultyJournal
) -> None:
    """A room that is talked in for days does not grow."""
    client = Client(chat)
    await idle()
    await post(journal, 3)
    assert len(chat._rooms["lobby"]._parked) == 1
    await client.leave()


async def test_who_is_passed_by_retention_is_closed(open_chat: OpenChat) -> None:
    """It could only go on with a gap: it comes back with its cursor and is told so."""
    journal = FaultyJournal(5)
    chat = open_chat(chat_ring_messages=2)
    chat._journal = journal
    client = Client(chat)
    await idle()
    client.reads.clear()
    await post(journal, 20)
    client.reads.set()
    assert await client.closing() == 1013
    assert seqs(client.waiting()) in ([], [1])


async def test_a_journal_that_fails_a_follower_ends_its_connection(
    open_chat: OpenChat, journal: FaultyJournal, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is passed over: the client comes back with its cursor."""
    client = Client(open_chat(chat_ring_messages=2))
    await idle()
    client.reads.clear()
    await post(journal, 20)
    journal.failing.add("read")
    client.reads.set()
    assert await client.closing() == 1012


async def test_presence_follows_the_welcome(chat: Chat, clock: LoopClock) -> None:
    """Everyone is told who came and who went, the newcomer too."""
    ann = Client(chat, name="ann")
    await clock.advance(0)
    bob = Client(chat, name="bob")
    await clock.advance(0.5)
    await bob.leave()
    await clock.advance(0.5)
    told = [frame for frame in ann.waiting() if frame["type"] == "presence"]
    assert [(each["members"], each["joined"], each["left"]) for each in told] == [
        (1, ["ann"], []),
        (2, ["bob"], []),
        (1, [], ["bob"]),
    ]
    assert [frame["type"] for frame in bob.waiting()] == ["welcome", "presence"]


async def test_messages_go_before_presence(
    chat: Chat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """Presence is live only: a client that is behind gets the last one, once."""
    await post(journal, 3)
    client = Client(chat)
    client.reads.clear()
    for _ in range(3):
        async with chat.join(Join(), None, None):
            await clock.advance(1)
    await clock.advance(1)
    client.reads.set()
    await clock.advance(0)
    kinds = [frame["type"] for frame in client.waiting()]
    assert kinds == ["welcome", "message", "message", "message", "presence"]


class Handler:
    """A socket's handler in parts, each doing what a test gives it to do."""

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.codes: list[int] = []

    async def wait(self) -> None:
        """Read or write until the end of time."""
        await asyncio.get_running_loop().create_future()

    async def fail(self, error: BaseException) -> None:
        """Break."""
        raise error

    async def done(self) -> None:
        """Be over at once."""

    async def close(self, code: int, _: str) -> None:
        """Note the code."""
        self.codes.append(code)


@pytest_asyncio.fixture
async def handler(chat: Chat) -> Handler:
    """The handler of a test."""
    return Handler(chat)


@pytest.mark.parametrize("part", ["reader", "writer"])
async def test_a_handler_that_fails_closes_with_1011(
    handler: Handler, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Never with 1000: the client must know that it was no goodbye."""
    broken = handler.fail(ZeroDivisionError("in the handler"))
    reader, writer = (
        (broken, handler.wait()) if part == "reader" else (handler.wait(), broken)
    )
    async with handler.chat.join(Join(), None, None) as seat:
        await seat.serve(reader, writer, handler.close)
    assert handler.codes == [1011]
    assert [(record.levelno, record.message) for record in caplog.records] == [
        (logging.ERROR, "a socket's handler failed")
    ]
    assert "in the handler" in caplog.text


async def test_a_client_that_went_is_not_closed(handler: Handler) -> None:
    """The reader's end is the client's; a connection that broke is no failure."""
    async with handler.chat.join(Join(), None, None) as seat:
        await seat.serve(handler.done(), handler.wait(), handler.close)
        reset = handler.fail(ConnectionResetError())
        await seat.serve(reset, handler.wait(), handler.close)
    assert handler.codes == []


@pytest.mark.parametrize("error", [None, BrokenPipeError()])
async def test_what_a_client_sent_before_it_went_is_read(
    handler: Handler, error: OSError | None, journal: FaultyJournal
) -> None:
    """A send to a client that has gone may fail before its last frames are read."""
    writer_is_over = asyncio.Event()

    async def write() -> None:
        writer_is_over.set()
        if error is not None:
            raise error

    async def read() -> None:
        await writer_is_over.wait()
        for number in range(200):
            await seat.take(f'{{"text": "{number}"}}')
            await asyncio.sleep(0)

    async with handler.chat.join(Join(), None, None) as seat:
        await seat.serve(read(), write(), handler.close)
    await idle()
    assert (await journal.span("lobby")).last == 200
    assert handler.codes == []


async def test_a_close_that_fails_is_over(handler: Handler) -> None:
    """The peer may have gone meanwhile."""

    async def close(code: int, reason: str) -> None:
        handler.codes.append(code)
        raise RuntimeError("already closed")

    async with handler.chat.join(Join(), None, None) as seat:
        seat.close(Stalled())
        await seat.serve(handler.wait(), handler.wait(), close)
    assert handler.codes == [1013]


async def test_a_close_that_hangs_is_given_up(
    handler: Handler, clock: LoopClock
) -> None:
    """A client that does not read blocks its close frame too: a second is enough."""

    async def close(code: int, reason: str) -> None:
        handler.codes.append(code)
        await handler.wait()

    async def serve() -> None:
        async with handler.chat.join(Join(), None, None) as seat:
            seat.close(Stalled())
            await seat.serve(handler.wait(), handler.wait(), close)

    serving = asyncio.create_task(serve())
    await clock.advance(0.9)
    assert handler.codes == [1013]
    assert not serving.done()
    await clock.advance(0.2)
    assert serving.done()


async def test_the_first_reason_to_close_counts(handler: Handler) -> None:
    """A drain does not hide why a client was closed."""
    async with handler.chat.join(Join(), None, None) as seat:
        seat.close(Stalled())
        seat.close(Restarting())
        await seat.serve(handler.wait(), handler.wait(), handler.close)
    assert handler.codes == [1013]


async def test_a_close_waits_for_the_end_of_reading_and_writing(
    handler: Handler,
) -> None:
    """On granian a close waits for ever while a receive is pending."""
    ended: list[str] = []

    async def pending(name: str) -> None:
        try:
            await handler.wait()
        finally:
            await asyncio.sleep(0)
            ended.append(name)

    async def close(code: int, reason: str) -> None:
        assert ended == ["reader", "writer"]
        handler.codes.append(code)

    async with handler.chat.join(Join(), None, None) as seat:
        asyncio.get_running_loop().call_soon(seat.close, Stalled())
        await seat.serve(pending("reader"), pending("writer"), close)
    assert handler.codes == [1013]


async def test_a_handler_that_is_cancelled_cancels_both(handler: Handler) -> None:
    """As a server does that stops: no close is sent, and nothing is left."""
    before = asyncio.all_tasks()

    async def serve() -> None:
        async with handler.chat.join(Join(), None, None) as seat:
            await seat.serve(handler.wait(), handler.wait(), handler.close)

    serving = asyncio.create_task(serve())
    await idle()
    serving.cancel()
    await asyncio.wait([serving])
    assert serving.cancelled()
    assert handler.codes == []
    assert asyncio.all_tasks() == before


async def test_what_is_refused_and_closed_is_counted(chat: Chat) -> None:
    """/metrics tells of error frames and of closes by their codes."""

    def counted() -> list[float]:
        return [
            sample("tandem_chat_frames_refused_total", code="invalid_json"),
            sample("tandem_chat_sockets_closed_total", code="1003"),
            sample("tandem_chat_sockets_closed_total", code="gone"),
            sample("tandem_chat_socket_duration_seconds_count"),
        ]

    before = counted()
    client, other = Client(chat), Client(chat)
    client.send("no json", "neither", b"binary")
    await client.closing()
    await other.leave()
    assert [now - was for now, was in zip(counted(), before, strict=True)] == [
        *(2, 1, 1, 2)
    ]


async def test_what_is_delivered_is_counted(
    chat: Chat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """To each client, while it is there and when it goes, replayed or live, once."""

    def counted() -> float:
        return sample("tandem_chat_messages_delivered_total") - before

    before = sample("tandem_chat_messages_delivered_total")
    await post(journal, 3)
    ann, bob = Client(chat, after=0), Client(chat, after=2)
    await ann.messages(3)
    await bob.messages(1)
    await clock.advance(1)
    assert counted() == 4
    await post(journal, 2)
    await ann.messages(2)
    await bob.messages(2)
    await ann.leave()
    assert counted() == 6
    await bob.leave()
    assert counted() == 8


async def test_the_greatest_lag_is_told(
    open_chat: OpenChat, journal: FaultyJournal, clock: LoopClock
) -> None:
    """Of all who had caught up once, as of the last second; and of catching up."""
    chat = open_chat(chat_ring_messages=2, chat_stall_seconds=60)
    caught_up = sample("tandem_chat_catch_up_messages_sum")
    quick, slow = Client(chat), Client(chat)
    await idle()
    slow.reads.clear()
    await post(journal, 5)
    await clock.advance(1)
    assert sample("tandem_chat_lag_messages") == 4
    slow.reads.set()
    await slow.messages(5)
    assert sample("tandem_chat_catch_up_messages_sum") - caught_up == 4
    await clock.advance(1)
    assert sample("tandem_chat_lag_messages") == 0
    slow.reads.clear()
    await post(journal, 2)
    await clock.advance(1)
    assert sample("tandem_chat_lag_messages") == 1
    slow.reads.set()
    for client in (quick, slow):
        await client.leave()
    await clock.advance(1)
    assert sample("tandem_chat_lag_messages") == 0


async def test_a_socket_s_life_is_one_line(
    chat: Chat, caplog: pytest.LogCaptureFixture
) -> None:
    """Who it was, how long it took, what came and went, and how it ended."""
    caplog.set_level(logging.INFO, "tandem.sockets")
    ann, bob = Client(chat, name="ann"), Client(chat, name="bob", room="den")
    ann.say("hi")
    ann.send("no json")
    await ann.messages(1)
    await ann.leave()
    bob.send(b"binary")
    await bob.closing()
    assert {record.getMessage() for record in caplog.records} == {"socket"}
    told = [vars(record)["fields"] for record in caplog.records]
    for each in told:
        assert 0 <= each.pop("duration_seconds") < 60
    assert told == [
        {
            "room": "lobby",
            "name": "ann",
            "messages_in": 2,
            "messages_out": 1,
            "code": None,
            "reason": "the client has gone",
        },
        {
            "room": "den",
            "name": "bob",
            "messages_in": 1,
            "messages_out": 0,
            "code": 1003,
            "reason": "text frames only",
        },
    ]


async def test_a_socket_s_life_is_told_to_the_microsecond(
    chat: Chat, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More digits are noise."""
    caplog.set_level(logging.INFO, "tandem.sockets")
    times = iter([10.0, 11.23456789])
    monkeypatch.setattr("shared.chat.seat.perf_counter", lambda: next(times))
    await Client(chat).leave()
    (record,) = caplog.records
    assert vars(record)["fields"]["duration_seconds"] == 1.234568
