"""What is kept, for how long, and how often it is asked for."""

import asyncio
import gc
from collections.abc import Awaitable, Callable

import pytest

from shared.errors import (
    TandemError,
    Unavailable,
    UnknownCity,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamTimeout,
)
from shared.weather.cache import Cache, Found, Key, cache_key
from tests.core.samples import sample

PARIS: Key = ("paris", None)
ROME: Key = ("rome", None)
OSLO: Key = ("oslo", None)
LookUp = Callable[[], Awaitable[str]]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of the cache."""
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Cache[str]:
    """Two values, fresh for 10 s, usable for 100 s more; unknown for 30 s."""
    return Cache(
        size=2, fresh_seconds=10, stale_seconds=100, unknown_seconds=30, clock=clock
    )


def found(value: str) -> LookUp:
    """A look-up that finds a value."""

    async def look_up() -> str:
        return value

    return look_up


def failing(error: Exception) -> LookUp:
    """A look-up that fails."""

    async def look_up() -> str:
        raise error

    return look_up


async def never() -> str:
    """A look-up that must not be made."""
    raise AssertionError("looked up again")


class Held:
    """A look-up that goes on when it is told to, and counts its calls."""

    def __init__(self, outcome: LookUp) -> None:
        self.calls = 0
        self.started = asyncio.Event()
        self.go_on = asyncio.Event()
        self._outcome = outcome

    async def __call__(self) -> str:
        """Wait, then do as `outcome` does."""
        self.calls += 1
        self.started.set()
        await self.go_on.wait()
        return await self._outcome()


@pytest.mark.parametrize(
    "spelling", ["São Paulo", "SÃO PAULO", " são \t paulo ", "Sa\u0303o Paulo"]
)
def test_spellings_share_a_key(spelling: str) -> None:
    """Case, spacing and Unicode composition make no difference."""
    assert cache_key(spelling, "BR") == ("são paulo", "BR")


def test_countries_have_keys_of_their_own() -> None:
    """Paris is in several countries; sharp s folds to two."""
    assert cache_key("Paris", "US") != cache_key("Paris", None)
    assert cache_key("Gießen", None) == cache_key("GIESSEN", None)


def test_nothing_is_fresh_at_first(cache: Cache[str]) -> None:
    """An empty cache has nothing."""
    assert cache.fresh(PARIS) is None


@pytest.mark.asyncio
async def test_value_is_fresh_for_its_time(cache: Cache[str], clock: Clock) -> None:
    """It says how old it is, and after that it is looked up again."""
    assert await cache.fetch(PARIS, found("sun")) == ("sun", 0.0, False)
    clock.now += 9.5
    assert cache.fresh(PARIS) == ("sun", 9.5, False)
    clock.now += 0.5
    assert cache.fresh(PARIS) is None
    assert await cache.fetch(PARIS, found("rain")) == ("rain", 0.0, False)
    assert cache.fresh(PARIS) == ("rain", 0.0, False)


@pytest.mark.asyncio
async def test_thousand_at_once_are_one_look_up(cache: Cache[str]) -> None:
    """All of them get its value."""
    held = Held(found("sun"))

    async def go_on() -> None:
        held.go_on.set()

    fetches = [cache.fetch(PARIS, held) for _ in range(1_000)]
    *values, _ = await asyncio.gather(*fetches, go_on())
    assert held.calls == 1
    assert values == [("sun", 0.0, False)] * 1_000


@pytest.mark.asyncio
async def test_keys_do_not_wait_for_each_other(cache: Cache[str]) -> None:
    """A slow look-up holds up its own key only."""
    held = Held(found("sun"))
    slow = asyncio.create_task(cache.fetch(PARIS, held))
    await held.started.wait()
    assert await cache.fetch(ROME, found("rain")) == ("rain", 0.0, False)
    held.go_on.set()
    assert (await slow)[0] == "sun"


@pytest.mark.asyncio
async def test_cancelled_waiter_leaves_the_others_waiting(cache: Cache[str]) -> None:
    """Not even the first one takes the look-up with it."""
    held = Held(found("sun"))
    first = asyncio.create_task(cache.fetch(PARIS, held))
    await held.started.wait()
    second = asyncio.create_task(cache.fetch(PARIS, never))
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    held.go_on.set()
    assert await second == ("sun", 0.0, False)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("outcome", "kept"),
    [(found("sun"), ("sun", 0.0, False)), (failing(UpstreamBroken("x")), None)],
)
async def test_look_up_outlives_its_waiters_in_silence(
    cache: Cache[str], outcome: LookUp, kept: Found[str] | None
) -> None:
    """What it finds is kept; that it failed concerns nobody."""
    complaints: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    held = Held(outcome)
    only = asyncio.create_task(cache.fetch(PARIS, held))
    await held.started.wait()
    only.cancel()
    with pytest.raises(asyncio.CancelledError):
        await only
    (flight,) = cache._flights.values()
    held.go_on.set()
    await asyncio.wait([flight])
    del flight
    gc.collect()
    assert cache.fresh(PARIS) == kept
    assert complaints == []


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", [UpstreamBroken, UpstreamBusy, UpstreamTimeout])
async def test_stale_value_stands_in_for_a_failure(
    cache: Cache[str], clock: Clock, kind: type[TandemError]
) -> None:
    """As long as it may be used, and no longer."""
    await cache.fetch(PARIS, found("sun"))
    clock.now += 109
    assert await cache.fetch(PARIS, failing(kind("x"))) == ("sun", 109.0, True)
    clock.now += 1
    with pytest.raises(kind):
        await cache.fetch(PARIS, failing(kind("x")))


@pytest.mark.asyncio
async def test_source_that_is_back_is_asked_at_once(
    cache: Cache[str], clock: Clock
) -> None:
    """Serving a stale value does not make it fresh."""
    await cache.fetch(PARIS, found("sun"))
    clock.now += 50
    await cache.fetch(PARIS, failing(UpstreamTimeout("x")))
    assert cache.fresh(PARIS) is None
    assert await cache.fetch(PARIS, found("rain")) == ("rain", 0.0, False)


@pytest.mark.asyncio
async def test_failure_reaches_every_waiter(cache: Cache[str]) -> None:
    """Each raises an error of its own, with the same text and the same wait."""
    held = Held(failing(UpstreamBusy("Later.", retry_after=60)))

    async def go_on() -> None:
        held.go_on.set()

    fetches = [cache.fetch(PARIS, held) for _ in range(3)]
    *errors, _ = await asyncio.gather(*fetches, go_on(), return_exceptions=True)
    assert held.calls == 1
    assert len({id(error) for error in errors}) == 3
    for error in errors:
        assert isinstance(error, UpstreamBusy)
        assert (str(error), error.retry_after) == ("Later.", 60)
        assert isinstance(error.__cause__, UpstreamBusy)


@pytest.mark.asyncio
async def test_failure_is_not_remembered(cache: Cache[str]) -> None:
    """The next one asks again."""
    with pytest.raises(UpstreamBroken):
        await cache.fetch(PARIS, failing(UpstreamBroken("x")))
    assert (await cache.fetch(PARIS, found("sun")))[0] == "sun"


@pytest.mark.asyncio
async def test_fault_of_ours_is_not_hidden(cache: Cache[str], clock: Clock) -> None:
    """A stale value stands in for the source's failures, not for a bug."""
    await cache.fetch(PARIS, found("sun"))
    clock.now += 50
    with pytest.raises(ZeroDivisionError):
        await cache.fetch(PARIS, failing(ZeroDivisionError()))


@pytest.mark.asyncio
async def test_unknown_is_remembered_for_its_time(
    cache: Cache[str], clock: Clock
) -> None:
    """Then it is asked for again: somebody may have founded it."""
    with pytest.raises(UnknownCity, match=r"No such city\."):
        await cache.fetch(PARIS, failing(UnknownCity("No such city.")))
    clock.now += 29
    with pytest.raises(UnknownCity, match=r"No such city\."):
        await cache.fetch(PARIS, never)
    clock.now += 1
    assert (await cache.fetch(PARIS, found("sun")))[0] == "sun"


@pytest.mark.asyncio
async def test_city_that_is_gone_is_unknown(cache: Cache[str], clock: Clock) -> None:
    """An older value does not stand in for an answer."""
    await cache.fetch(PARIS, found("sun"))
    clock.now += 50
    with pytest.raises(UnknownCity):
        await cache.fetch(PARIS, failing(UnknownCity("Gone.")))
    clock.now += 30
    with pytest.raises(UpstreamBroken):
        await cache.fetch(PARIS, failing(UpstreamBroken("x")))


@pytest.mark.asyncio
async def test_cache_is_bounded(cache: Cache[str]) -> None:
    """The value that was not used for longest goes first."""
    await cache.fetch(PARIS, found("sun"))
    await cache.fetch(ROME, found("rain"))
    cache.fresh(PARIS)
    await cache.fetch(OSLO, found("snow"))
    assert cache.fresh(ROME) is None
    assert cache.fresh(PARIS) is not None
    assert cache.fresh(OSLO) is not None


@pytest.mark.asyncio
async def test_made_up_names_do_not_crowd_out_values(cache: Cache[str]) -> None:
    """Unknown names are bounded too, apart."""
    await cache.fetch(PARIS, found("sun"))
    for number in range(10):
        with pytest.raises(UnknownCity):
            await cache.fetch((str(number), None), failing(UnknownCity("x")))
    assert cache.fresh(PARIS) is not None
    assert len(cache._unknown) == 2


@pytest.mark.asyncio
async def test_closing_breaks_off_what_is_running(cache: Cache[str]) -> None:
    """Who waits is told, rather than cancelled; nothing is left behind."""
    held = Held(never)
    waiter: asyncio.Task[Found[str]] = asyncio.create_task(cache.fetch(PARIS, held))
    await held.started.wait()
    await cache.aclose()
    assert not cache._flights
    with pytest.raises(Unavailable) as caught:
        await waiter
    assert str(caught.value) == "The process is shutting down."
    assert caught.value.retry_after == 1
    assert asyncio.all_tasks() == {asyncio.current_task()}
    await cache.aclose()


@pytest.mark.asyncio
async def test_each_question_is_counted_once(cache: Cache[str], clock: Clock) -> None:
    """By what became of it."""
    names = ("hit", "miss", "coalesced", "stale", "unknown")

    def counted() -> dict[str, float]:
        name = "tandem_weather_cache_lookups_total"
        now = {each: sample(name, outcome=each) for each in names}
        return {each: now[each] - before.get(each, 0) for each in names}

    before: dict[str, float] = {}
    before = counted()
    assert cache.fresh(PARIS) is None
    await asyncio.gather(*(cache.fetch(PARIS, found("x")) for _ in range(3)))
    assert cache.fresh(PARIS)
    clock.now += 11
    assert cache.fresh(PARIS) is None
    await cache.fetch(PARIS, failing(UpstreamBroken("x")))
    for _ in range(2):
        with pytest.raises(UnknownCity):
            await cache.fetch(ROME, failing(UnknownCity("x")))
    assert counted() == {
        "hit": 1,
        "miss": 2,
        "coalesced": 2,
        "stale": 1,
        "unknown": 1,
    }
