"""The adapter, against a source that answers well, badly, late or not at all."""

import asyncio
import contextlib
import json
import logging
import random
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import stamina

from shared.errors import (
    TandemError,
    UnknownCity,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamTimeout,
)
from shared.weather import stand_in
from shared.weather.open_meteo import OpenMeteo
from shared.weather.source import Source
from shared.weather.wire import MEASURED

pytestmark = pytest.mark.asyncio

Handler = Callable[[httpx.Request], httpx.Response]
PLACE = {"name": "Ulm", "latitude": 48.4, "longitude": 10.0, "country_code": "DE"}
FORECAST = {
    "utc_offset_seconds": 3600,
    "timezone": "Europe/Berlin",
    "current": {
        "time": "2024-01-20T12:15",
        **dict.fromkeys(MEASURED.split(","), 1),
    },
}


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """The URL of an upstream on a real socket, which fails by the city's name."""
    command = [sys.executable, "-m", "tests.upstream", "--port", "0"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        command, cwd=root, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()
        assert process.stdout.read() == ""


@pytest.fixture
def no_wait() -> Iterator[None]:
    """A retry comes at once."""
    with stamina.set_testing(True, attempts=2):
        yield


@contextlib.asynccontextmanager
async def asking(base: str, deadline_seconds: float = 50) -> AsyncIterator[OpenMeteo]:
    """An adapter that asks the upstream at a URL."""
    geocoding, forecast = f"{base}/v1/search", f"{base}/v1/forecast"
    source = OpenMeteo(geocoding, forecast, deadline_seconds, 1 << 20)
    try:
        yield source
    finally:
        await source.aclose()


@contextlib.asynccontextmanager
async def answered_by(
    handler: Handler, max_bytes: int = 1_000, deadline_seconds: float = 50
) -> AsyncIterator[OpenMeteo]:
    """An adapter whose every request a function answers."""
    source = OpenMeteo(
        "http://geocoding/v1/search?apikey=secret",
        "http://forecast/v1/forecast?apikey=secret",
        deadline_seconds,
        max_bytes,
        httpx.MockTransport(handler),
    )
    try:
        yield source
    finally:
        await source.aclose()


def reply(body: dict[str, Any], status: int = 200, length: int = 0) -> httpx.Response:
    """A response that is still to be read, padded to a length in bytes."""
    content = json.dumps(body).ljust(length).encode()
    return httpx.Response(status, stream=httpx.ByteStream(content))


class Answers:
    """Answers like Open-Meteo, after the failures it was given; keeps the requests."""

    def __init__(self, *failures: int | Exception) -> None:
        self.requests: list[httpx.Request] = []
        self._failures = list(failures)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Fail, or answer."""
        self.requests.append(request)
        if self._failures:
            failure = self._failures.pop(0)
            if isinstance(failure, Exception):
                raise failure
            return reply({"error": True, "reason": "x"}, failure)
        if request.url.host == "geocoding":
            return reply({"results": [PLACE]})
        return reply(FORECAST)


async def test_adapter_fits_the_port() -> None:
    """It is a Source, and closing it closes its client."""
    source = OpenMeteo("http://x", "http://x", 5, 1_000)
    port: Source = source
    assert not source._client.is_closed
    await port.aclose()
    assert source._client.is_closed


async def test_city_is_geocoded_and_its_weather_reported() -> None:
    """Two requests make one report."""
    answers = Answers()
    before = datetime.now(UTC)
    async with answered_by(answers) as source:
        report = await source.look_up("ulm", "DE")
    geocoding, forecast = (request.url.params for request in answers.requests)
    assert dict(geocoding) == {
        "apikey": "secret",
        "name": "ulm",
        "count": "1",
        "language": "en",
        "format": "json",
        "countryCode": "DE",
    }
    assert dict(forecast) == {
        "apikey": "secret",
        "latitude": "48.4",
        "longitude": "10.0",
        "current": "temperature_2m,relative_humidity_2m,apparent_temperature,is_day,"
        "precipitation,weather_code,wind_speed_10m,wind_direction_10m",
        "timezone": "auto",
    }
    assert report.fetched_at.utcoffset() == timedelta()
    assert report.fetched_at.microsecond == 0
    assert before - timedelta(seconds=1) < report.fetched_at <= datetime.now(UTC)
    assert report.model_dump(mode="json", exclude={"fetched_at"}) == {
        "place": {
            "name": "Ulm",
            "country_code": "DE",
            "admin1": None,
            "latitude": 48.4,
            "longitude": 10.0,
            "timezone": "Europe/Berlin",
        },
        "observed_at": "2024-01-20T12:15:00+01:00",
        "condition": {"code": 1, "text": "mainly clear"},
        "temperature_c": 1.0,
        "feels_like_c": 1.0,
        "humidity_percent": 1.0,
        "precipitation_mm": 1.0,
        "wind_speed_kmh": 1.0,
        "wind_direction_deg": 1.0,
        "is_day": True,
        "source": "open-meteo",
        "attribution": "Weather data by Open-Meteo.com (CC BY 4.0)",
        "stale": False,
    }


async def test_stand_in_is_asked_like_the_original() -> None:
    """Only the name and the attribution tell that it was not."""
    source = OpenMeteo(
        "https://geocoding-api.open-meteo.com/v1/search",
        "https://api.open-meteo.com/v1/forecast",
        deadline_seconds=50,
        max_bytes=1 << 20,
        transport=httpx.ASGITransport(stand_in.app),
        name="stand-in",
    )
    report = await source.look_up("東京", None)
    await source.aclose()
    assert report.place.name == "Tokyo"
    assert report.observed_at.utcoffset() == timedelta(hours=9)
    assert report.source == "stand-in"
    assert "Made-up" in report.attribution


async def test_null_island_is_found() -> None:
    """A place without latitude and longitude is at zero and zero."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "geocoding":
            return reply({"results": [{"name": "Null Island"}]})
        where = request.url.params["latitude"], request.url.params["longitude"]
        assert where == ("0.0", "0.0")
        return reply(FORECAST)

    async with answered_by(answer) as source:
        report = await source.look_up("Null Island", None)
    assert (report.place.latitude, report.place.longitude) == (0.0, 0.0)
    assert report.place.country_code is None


@pytest.mark.parametrize(
    "city",
    ["../../etc", "a/b", "x&countryCode=US", "x?name=y#z", "50%2F", "a+b c;d", "東"],
)
async def test_city_stays_in_its_parameter(upstream: str, city: str) -> None:
    """Whatever it is made of, it reaches neither the path nor other parameters."""
    async with asking(upstream) as source:
        with contextlib.suppress(UnknownCity):
            await source.look_up(city, None)
    async with httpx.AsyncClient(base_url=upstream) as client:
        calls = (await client.get("/calls", params={"name": city})).json()
    assert calls["geocoding"] == len(calls["queries"]) == 1
    assert httpx.QueryParams(calls["queries"][0]).multi_items() == [
        ("name", city),
        ("count", "1"),
        ("language", "en"),
        ("format", "json"),
    ]


@pytest.mark.parametrize("at", ["", "forecast-"])
@pytest.mark.parametrize(
    ("fault", "detail"),
    [
        ("400", "failed (400)"),
        ("500", "failed (500)"),
        ("503", "failed (503)"),
        ("broken", "answered nonsense"),
        ("missing", "answered nonsense"),
        ("nonsense", "answered nonsense"),
        ("huge", "answered too much"),
        ("reset", "cannot be reached"),
    ],
)
@pytest.mark.usefixtures("no_wait")
async def test_broken_source_is_told_from_a_good_one(
    upstream: str, at: str, fault: str, detail: str
) -> None:
    """At the geocoding or at the forecast, whatever went wrong is UpstreamBroken."""
    async with asking(upstream) as source:
        with pytest.raises(UpstreamBroken) as caught:
            await source.look_up(f"fault-{at}{fault}", None)
    assert str(caught.value) == f"The weather source {detail}."


@pytest.mark.parametrize("at", ["", "forecast-"])
@pytest.mark.parametrize(
    ("limit", "least", "most"),
    [
        ("minutely", 60, 60),
        ("hourly", 3_600, 3_600),
        ("daily", 1, 86_400),
        ("concurrent", 1, 1),
    ],
)
async def test_busy_source_says_when_to_come_back(
    upstream: str, at: str, limit: str, least: int, most: int
) -> None:
    """By the wording, as there is no Retry-After."""
    async with asking(upstream) as source:
        with pytest.raises(UpstreamBusy) as caught:
            await source.look_up(f"fault-{at}429-{limit}", None)
    assert least <= (caught.value.retry_after or 0) <= most
    assert str(caught.value) == "The weather source takes no more requests for now."


@pytest.mark.parametrize("city", ["fault-not-found", "x", "Qqqq"])
async def test_no_match_is_an_unknown_city(upstream: str, city: str) -> None:
    """One character never matches."""
    async with asking(upstream) as source:
        with pytest.raises(UnknownCity) as caught:
            await source.look_up(city, None)
    told = "No such city is known; check its spelling and country."
    assert str(caught.value) == told


async def test_what_was_not_measured_is_null(upstream: str) -> None:
    """A report without a single value is a report."""
    async with asking(upstream) as source:
        report = await source.look_up("fault-nulls", None)
    assert report.condition.model_dump() == {"code": None, "text": "unknown"}
    nulls = {name for name, value in report.model_dump().items() if value is None}
    assert nulls == {
        "temperature_c",
        "feels_like_c",
        "humidity_percent",
        "precipitation_mm",
        "wind_speed_kmh",
        "wind_direction_deg",
        "is_day",
    }


@pytest.mark.parametrize("city", ["fault-stall", "fault-forecast-stall", "fault-slow"])
async def test_deadline_is_kept(upstream: str, city: str) -> None:
    """A source that accepts and does not answer in time is a timeout."""
    async with asking(upstream, deadline_seconds=0.2) as source:
        with pytest.raises(UpstreamTimeout) as caught:
            await source.look_up(city, None)
    assert str(caught.value) == "The weather source took too long."


async def test_slow_source_is_waited_for(upstream: str) -> None:
    """As long as the deadline allows."""
    async with asking(upstream) as source:
        report = await source.look_up("fault-slow", None)
    assert report.place.name == "fault-slow"


async def test_deadline_is_for_the_retry_too() -> None:
    """A retry that would come too late is not made."""
    answers = Answers(500)
    async with answered_by(answers, deadline_seconds=0.05) as source:
        with pytest.raises(UpstreamTimeout):
            await source.look_up("ulm", None)
    assert len(answers.requests) == 1


async def test_connections_survive_timeouts(upstream: str) -> None:
    """Look-ups that time out under contention leave every connection usable."""
    async with asking(upstream, deadline_seconds=0.5) as source:
        stalls = [source.look_up(f"fault-stall-{n}", None) for n in range(60)]
        outcomes = await asyncio.gather(*stalls, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {UpstreamTimeout}
        source._deadline_seconds = 50  # the machine may be busy
        cities = [source.look_up(f"fault-fine-{n}", None) for n in range(60)]
        assert len(await asyncio.gather(*cities)) == 60
        assert source._slots._value == 20


async def test_source_is_not_asked_too_much_at_once() -> None:
    """Open-Meteo refuses many requests at once; twenty cities go through together."""
    asked: list[httpx.Request] = []
    full = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 20:
            full.set()
        await asyncio.Event().wait()
        raise AssertionError

    source = OpenMeteo("http://x", "http://x", 5, 1_000, httpx.MockTransport(answer))
    look_ups = [asyncio.create_task(source.look_up("ulm", None)) for _ in range(50)]
    await full.wait()
    await asyncio.sleep(0)
    assert len(asked) == 20
    for look_up in look_ups:
        look_up.cancel()
    await asyncio.wait(look_ups)
    await source.aclose()


@pytest.mark.parametrize(
    "failure", [500, 503, httpx.ConnectError("x"), httpx.ReadError("x")]
)
async def test_passing_failure_is_retried_once(
    caplog: pytest.LogCaptureFixture, failure: int | Exception
) -> None:
    """In silence: nobody needs to know."""
    answers = Answers(failure)
    with caplog.at_level(logging.DEBUG, "stamina"):
        async with answered_by(answers) as source:
            report = await source.look_up("ulm", None)
    assert report.place.name == "Ulm"
    assert len(answers.requests) == 3
    assert [record for record in caplog.records if record.name == "stamina"] == []


@pytest.mark.parametrize(
    ("failure", "requests"),
    [(500, 2), (httpx.RemoteProtocolError("x"), 2), (302, 1), (400, 1), (404, 1)],
)
@pytest.mark.usefixtures("no_wait")
async def test_failure_is_never_retried_twice(
    failure: int | Exception, requests: int
) -> None:
    """Nor at all where the source refused the request."""
    answers = Answers(failure, failure, failure)
    async with answered_by(answers) as source:
        with pytest.raises(UpstreamBroken) as caught:
            await source.look_up("ulm", None)
    assert len(answers.requests) == requests
    assert isinstance(caught.value.__cause__, httpx.HTTPError)


async def test_retry_waits_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of a second and a random part of another."""
    waits: list[float] = []

    async def sleep(delay: float) -> None:
        waits.append(delay)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(random, "uniform", lambda _, most: most)
    async with answered_by(Answers(500)) as source:
        await source.look_up("ulm", None)
    assert waits == [0.2]


async def test_late_failure_is_retried_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long it took, if the deadline allows."""
    answers, now = Answers(500), time.monotonic

    def answer(request: httpx.Request) -> httpx.Response:
        monkeypatch.setattr(time, "monotonic", lambda: now() + 1_000)
        return answers(request)

    async with answered_by(answer, deadline_seconds=2_000) as source:
        await source.look_up("ulm", None)
    assert len(answers.requests) == 3


async def test_refusal_for_being_too_many_is_not_retried() -> None:
    """It would only count against the limit."""
    answers = Answers(429)
    async with answered_by(answers) as source:
        with pytest.raises(UpstreamBusy):
            await source.look_up("ulm", None)
    assert len(answers.requests) == 1


@pytest.mark.usefixtures("no_wait")
async def test_source_that_is_not_there_is_broken() -> None:
    """Nobody listens at the port."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with asking(f"http://127.0.0.1:{taken.getsockname()[1]}") as source:
            with pytest.raises(UpstreamBroken, match="cannot be reached"):
                await source.look_up("ulm", None)


@pytest.mark.parametrize(
    ("max_bytes", "expected"), [(700, None), (699, UpstreamBroken)]
)
async def test_answer_may_be_as_long_as_the_bound(
    max_bytes: int, expected: type[TandemError] | None
) -> None:
    """Not a byte longer."""

    def answer(request: httpx.Request) -> httpx.Response:
        geocoding = request.url.host == "geocoding"
        body: dict[str, Any] = {"results": [PLACE]} if geocoding else FORECAST
        return reply(body, length=700)

    async with answered_by(answer, max_bytes) as source:
        with pytest.raises(expected) if expected else contextlib.nullcontext():
            await source.look_up("ulm", None)


class _Endless(httpx.AsyncByteStream):
    def __init__(self) -> None:
        self.sent = 0
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.sent += 100
            yield b" " * 100

    async def aclose(self) -> None:
        self.closed = True


async def test_endless_answer_is_not_read_to_its_end() -> None:
    """Reading stops at the bound, and the connection is let go."""
    stream = _Endless()
    async with answered_by(lambda _: httpx.Response(200, stream=stream)) as source:
        with pytest.raises(UpstreamBroken, match="too much"):
            await source.look_up("ulm", None)
    assert stream.sent == 1_100
    assert stream.closed


async def test_compression_is_not_asked_for() -> None:
    """A small body cannot unfold into a huge one."""
    answers = Answers()
    async with answered_by(answers) as source:
        await source.look_up("ulm", None)
    encodings = {request.headers["Accept-Encoding"] for request in answers.requests}
    assert encodings == {"identity"}


async def test_json_is_asked_for_without_haste() -> None:
    """The deadline of the whole look-up is the only one."""
    answers = Answers()
    async with answered_by(answers) as source:
        await source.look_up("ulm", None)
    for request in answers.requests:
        assert request.method == "GET"
        assert request.headers["Accept"] == "application/json"
        assert set(request.extensions["timeout"].values()) == {None}


async def test_upstream_fails_later_where_it_is_told_to(upstream: str) -> None:
    """The first look-up is fine; the suite uses it to see stale reports."""
    async with asking(upstream) as source:
        for city in ("fault-then-503", "fault-forecast-then-503-nonce"):
            assert (await source.look_up(city, None)).place.name == city
            with pytest.raises(UpstreamBroken):
                await source.look_up(city, None)
    async with httpx.AsyncClient(base_url=upstream) as client:
        params = {"name": "fault-forecast-then-503-nonce"}
        calls = (await client.get("/calls", params=params)).json()
    assert (calls["geocoding"], calls["forecast"]) == (2, 3)


async def test_upstream_counts_forecasts_of_real_cities(upstream: str) -> None:
    """They belong to the name that was asked for."""
    async with asking(upstream) as source:
        await source.look_up("Reykjavik", None)
    async with httpx.AsyncClient(base_url=upstream) as client:
        calls = (await client.get("/calls", params={"name": "Reykjavik"})).json()
    assert (calls["geocoding"], calls["forecast"]) == (1, 1)
