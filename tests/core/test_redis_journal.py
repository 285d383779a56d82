"""The journal in Redis: many processes, a Redis that goes away or that forgets."""

import asyncio
import logging
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any
from unittest.mock import AsyncMock

import pytest
import pytest_asyncio
from redis.asyncio import SSLConnection

from shared.chat import redis_calls, redis_reader
from shared.chat.frames import Message
from shared.chat.journal import Span
from shared.chat.redis_calls import cancel, connect, retrieve
from shared.chat.redis_durability import NEEDED
from shared.chat.redis_journal import RedisJournal
from shared.chat.redis_reader import Entry, RedisReader
from shared.errors import StartError, Unavailable
from tests.core.conftest import OpenRedis, StartRedis
from tests.core.fakes import LoopClock, draft, idle
from tests.redis_server import DURABLE, RedisServer

pytestmark = pytest.mark.asyncio

SOON = 15
"""Seconds within which what must come comes on a busy machine."""


class Follower:
    """One who follows `lobby` from a cursor on, as a room does."""

    def __init__(self, journal: RedisJournal, after: int = 0) -> None:
        self.messages: list[Message] = []
        self._arrived = asyncio.Condition()
        self.task = asyncio.create_task(self._follow(journal.tail("lobby", after)))

    async def _follow(self, tail: Any) -> None:
        async with aclosing(tail):
            async for messages in tail:
                async with self._arrived:
                    self.messages += messages
                    self._arrived.notify_all()

    @property
    def seqs(self) -> list[int]:
        """The messages that came, by their `seq`."""
        return [message.seq for message in self.messages]

    async def reach(self, seq: int) -> None:
        """Wait until that message has come."""
        async with asyncio.timeout(SOON), self._arrived:
            await self._arrived.wait_for(lambda: seq in self.seqs)


@pytest_asyncio.fixture
async def follow() -> AsyncIterator[Callable[..., Follower]]:
    """Begins to follow."""
    followers: list[Follower] = []

    def begin(journal: RedisJournal, after: int = 0) -> Follower:
        followers.append(Follower(journal, after))
        return followers[-1]

    yield begin
    for follower in followers:
        follower.task.cancel()
    await asyncio.gather(*(each.task for each in followers), return_exceptions=True)


async def append(journal: RedisJournal, ref: str | None = None) -> Message:
    """Append a message, once the journal takes one again."""
    async with asyncio.timeout(SOON):
        while True:
            try:
                return (await journal.append(draft(ref=ref))).message
            except Unavailable:
                await asyncio.sleep(0.05)  # as a client that tries again


async def test_processes_share_one_order(
    redis: RedisServer, open_redis: OpenRedis, follow: Callable[..., Follower]
) -> None:
    """Whoever appends, all follow the same log, each message once."""
    journals = [await open_redis(redis) for _ in range(3)]
    assert len({journal.epoch for journal in journals}) == 1
    followers = [follow(journal) for journal in journals]
    await asyncio.gather(*(each.append(draft()) for each in journals * 30))
    for last in range(90, 94):  # all may have been read at the start; more is news
        for follower in followers:
            await follower.reach(last)
            assert follower.seqs == list(range(1, last + 1))
            assert follower.messages == list(await journals[0].read("lobby", 0, last))
        await journals[1].append(draft())


async def test_a_ref_is_appended_once_by_all_processes(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """Sent again to another process, it is the same message."""
    journals = [await open_redis(redis) for _ in range(2)]
    drafts = [draft(str(number), ref="r") for number in range(4)]
    found = await asyncio.gather(
        *(journals[i % 2].append(each) for i, each in enumerate(drafts))
    )
    assert sorted(each.created for each in found) == [False] * 3 + [True]
    assert len({each.message.text for each in found}) == 1
    assert await journals[0].span("lobby") == Span(1, 1)


async def test_a_room_is_heard_of_at_once(
    redis: RedisServer,
    open_redis: OpenRedis,
    follow: Callable[..., Follower],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Though the reader is waiting already, for other rooms."""
    monkeypatch.setattr(redis_reader, "BLOCK_SECONDS", 2 * SOON)
    journal = await open_redis(redis, 2 * SOON)
    other = await open_redis(redis)
    await other.append(draft())
    follower = follow(journal, 1)
    await other.append(draft())
    await follower.reach(2)
    assert follower.seqs == [2]


async def test_a_redis_that_goes_away_and_comes_back(
    start_redis: StartRedis,
    open_redis: OpenRedis,
    follow: Callable[..., Follower],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Meanwhile everything is refused; then followers go on where they were."""
    server = start_redis()
    journal, other = [await open_redis(server) for _ in range(2)]
    epoch = journal.epoch
    follower = follow(journal)
    await append(journal)
    await follower.reach(1)
    server.kill()
    for question in (
        journal.append(draft()),
        journal.ping(),
        journal.span("lobby"),
        journal.read("lobby", 0, 1),
    ):
        with pytest.raises(Unavailable) as caught:
            await question
        assert str(caught.value) == "The journal failed; try again."
        assert caught.value.retry_after == 1
    server.start()
    for each in (other, journal, other):
        await append(each)
    await follower.reach(4)
    assert follower.seqs == [1, 2, 3, 4]
    assert journal.epoch == other.epoch == epoch
    await journal.ping()
    assert "Redis can be read again" in caplog.text


async def test_who_begins_to_follow_while_redis_is_away(
    start_redis: StartRedis,
    open_redis: OpenRedis,
    follow: Callable[..., Follower],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Waits for it, however often it is tried, and then gets all there is."""
    server = start_redis()
    journal = await open_redis(server)
    await append(journal)
    tried = asyncio.Semaphore(0)

    def soon(failures: int) -> float:
        tried.release()
        return 0.01

    monkeypatch.setattr(journal._reader._backoff, "compute", soon)
    server.kill()
    follower = follow(journal)
    for _ in range(3):
        await tried.acquire()
    assert caplog.text.count("Redis cannot be read") == 1
    server.start()
    await append(journal)
    await follower.reach(2)
    assert follower.seqs == [1, 2]


async def test_who_begins_to_follow_while_all_is_lost(
    redis: RedisServer, open_redis: OpenRedis, follow: Callable[..., Follower]
) -> None:
    """Is sent away as the others are."""
    journal = await open_redis(redis)
    await append(journal)
    redis.ask("FLUSHALL")
    follower = follow(journal)
    with pytest.raises(Unavailable):
        async with asyncio.timeout(SOON):
            await follower.task


async def test_a_crash_of_redis_loses_nothing_acknowledged(
    start_redis: StartRedis, open_redis: OpenRedis
) -> None:
    """Killed amid appends, again and again, with the settings it must have."""
    server = start_redis()
    journal = await open_redis(server)
    acknowledged: list[Message] = []
    enough = asyncio.Semaphore(0)

    async def post(number: int) -> None:
        with suppress(Unavailable):
            while True:
                found = await journal.append(draft(ref=f"{number}-{len(acknowledged)}"))
                acknowledged.append(found.message)
                enough.release()

    for _ in range(3):
        posters = [asyncio.create_task(post(number)) for number in range(5)]
        for _ in range(20):
            await enough.acquire()
        server.kill()
        await asyncio.gather(*posters)
        server.start()
    await append(journal)
    span = await journal.span("lobby")
    kept = list(await journal.read("lobby", span.first - 1, 1_000))
    assert [message.seq for message in kept] == list(range(span.first, span.last + 1))
    for message in acknowledged:
        if message.seq >= span.first:
            assert kept[message.seq - span.first] == message
    assert len({message.seq for message in acknowledged}) == len(acknowledged)


async def test_an_answer_that_was_lost_is_no_second_message(
    start_redis: StartRedis, open_redis: OpenRedis
) -> None:
    """Nothing is sent again but by the sender, whose `ref` makes it safe."""
    server = start_redis()
    journal = await open_redis(server, 0.2)
    server.hang()
    for ref in (None, "r"):
        with pytest.raises(Unavailable):
            await journal.append(draft("hi", ref=ref))
    server.go_on()
    again = await append(journal, "r")
    assert (await append(journal)).seq == again.seq + 1
    refs = [message.ref for message in await journal.read("lobby", 0, 9)]
    assert refs.count("r") == 1
    assert refs.count(None) <= 2


async def test_a_redis_that_forgot_its_scripts_is_told_them_again(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """As one has that was started anew."""
    journal = await open_redis(redis)
    await journal.append(draft())
    redis.ask("SCRIPT", "FLUSH")
    assert (await journal.append(draft())).message.seq == 2


async def test_a_redis_that_comes_back_empty_is_another_life(
    redis: RedisServer,
    open_redis: OpenRedis,
    follow: Callable[..., Follower],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Followers are sent away, for their cursors mean nothing; then it all begins."""
    journal, other = [await open_redis(redis) for _ in range(2)]
    epoch = journal.epoch
    followers = [follow(journal), follow(other)]
    await append(journal)
    redis.ask("FLUSHALL")
    async with asyncio.timeout(SOON):
        for follower in followers:
            with pytest.raises(Unavailable):
                await follower.task
    assert (await append(journal)).seq == 1
    assert journal.epoch == other.epoch != epoch
    said = "Redis has lost messages: the journal begins a new life"
    assert [each.getMessage() for each in caplog.records].count(said) == 2
    comer = follow(other)
    await append(journal)
    await comer.reach(2)
    assert comer.seqs == [1, 2]


async def test_a_page_and_its_epoch_are_read_in_one_step(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """Or the page might be of a life that began between the two."""
    journal = await open_redis(redis)
    redis.ask("CONFIG", "RESETSTAT")
    await journal.read("lobby", 0, 10)
    done = redis.ask("INFO", "commandstats")
    assert done["cmdstat_exec"]["calls"] == 1


async def test_an_answer_that_nobody_was_there_for_is_no_error() -> None:
    """Whoever asked may have been cancelled, and its question with it."""
    loop = asyncio.get_running_loop()
    cancelled, failed = loop.create_future(), loop.create_future()
    cancelled.cancel()
    failed.set_exception(Unavailable("It is away.", retry_after=1))
    for answer in (cancelled, failed):
        retrieve(answer)


async def test_nothing_is_appended_to_another_life_unawares(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """The sender is told to try again, and then knows the epoch."""
    journal = await open_redis(redis)
    await append(journal)
    redis.ask("FLUSHALL")
    with pytest.raises(Unavailable):
        await journal.append(draft())
    assert await journal.span("lobby") == Span(1, 0)


async def test_nothing_is_read_from_another_life_unawares(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """A page would be taken for one of the life that the reader knows."""
    journal = await open_redis(redis)
    epoch = journal.epoch
    await append(journal)
    redis.ask("FLUSHALL")
    with pytest.raises(Unavailable):
        await journal.read("lobby", 0, 10)
    assert journal.epoch != epoch
    assert list(await journal.read("lobby", 0, 10)) == []


async def test_all_who_ask_at_once_find_the_same_life(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """The first begins it, and the others do not begin another."""
    journal, other = [await open_redis(redis) for _ in range(2)]
    redis.ask("FLUSHALL")
    asked = [each.ping() for each in (journal, other) for _ in range(5)]
    refused = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(each) for each in refused} <= {Unavailable, type(None)}
    assert journal.epoch == other.epoch == redis.ask("GET", "tandem:epoch")


async def test_a_redis_that_went_back_in_time_is_another_life(
    start_redis: StartRedis, open_redis: OpenRedis, follow: Callable[..., Follower]
) -> None:
    """Without its file of appends a crash takes messages back; nobody is fooled."""
    server = start_redis(appendonly="no")
    journal = await open_redis(server)
    epoch = journal.epoch
    follower = follow(journal)
    await append(journal)
    server.ask("SAVE")
    await follower.reach(1)
    for seq in (2, 3):
        await append(journal)
        await follower.reach(seq)
    server.kill()
    server.start()
    with pytest.raises(Unavailable):
        async with asyncio.timeout(SOON):
            await follower.task
    assert journal.epoch != epoch
    assert await journal.span("lobby") == Span(1, 1)


async def test_a_redis_that_is_full_refuses_and_recovers(
    start_redis: StartRedis, open_redis: OpenRedis, caplog: pytest.LogCaptureFixture
) -> None:
    """The reason is in the log; nobody who follows notices."""
    server = start_redis()
    journal = await open_redis(server)
    server.ask("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(Unavailable):
        await journal.append(draft())
    assert re.search(
        "^Redis did not do what it was asked: .*Error: .*'maxmemory'",
        caplog.messages[-1],
    )
    server.ask("CONFIG", "SET", "maxmemory", "0")
    assert (await append(journal)).seq == 1


async def test_a_text_that_cannot_be_sent_harms_no_later_one(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """Though redis-py stumbles over it, before anything has gone out."""
    journal = await open_redis(redis)
    with pytest.raises(Unavailable):
        await journal.append(draft("\ud800"))
    assert (await journal.append(draft())).message.seq == 1


async def test_what_cannot_be_read_is_passed_over(
    redis: RedisServer,
    open_redis: OpenRedis,
    follow: Callable[..., Follower],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A stranger's entry in a stream does not end what all rooms live by."""
    journal = await open_redis(redis)
    follower = follow(journal)
    await append(journal)
    await follower.reach(1)
    redis.ask("XADD", "tandem:events", "*", "room", "lobby", "members", "many")
    await append(journal)
    await follower.reach(2)
    await append(journal)
    await follower.reach(3)
    assert "Redis cannot be read, trying on: ValueError" in caplog.text


async def test_what_waits_for_a_hanging_redis_is_bounded(
    redis: RedisServer, open_redis: OpenRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond that an append is refused at once; what was queued is kept."""
    monkeypatch.setattr(redis_calls, "_QUEUE", 2)
    journal = await open_redis(redis)
    await append(journal)
    queued = [journal.append(draft()) for _ in range(2)]
    with pytest.raises(Unavailable):
        await journal.append(draft())
    assert [(await each).message.seq for each in queued] == [2, 3]


async def test_a_crowd_that_asks_at_once_is_answered(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """As after a restart, when all come back; Redis has other clients, too."""
    journal = await open_redis(redis)
    asked = [journal.span("lobby") for _ in range(500)]
    posted = [journal.append(draft()) for _ in range(50)]
    await asyncio.gather(*asked, *posted)
    assert redis.ask("INFO", "clients")["connected_clients"] < 30


async def test_what_nobody_waits_for_any_more_is_not_appended(
    start_redis: StartRedis, open_redis: OpenRedis
) -> None:
    """Its sender was told to try again, while it was still to be sent to Redis."""
    server = start_redis()
    journal = await open_redis(server)
    await append(journal)
    server.hang()
    sent = asyncio.ensure_future(journal.append(draft()))
    await idle()
    given_up = asyncio.ensure_future(journal.append(draft()))
    await idle()
    given_up.cancel()
    server.go_on()
    assert (await sent).message.seq == 2
    assert (await append(journal)).seq == 3


async def test_a_redis_that_hangs_holds_up_no_end(
    start_redis: StartRedis, open_redis: OpenRedis
) -> None:
    """A process that is to stop has some seconds for all it does."""
    server = start_redis()
    journal = await open_redis(server, 60)
    await append(journal)
    server.hang()
    waiting = asyncio.ensure_future(journal.append(draft()))
    await asyncio.sleep(0)
    async with asyncio.timeout(SOON):
        await journal.close()
    assert not waiting.done()
    waiting.cancel()
    server.go_on()


class SlowRedis:
    """A Redis whose reads the test answers."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[dict[str, str]] = asyncio.Queue()
        self.answers: asyncio.Queue[Any] = asyncio.Queue()

    async def xread(self, cursors: dict[str, str], **options: int) -> Any:
        """Wait for the test's answer, or fail if that is what it is."""
        assert options == {"count": 512, "block": 1_000}
        self.asked.put_nowait(cursors)
        if isinstance(answer := await self.answers.get(), Exception):
            raise answer
        return answer

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_what_comes_for_who_has_just_gone_is_dropped() -> None:
    """A read may have been on its way, from a cursor of another life."""
    redis: Any = SlowRedis()
    reader = RedisReader(redis, AsyncMock())
    got: list[Entry] = []
    with reader.following("a", "5-0", got.extend):
        assert await redis.asked.get() == {"a": "5-0"}
    redis.answers.put_nowait([("a", [("6-0", {})])])
    assert await redis.asked.get() == {}
    with reader.following("a", "5-0", got.extend):
        redis.answers.put_nowait([])
        assert await redis.asked.get() == {"a": "5-0"}
    with reader.following("a", "0-0", got.extend):
        redis.answers.put_nowait([("a", [("6-0", {})])])
        assert await redis.asked.get() == {"a": "0-0"}
        assert got == []
        redis.answers.put_nowait([("a", [("1-0", {})])])
        assert await redis.asked.get() == {"a": "1-0"}
        assert got == [("1-0", {})]
    await reader.close()


async def test_who_stays_is_read_for_when_another_has_gone() -> None:
    """Two in one process may follow the same stream."""
    redis: Any = SlowRedis()
    reader = RedisReader(redis, AsyncMock())
    with reader.following("a", "5-0", lambda _: None):
        with reader.following("a", "5-0", lambda _: None):
            assert await redis.asked.get() == {"a": "5-0"}
        redis.answers.put_nowait([])
        assert await redis.asked.get() == {"a": "5-0"}
    redis.answers.put_nowait([])
    assert await redis.asked.get() == {}
    await reader.close()


async def test_each_failure_of_redis_and_its_end_is_told_once(
    clock: LoopClock, caplog: pytest.LogCaptureFixture
) -> None:
    """All cursors are checked after it, and none while all goes well."""
    redis: Any = SlowRedis()
    check = AsyncMock()
    reader = RedisReader(redis, check)
    with reader.following("a", "5-0", lambda _: None):
        for _ in range(2):
            await clock.advance(2)
            redis.answers.put_nowait([])
            await clock.advance(2)
            redis.answers.put_nowait(OSError("It is away."))
            await clock.advance(2)
    checked = [{}, {}, {"a": "5-0"}, {}, {"a": "5-0"}]
    assert [each.args for each in check.await_args_list] == [(it,) for it in checked]
    assert [each.getMessage() for each in caplog.records] == [
        "Redis cannot be read, trying on: OSError: It is away.",
        "Redis can be read again",
    ] * 2
    await reader.close()


async def test_a_redis_that_stays_away_is_asked_less_and_less(
    clock: LoopClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But every second at the least."""
    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    redis: Any = SlowRedis()
    check = AsyncMock(side_effect=OSError)
    reader = RedisReader(redis, check)
    for count, wait in enumerate((0.1, 0.2, 0.4, 0.8, 1.0, 1.0), 1):
        await clock.advance(0)
        assert check.await_count == count
        await clock.advance(wait - 0.01)
        assert check.await_count == count
        await clock.advance(0.01)
    await reader.close()


async def test_a_task_that_swallows_cancellations_ends_all_the_same(
    clock: LoopClock,
) -> None:
    """After 50 ms it is cancelled again."""

    async def stubborn() -> None:
        for _ in range(2):
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()

    task = asyncio.create_task(stubborn())
    await idle()
    ending = asyncio.create_task(cancel(task))
    await clock.advance(0.05)
    assert task.done()
    await ending


async def test_sound_settings_are_no_news(
    redis: RedisServer, open_redis: OpenRedis, caplog: pytest.LogCaptureFixture
) -> None:
    """A Redis that keeps the promises is opened in silence."""
    assert {name: value for name, (value, _) in NEEDED.items()} == DURABLE
    await open_redis(redis)
    assert caplog.records == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("appendonly", "no", "appendonly no"),
        ("appendfsync", "everysec", "appendfsync everysec"),
        ("no-appendfsync-on-rewrite", "yes", "no-appendfsync-on-rewrite yes"),
        ("maxmemory-policy", "allkeys-lru", "maxmemory-policy allkeys-lru"),
    ],
)
async def test_a_setting_that_breaks_a_promise_is_named(
    start_redis: StartRedis,
    open_redis: OpenRedis,
    caplog: pytest.LogCaptureFixture,
    name: str,
    value: str,
    said: str,
) -> None:
    """At the start, with what it costs and what it must be."""
    await open_redis(start_redis(**{name: value}))
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.getMessage() == (
        f"Redis has {said}, with which {NEEDED[name][1]}: set it to {DURABLE[name]}."
    )


async def test_a_redis_that_does_not_tell_its_settings(
    start_redis: StartRedis, open_redis: OpenRedis, caplog: pytest.LogCaptureFixture
) -> None:
    """As many that one rents: what to see to is said all the same."""
    await open_redis(start_redis(**{"rename-command": "CONFIG NOT-FOR-YOU"}))
    (record,) = caplog.records
    assert re.fullmatch(
        r"Redis does not tell its settings \(.*CONFIG.*\): see to it that it has"
        r" appendonly yes, appendfsync always, no-appendfsync-on-rewrite no,"
        r" maxmemory-policy noeviction\.",
        record.getMessage(),
    )


async def test_a_password_comes_with_the_url(start_redis: StartRedis) -> None:
    """Without it, or with another, the start is refused, and shows none."""
    server = start_redis(requirepass="secret")
    right = server.url.replace("//", "//:secret@")
    journal = await RedisJournal.open(right, 10, 5)
    await journal.ping()
    await journal.close()
    for wrong in (server.url, server.url.replace("//", "//:guess@")):
        with pytest.raises(StartError) as caught:
            await RedisJournal.open(wrong, 10, 5)
        assert "guess" not in str(caught.value)


async def test_tls_comes_with_the_url() -> None:
    """`rediss://` verifies the server; a query names another authority."""
    redis = connect("rediss://:secret@redis.example:6380/1?ssl_ca_certs=ca.pem", 5)
    pool: Any = redis.connection_pool
    assert pool.connection_class is SSLConnection
    made = pool.make_connection()
    assert made.ssl_context.cert_reqs.name == "CERT_REQUIRED"
    assert made.ssl_context.check_hostname
    assert made.ssl_context.ca_certs == "ca.pem"
    await redis.aclose()


async def test_nothing_is_tried_twice_or_for_ever() -> None:
    """On one of ten connections, with the answers that every Redis has."""
    redis = connect("redis://127.0.0.1/0", 7)
    pool: Any = redis.connection_pool
    made = pool.make_connection()
    assert pool.timeout == made.socket_timeout == made.socket_connect_timeout == 7
    assert made.retry.get_retries() == 0
    assert pool.max_connections == 10
    assert made.protocol == 2
    await redis.aclose()


async def test_who_waits_for_news_has_longer_than_redis_may_take(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """A second of silence is no failure."""
    journal = await open_redis(redis, 3)
    waiting: Any = journal._reader._redis
    assert waiting.connection_pool.make_connection().socket_timeout == 4


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://127.0.0.1:1/0", "onnect"),
        ("redis://no.such.host.invalid/0", "onnect"),
        ("redis://127.0.0.1:port/0", "port"),
    ],
)
async def test_a_redis_that_is_not_there_is_named(url: str, reason: str) -> None:
    """In one sentence, with what to do."""
    with pytest.raises(StartError) as caught:
        await RedisJournal.open(url, 10, 5)
    assert re.fullmatch(
        rf"The journal {url} cannot be used \(.*{reason}.*\):"
        " start Redis there, or point TANDEM_JOURNAL to where it is.",
        str(caught.value),
    )
