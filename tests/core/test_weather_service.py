"""The weather as it goes over the wire."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio

from shared.errors import UnknownCity, UpstreamBroken, UpstreamBusy
from shared.weather.report import Place, Report, Reports, condition
from shared.weather.service import Answer, Weather

pytestmark = pytest.mark.asyncio


def report(city: str, country: str | None) -> Report:
    """A report from a city."""
    return Report(
        place=Place(
            name=city,
            country_code=country,
            admin1=None,
            latitude=1.5,
            longitude=2.5,
            timezone="GMT",
        ),
        observed_at=datetime(2024, 1, 20, 12, tzinfo=UTC),
        condition=condition(0),
        temperature_c=21.0,
        feels_like_c=None,
        humidity_percent=50,
        precipitation_mm=0,
        wind_speed_kmh=3,
        wind_direction_deg=270,
        is_day=True,
        source="stand-in",
        attribution="x",
        fetched_at=datetime(2024, 1, 20, 12, 1, tzinfo=UTC),
        stale=False,
    )


class Source:
    """A source that knows every city but those it was told to fail for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.failures: dict[str, Exception] = {}
        self.together: asyncio.Barrier | None = None
        self.closed = False

    async def look_up(self, city: str, country: str | None) -> Report:
        """Answer, when as many have asked as must ask together."""
        self.asked.append((city, country))
        if self.together is not None:
            await self.together.wait()
        if city in self.failures:
            raise self.failures[city]
        return report(city, country)

    async def aclose(self) -> None:
        """Note that it was closed."""
        self.closed = True


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time in seconds."""
        return self.now


@pytest.fixture
def source() -> Source:
    """Where the weather comes from."""
    return Source()


@pytest.fixture
def clock() -> Clock:
    """What the ages are measured with."""
    return Clock()


@pytest_asyncio.fixture
async def weather(source: Source, clock: Clock) -> AsyncIterator[Weather]:
    """Reports fresh for 300 s and usable for 3,600 s more."""
    weather = Weather(
        source,
        fresh_seconds=300,
        stale_seconds=3_600,
        unknown_seconds=300,
        cities=1_000,
        clock=clock,
    )
    yield weather
    await weather.aclose()


async def test_report_is_json(weather: Weather) -> None:
    """UTF-8, unescaped, as the model has it."""
    answer = await weather.report("Zürich", "CH")
    assert answer.body == report("Zürich", "CH").model_dump_json().encode()
    assert "Zürich".encode() in answer.body
    assert not answer.stale


async def test_headers_say_how_long_it_may_be_kept(
    weather: Weather, clock: Clock
) -> None:
    """How long it is fresh, its age, which counts against that, and its tag."""
    answer = await weather.report("Paris")
    assert answer.headers == {
        "Cache-Control": "public, max-age=300",
        "Age": "0",
        "ETag": answer.etag,
    }
    clock.now = 299.9
    later = await weather.report("Paris")
    assert (later.max_age, later.age) == (300, 299)
    assert later.headers["Age"] == "299"
    assert later.headers["Age"] == "299"
    assert later.etag == answer.etag


async def test_hit_is_as_cheap_as_it_can_be(weather: Weather, source: Source) -> None:
    """No task, no encoding, no waiting: within a second it is the same answer."""
    answer = await weather.report("Paris", "FR")
    tasks = asyncio.all_tasks()
    hit = weather.report("  PARIS ", "FR")
    with pytest.raises(StopIteration) as stop:
        hit.send(None)
    assert stop.value.value is answer
    assert asyncio.all_tasks() == tasks
    assert source.asked == [("Paris", "FR")]


async def test_report_is_looked_up_again_when_it_has_expired(
    weather: Weather, source: Source, clock: Clock
) -> None:
    """Fresh is fresh for 300 seconds."""
    await weather.report("Paris")
    clock.now = 300
    answer = await weather.report("Paris")
    assert answer.age == 0
    assert len(source.asked) == 2


async def test_source_gets_the_name_as_the_key_has_it(
    weather: Weather, source: Source
) -> None:
    """Else odd spacing in one question would make the city unknown to all."""
    await weather.report("Sa\u0303o  \tPaulo", "BR")
    assert source.asked == [("São Paulo", "BR")]


async def test_each_country_has_its_own_city(weather: Weather, source: Source) -> None:
    """There is a Paris in Texas."""
    for country in ("FR", "US", None, "FR"):
        answer = await weather.report("Paris", country)
        assert json.loads(answer.body)["place"]["country_code"] == country
    assert source.asked == [("Paris", "FR"), ("Paris", "US"), ("Paris", None)]


async def test_stale_report_says_so(
    weather: Weather, source: Source, clock: Clock
) -> None:
    """In its body, in its headers, and by a tag of its own."""
    fresh = await weather.report("Paris")
    source.failures["Paris"] = UpstreamBroken("x")
    clock.now = 1_000.7
    stale = await weather.report("Paris")
    expected = json.loads(fresh.body) | {"stale": True}
    assert json.loads(stale.body) == expected
    assert list(json.loads(stale.body)) == list(expected)
    assert stale.stale
    assert stale.headers["Cache-Control"] == "public, max-age=0"
    assert stale.headers["Age"] == "1000"
    assert stale.etag != fresh.etag


async def test_failure_is_raised(weather: Weather, source: Source) -> None:
    """What the source says of it is told."""
    source.failures["Paris"] = UpstreamBusy("Later.", retry_after=60)
    with pytest.raises(UpstreamBusy) as caught:
        await weather.report("Paris")
    assert caught.value.headers == {"Retry-After": "60"}


async def test_entity_tag_is_strong_and_quoted(weather: Weather) -> None:
    """Each body has its own."""
    paris, rome = await weather.report("Paris"), await weather.report("Rome")
    assert re.fullmatch('"[0-9a-f]{32}"', paris.etag)
    assert len({paris.etag, rome.etag}) == 2


@pytest.mark.parametrize(
    ("if_none_match", "expected"),
    [
        (None, False),
        ("", False),
        ("*", True),
        (" * ", True),
        ('"abc"', True),
        ('W/"abc"', True),
        ('"x","abc"', True),
        ('W/"x" , W/"abc"', True),
        ('"x, abc"', False),
        ('"ab"', False),
        ('"ABC"', False),
        ("abc", False),
        ('x", "abc"', False),
        ('"*"', False),
    ],
)
async def test_if_none_match_is_read_by_the_rfc(
    if_none_match: str | None, *, expected: bool
) -> None:
    """A list of tags, weak or strong, or a star; what is malformed matches nothing."""
    answer = Answer(b"{}", '"abc"', max_age=1, age=0, stale=False)
    assert answer.matches(if_none_match) is expected


async def test_reports_come_in_the_order_asked(weather: Weather) -> None:
    """Each is the very bytes of its single route, repetitions included."""
    cities = ["Rome", "Paris", "Rome"]
    body = await weather.reports(cities, "IT")
    singles = [(await weather.report(city, "IT")).body for city in cities]
    assert body == b'{"results":[' + b",".join(singles) + b"]}"
    assert len(Reports.model_validate_json(body).results) == 3


async def test_problems_stand_among_reports(weather: Weather, source: Source) -> None:
    """A failure is that city's alone, and names its single route."""
    source.failures["Nicht da"] = UnknownCity("No such city.")
    source.failures["Rome"] = UpstreamBroken("Broken.")
    body = await weather.reports(["Nicht da", "Paris", "Rome"])
    results = json.loads(body)["results"]
    assert results[0] == {
        "type": "urn:tandem:problem:unknown-city",
        "title": "Not Found",
        "status": 404,
        "detail": "No such city.",
        "instance": "/weather/Nicht%20da",
    }
    assert results[1]["place"]["name"] == "Paris"
    assert results[2]["status"] == 502


async def test_reports_are_looked_up_concurrently(
    weather: Weather, source: Source
) -> None:
    """All twenty are asked before the first one answers."""
    source.together = asyncio.Barrier(20)
    body = await weather.reports([f"City {number}" for number in range(20)])
    assert len(json.loads(body)["results"]) == 20


async def test_fault_of_ours_is_no_problem_of_a_city(
    weather: Weather, source: Source
) -> None:
    """A bug is not dressed up as a result."""
    source.failures["Paris"] = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        await weather.reports(["Paris"])


async def test_closing_closes_the_source(weather: Weather, source: Source) -> None:
    """The service owns it."""
    await weather.aclose()
    assert source.closed


async def test_answer_cannot_be_changed() -> None:
    """It is shared by all who ask within a second."""
    answer: Any = Answer(b"{}", '"abc"', max_age=1, age=0, stale=False)
    with pytest.raises(AttributeError):
        answer.body = b""


async def test_request_target_is_kept_while_its_report_is_fresh(
    weather: Weather, clock: Clock
) -> None:
    """A target that was answered is answered from what is kept, until it is stale."""
    target = ("/weather/Paris", b"")
    assert weather.kept(target) is None
    answer = await weather.report("Paris", None, target)
    assert weather.kept(target) == answer
    assert weather.kept(("/weather/Rome", b"")) is None
    clock.now = 7.9
    later = weather.kept(target)
    assert later
    assert (later.age, later.stale) == (7, False)
    clock.now = 300.0
    assert weather.kept(target) is None
