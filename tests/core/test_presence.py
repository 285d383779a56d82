"""Presence: who is in a room, in this process and in all that share a Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
import pytest_asyncio

from shared.chat import redis_presence
from shared.chat.presence import Change, LocalPresence, Presence
from shared.chat.redis_presence import RedisPresence
from shared.errors import Unavailable
from tests.core.conftest import OpenRedis, StartRedis
from tests.core.fakes import idle
from tests.redis_server import RedisServer

pytestmark = pytest.mark.asyncio

SOON = 15
"""Seconds within which what must come comes on a busy machine."""


class Watcher:
    """One who is told of a room, as a room is."""

    def __init__(self, presence: Presence, room: str = "lobby") -> None:
        self.members = 0
        self.joined: list[str] = []
        self.left: list[str] = []
        self._told = asyncio.Event()
        presence.watch(room, self.tell)

    def tell(self, change: Change) -> None:
        """Note it."""
        self.members = change.members
        self.joined += change.joined
        self.left += change.left
        self._told.set()

    async def until(self, met: Callable[["Watcher"], bool]) -> None:
        """Wait until what was told is so."""
        async with asyncio.timeout(SOON):
            while not met(self):
                self._told.clear()
                await self._told.wait()


@pytest_asyncio.fixture(params=["local", "redis"])
async def presence(
    request: pytest.FixtureRequest, redis: RedisServer, open_redis: OpenRedis
) -> AsyncIterator[Presence]:
    """A presence with nobody in it."""
    if request.param == "local":
        yield LocalPresence()
    else:
        yield (await open_redis(redis)).presence


async def test_who_comes_and_goes_is_counted_and_told(presence: Presence) -> None:
    """Names that come twice are two members."""
    watcher, elsewhere = Watcher(presence), Watcher(presence, "attic")
    names = ["ann", "bob", "ann"]
    assert [await presence.join("lobby", name) for name in names] == [1, 2, 3]
    assert await presence.join("attic", "eve") == 1
    presence.leave("lobby", "ann")
    await watcher.until(lambda told: told.left == ["ann"])
    assert (watcher.members, watcher.joined) == (2, names)
    await elsewhere.until(lambda told: told.joined == ["eve"])
    assert elsewhere.members == 1
    assert elsewhere.left == []
    for name in ("ann", "bob"):
        presence.leave("lobby", name)
    await watcher.until(lambda told: told.members == 0)
    assert await presence.join("lobby", "ann") == 1


async def test_who_watches_no_more_is_told_no_more(presence: Presence) -> None:
    """The others who watch the room still are."""
    gone, stays = Watcher(presence), Watcher(presence)
    presence.unwatch("lobby", gone.tell)
    await presence.join("lobby", "ann")
    await stays.until(lambda told: told.members == 1)
    presence.unwatch("lobby", stays.tell)
    await presence.join("lobby", "bob")
    assert gone.joined == []
    assert stays.joined == ["ann"]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that does not beat is dead after a second."""
    monkeypatch.setattr(redis_presence, "_BEAT_SECONDS", 0.2)
    monkeypatch.setattr(redis_presence, "_ALIVE_SECONDS", 1)


async def open_all(open_redis: OpenRedis, server: RedisServer) -> list[RedisPresence]:
    """The presences of two processes."""
    return [(await open_redis(server)).presence for _ in range(2)]


async def stop_beating(presence: RedisPresence) -> None:
    """What a kill does to a process, as far as the others can see."""
    presence._beating.cancel()
    await asyncio.wait([presence._beating])


async def beating_by_hand(open_redis: OpenRedis, server: RedisServer) -> RedisPresence:
    """A presence that Redis knows, and that beats when a test says so."""
    presence = (await open_redis(server)).presence
    await stop_beating(presence)
    await presence._beat()
    return presence


async def test_members_are_those_of_all_processes(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """All are told the same count, and who it was."""
    here, there = await open_all(open_redis, redis)
    watchers = [Watcher(here), Watcher(there)]
    assert await here.join("lobby", "ann") == 1
    assert await there.join("lobby", "bob") == 2
    here.leave("lobby", "ann")
    for watcher in watchers:
        await watcher.until(lambda told: told.left == ["ann"])
        assert watcher.joined == ["ann", "bob"]
        assert watcher.members == 1


async def test_a_process_that_ends_takes_its_members_out(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """In order, that is at once."""
    journals = [await open_redis(redis) for _ in range(2)]
    watcher = Watcher(journals[0].presence)
    await journals[1].presence.join("lobby", "bob")
    await journals[1].close()
    await watcher.until(lambda told: told.left == ["bob"])
    assert watcher.members == 0
    assert redis.ask("ZCARD", "tandem:alive") == 1


@pytest.mark.usefixtures("quick")
async def test_the_members_of_a_dead_process_leave(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """From all rooms; a crowd is counted and its first 20 are named."""
    here, dead = await open_all(open_redis, redis)
    watcher, elsewhere = Watcher(here), Watcher(here, "attic")
    await here.join("lobby", "ann")
    for number in range(30):
        await dead.join("lobby", f"n{number}")
    for _ in range(2):
        await dead.join("attic", "twice")
    await watcher.until(lambda told: told.members == 31)
    await stop_beating(dead)
    await watcher.until(lambda told: told.members == 1)
    assert len(watcher.left) == 20
    await elsewhere.until(lambda told: told.left == ["twice", "twice"])
    assert elsewhere.members == 0
    assert redis.ask("EXISTS", f"tandem:process:{dead._process}") == 0


@pytest.mark.usefixtures("quick")
async def test_a_process_that_was_taken_for_dead_comes_back(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """It may only have slept; its next beat brings its members back."""
    here, sleeper = await open_all(open_redis, redis)
    watcher = Watcher(here)
    await sleeper.join("lobby", "bob")
    await stop_beating(sleeper)
    await watcher.until(lambda told: told.left == ["bob"])
    await sleeper._beat()
    await watcher.until(lambda told: told.joined == ["bob", "bob"])
    assert watcher.members == 1


async def test_nobody_is_taken_for_dead_by_who_was_away_too(
    redis: RedisServer, open_redis: OpenRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Redis was away, all get the time to say that they live."""
    here, there = await open_all(open_redis, redis)
    for each in (here, there):
        await stop_beating(each)
        await each._beat()
        await each.join("lobby", "ann")
    for process in redis.ask("ZRANGE", "tandem:alive", "0", "-1"):
        redis.ask("ZADD", "tandem:alive", "1", process)
    await here._beat()
    assert redis.ask("ZCARD", "tandem:alive") == 2
    assert await here.join("lobby", "bob") == 3
    await here._beat()
    assert redis.ask("ZCARD", "tandem:alive") == 1
    assert await here.join("lobby", "eve") == 3


@pytest.mark.usefixtures("quick")
async def test_what_happens_while_redis_is_away_is_made_up_for(
    start_redis: StartRedis, open_redis: OpenRedis
) -> None:
    """Who left meanwhile has left; who could not join is not counted."""
    server = start_redis()
    here, there = await open_all(open_redis, server)
    watcher = Watcher(there)
    for name in ("ann", "bob"):
        await here.join("lobby", name)
    server.kill()
    here.leave("lobby", "ann")
    with pytest.raises(Unavailable):
        await here.join("lobby", "eve")
    server.start()
    await watcher.until(lambda told: told.left == ["ann"])
    await watcher.until(lambda told: told.members == 1)
    assert await there.join("lobby", "zoe") == 2


async def test_what_failed_is_not_forgotten_over_what_went_well_since(
    start_redis: StartRedis, open_redis: OpenRedis
) -> None:
    """The next beat makes up for it."""
    server = start_redis()
    here = await beating_by_hand(open_redis, server)
    for name in ("ann", "bob"):
        await here.join("lobby", name)
    server.kill()
    here.leave("lobby", "ann")
    with pytest.raises(Unavailable):
        await here._beat()
    server.start()
    here.leave("lobby", "bob")
    assert await here.join("lobby", "eve") == 2
    await here._beat()
    assert await here.join("lobby", "zoe") == 2


async def test_who_left_while_redis_was_away_has_left_with_the_next_beat(
    start_redis: StartRedis, open_redis: OpenRedis
) -> None:
    """Though Redis knows the process still."""
    server = start_redis()
    here = await beating_by_hand(open_redis, server)
    await here.join("lobby", "ann")
    server.kill()
    here.leave("lobby", "ann")
    with pytest.raises(Unavailable):
        await here._beat()
    server.start()
    await here._beat()
    assert await here.join("lobby", "zoe") == 1


@pytest.mark.usefixtures("quick")
async def test_a_beat_that_failed_half_way_is_made_up_for(
    redis: RedisServer, open_redis: OpenRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis took the beat, but did not say who it thinks is there."""
    here = (await open_redis(redis)).presence
    watcher, failed, whole = Watcher(here), asyncio.Event(), here._beat
    for name in ("ann", "bob"):
        await here.join("lobby", name)

    async def beat() -> None:
        try:
            await whole()
        except Unavailable:
            failed.set()
            raise

    monkeypatch.setattr(here, "_beat", beat)
    process = f"tandem:process:{here._process}"
    redis.ask("RENAME", process, "aside")
    redis.ask("SET", process, "what is no hash")
    here.leave("lobby", "ann")
    async with asyncio.timeout(SOON):
        await failed.wait()
    redis.ask("RENAME", "aside", process)
    await watcher.until(lambda told: told.left == ["ann"])
    assert watcher.members == 1


async def test_a_process_without_doubt_asks_for_nothing(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """A beat that Redis expected, after which nothing failed, is one call."""

    def asked() -> object:
        return redis.ask("INFO", "commandstats").get("cmdstat_hgetall")

    here = await beating_by_hand(open_redis, redis)
    before = asked()
    await here._beat()
    assert asked() == before


@pytest.mark.usefixtures("quick")
async def test_a_redis_that_lost_all_is_told_who_is_there(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """With the next beat; and what follows is told as ever."""
    journals = [await open_redis(redis) for _ in range(2)]
    here, there = (each.presence for each in journals)
    epoch = journals[1].epoch
    watcher = Watcher(there)
    for name in ("ann", "ann", "bob", "bob", "bob"):
        await here.join("lobby", name)
    here.leave("lobby", "bob")
    await watcher.until(lambda told: told.left == ["bob"])
    redis.ask("FLUSHALL")
    await watcher.until(lambda told: told.members == 4 and len(told.joined) > 5)
    assert sorted(watcher.joined[5:]) == ["ann", "bob"]
    with suppress(Unavailable):  # unless its reader has noticed first
        await journals[1].ping()
    assert journals[1].epoch != epoch
    assert await here.join("lobby", "eve") == 5
    await watcher.until(lambda told: told.members == 5)


async def test_who_gives_up_joining_is_not_counted(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """Though Redis has heard of it: the next beat takes it back."""
    presence = (await open_redis(redis)).presence
    watcher = Watcher(presence)
    await stop_beating(presence)  # nothing else is on its way
    await presence._beat()
    await presence.join("lobby", "zoe")
    redis.hang()
    joining = asyncio.create_task(presence.join("lobby", "ann"))
    await idle()
    joining.cancel()
    await asyncio.wait([joining])
    redis.go_on()
    await watcher.until(lambda told: told.joined == ["zoe", "ann"])
    await presence._beat()
    await watcher.until(lambda told: told.left == ["ann"])
    assert await presence.join("lobby", "bob") == 2


async def test_who_gives_up_joining_in_time_is_never_told_of(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """Redis had not been asked yet."""
    presence = (await open_redis(redis)).presence
    watcher = Watcher(presence)
    joining = asyncio.create_task(presence.join("lobby", "ann"))
    await asyncio.sleep(0)
    joining.cancel()
    await asyncio.wait([joining])
    assert await presence.join("lobby", "bob") == 1
    await presence._beat()
    assert await presence.join("lobby", "eve") == 2
    await watcher.until(lambda told: told.members == 2)
    assert (watcher.joined, watcher.left) == (["bob", "eve"], [])


async def bury(server: RedisServer, sleeper: RedisPresence, by: RedisPresence) -> None:
    """Let one process, which beats no more, be taken for dead by another."""
    await by._beat()
    server.ask("ZADD", "tandem:alive", "1", sleeper._process)
    await by._beat()


async def test_who_comes_and_goes_before_the_dead_are_back_is_counted_right(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """A process that slept has members of whom Redis knows nothing any more."""
    here, sleeper = await open_all(open_redis, redis)
    for name in ("ann", "bob"):
        await sleeper.join("lobby", name)
    for each in (here, sleeper):
        await stop_beating(each)
    await bury(redis, sleeper, here)
    watcher = Watcher(here)
    assert await sleeper.join("lobby", "eve") == 1
    sleeper.leave("lobby", "ann")
    await sleeper._beat()
    assert await here.join("lobby", "zoe") == 3
    await watcher.until(lambda told: "zoe" in told.joined)
    assert watcher.left == []
    for name in ("bob", "eve"):
        sleeper.leave("lobby", name)
    await watcher.until(lambda told: told.left == ["bob", "eve"])
    assert watcher.members == 1


async def test_who_comes_to_a_process_taken_for_dead_does_not_stay_for_ever(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """It may die indeed before its next beat."""
    here, sleeper = await open_all(open_redis, redis)
    for each in (here, sleeper):
        await stop_beating(each)
    await sleeper._beat()
    await bury(redis, sleeper, here)
    watcher = Watcher(here)
    assert await sleeper.join("lobby", "ann") == 1
    await here._beat()
    await watcher.until(lambda told: told.left == ["ann"])
    assert redis.ask("EXISTS", f"tandem:process:{sleeper._process}") == 0


async def test_a_process_taken_for_dead_brings_all_back_though_some_came(
    redis: RedisServer, open_redis: OpenRedis
) -> None:
    """That it is heard of again tells nothing of its members of before."""
    here, sleeper = await open_all(open_redis, redis)
    await sleeper.join("lobby", "ann")
    for each in (here, sleeper):
        await stop_beating(each)
    await bury(redis, sleeper, here)
    assert await sleeper.join("lobby", "bob") == 1
    await sleeper._beat()
    assert await here.join("lobby", "zoe") == 3
