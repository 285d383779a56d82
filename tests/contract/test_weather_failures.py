"""Whatever is wrong with the source of the weather: which error, and how soon."""

import asyncio

import httpx
import pytest

from tests.contract.cells import SUITE_ENV
from tests.contract.checks import calls, city, problem, weather
from tests.contract.clauses import clause

pytestmark = pytest.mark.asyncio

DEADLINE_SECONDS = float(SUITE_ENV["TANDEM_WEATHER_DEADLINE_SECONDS"])

BROKEN = ["400", "500", "503", "broken", "missing", "nonsense", "error", "huge"]
BROKEN += ["reset"]
PASSING = {"500", "503", "reset"}
"""Faults that may be over a moment later."""

BUSY = {
    "429-concurrent": range(1, 2),
    "429-minutely": range(1, 61),
    "429-hourly": range(61, 3_601),
    "429-daily": range(1, 86_401),
}
"""Limits of the source, and how long a client may be told to wait, in seconds."""


@clause("W-19")
@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("where", ["", "forecast-"])
async def test_broken_source_is_502(
    http: httpx.AsyncClient, where: str, kind: str
) -> None:
    """Refused, failed, or answered what makes no sense."""
    name = city(where + kind)
    said = problem(await http.get(weather(name)), 502, "upstream-broken")
    assert said["instance"] == f"/weather/{name}"


@clause("W-19")
async def test_place_without_a_forecast_is_502(http: httpx.AsyncClient) -> None:
    """The city is known, so it is not the client that is wrong."""
    name = city("forecast-not-found")
    problem(await http.get(weather(name)), 502, "upstream-broken")


@clause("W-20")
async def test_stalled_source_is_504(http: httpx.AsyncClient) -> None:
    """As soon as the look-up as a whole has taken too long, and not before."""
    loop = asyncio.get_running_loop()
    names = [city("stall"), city("forecast-stall")]
    began = loop.time()
    answers = await asyncio.gather(*(http.get(weather(name)) for name in names))
    took = loop.time() - began
    for answer in answers:
        problem(answer, 504, "upstream-timeout")
    assert DEADLINE_SECONDS <= took < DEADLINE_SECONDS + 3


@clause("W-20")
async def test_stalled_city_holds_up_no_other(http: httpx.AsyncClient) -> None:
    """Whoever asks for another is answered meanwhile."""
    stalled = asyncio.create_task(http.get(weather(city("stall"))))
    for _ in range(3):
        answer = await http.get(weather(city("fine")))
        assert answer.status_code == 200
        assert not stalled.done()
    problem(await stalled, 504, "upstream-timeout")


@clause("W-21")
@pytest.mark.parametrize("kind", BUSY)
@pytest.mark.parametrize("where", ["", "forecast-"])
async def test_busy_source_is_503(
    http: httpx.AsyncClient, where: str, kind: str
) -> None:
    """With a `Retry-After` in seconds that fits the limit which was passed."""
    answer = await http.get(weather(city(where + kind)))
    problem(answer, 503, "upstream-busy")
    assert int(answer.headers["retry-after"]) in BUSY[kind]


@clause("W-22")
@pytest.mark.parametrize("kind", [*BROKEN, *BUSY, "not-found"])
async def test_what_may_pass_is_tried_once_more(
    http: httpx.AsyncClient, upstream: str, kind: str
) -> None:
    """And what will not is not: the source has limits."""
    name = city(kind)
    await http.get(weather(name))
    tries = 2 if kind in PASSING else 1
    assert (await calls(upstream, name))["geocoding"] == tries


@clause("W-22")
@pytest.mark.parametrize("kind", [*BROKEN, *BUSY])
async def test_forecast_is_tried_once_more_too(
    http: httpx.AsyncClient, upstream: str, kind: str
) -> None:
    """Without looking the place up again."""
    name = city(f"forecast-{kind}")
    await http.get(weather(name))
    counted = await calls(upstream, name)
    tries = 2 if kind in PASSING else 1
    assert (counted["geocoding"], counted["forecast"]) == (1, tries)


@clause("W-23")
@pytest.mark.parametrize("kind", ["400", "broken", "429-minutely"])
async def test_failure_is_not_remembered(
    http: httpx.AsyncClient, upstream: str, kind: str
) -> None:
    """The next to ask makes the source try again."""
    name = city(kind)
    first = await http.get(weather(name))
    second = await http.get(weather(name))
    assert first.status_code == second.status_code
    assert (await calls(upstream, name))["geocoding"] == 2


@clause("W-23")
async def test_failure_is_told_to_all_who_wait(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """Of one look-up, to each a problem of its own."""
    name = city("stall")
    answers = await asyncio.gather(*(http.get(weather(name)) for _ in range(20)))
    for answer in answers:
        problem(answer, 504, "upstream-timeout")
    assert len({answer.headers["x-request-id"] for answer in answers}) == 20
    assert (await calls(upstream, name))["geocoding"] == 1
