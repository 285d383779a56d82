"""The double of Open-Meteo, spoken to as its clients do."""

import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.weather import gazetteer, stand_in

pytestmark = pytest.mark.asyncio

ALL = ",".join(stand_in.UNITS)
BERLIN = {"latitude": "52.52437", "longitude": "13.41053"}


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of the stand-in."""
    transport = httpx.ASGITransport(stand_in.app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://stand-in"
    ) as client:
        yield client


async def _current(client: httpx.AsyncClient, **where: str) -> dict[str, Any]:
    answer = await client.get("/v1/forecast", params={**where, "current": ALL})
    current: dict[str, Any] = answer.raise_for_status().json()["current"]
    return current


async def test_cities_are_made_off_the_event_loop(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request leaves it to a thread, as it takes a while."""
    threads: list[int] = []

    def make() -> gazetteer.Gazetteer:
        threads.append(threading.get_ident())
        return gazetteer.gazetteer()

    monkeypatch.setattr(stand_in, "is_made", lambda: bool(threads))
    monkeypatch.setattr(stand_in, "gazetteer", make)
    for _ in range(2):
        answer = await client.get("/v1/search", params={"name": "Berlin"})
        assert answer.status_code == 200
    maker, *users = threads
    assert maker != threading.get_ident()
    assert set(users) == {threading.get_ident()}


async def test_search_answers_in_open_meteos_format(client: httpx.AsyncClient) -> None:
    """JSON in UTF-8, the best match first, as many as were asked for."""
    params = {"name": " Köln ", "count": "1", "language": "en", "format": "json"}
    answer = await client.get("/v1/search", params=params)
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert "Köln".encode() in answer.content
    body = answer.json()
    assert body.keys() == {"results", "generationtime_ms"}
    assert body["generationtime_ms"] == 0.1
    assert answer.headers["content-length"] == str(len(answer.content))
    names = [name for name, _ in answer.headers.raw]
    assert names == [b"content-type", b"content-length"]  # ASGI's are in lower case
    assert [place["name"] for place in body["results"]] == ["Köln"]


async def test_no_match_has_no_results_key(client: httpx.AsyncClient) -> None:
    """As proto3 JSON has it."""
    answer = await client.get("/v1/search", params={"name": "Qqqq"})
    assert answer.status_code == 200
    assert answer.json().keys() == {"generationtime_ms"}


@pytest.mark.parametrize(
    ("count", "found"), [(None, 10), ("1", 1), ("2.9", 2), ("100", 100)]
)
async def test_count_is_ten_unless_it_is_given(
    client: httpx.AsyncClient, count: str | None, found: int
) -> None:
    """At least one and at most a hundred."""
    params = {"name": "San", **({"count": count} if count else {})}
    body = (await client.get("/v1/search", params=params)).json()
    assert len(body["results"]) == found


async def test_country_narrows_down(client: httpx.AsyncClient) -> None:
    """`countryCode` leaves only that country's places."""
    params = {"name": "Paris", "countryCode": "US"}
    places = (await client.get("/v1/search", params=params)).json()["results"]
    assert {place["country_code"] for place in places} == {"US"}


async def test_forecast_is_in_open_meteos_format(client: httpx.AsyncClient) -> None:
    """Units beside the values, a local time without an offset, every 15 minutes."""
    params = {**BERLIN, "current": "temperature_2m,is_day", "timezone": "auto"}
    body = (await client.get("/v1/forecast", params=params)).json()
    assert body["timezone"] == "Europe/Berlin"
    assert body["utc_offset_seconds"] in {3600, 7200}
    assert body["current_units"] == {
        "time": "iso8601",
        "interval": "seconds",
        "temperature_2m": "°C",
        "is_day": "",
    }
    current = body["current"]
    assert current.keys() == {"time", "interval", "temperature_2m", "is_day"}
    assert current["interval"] == 900
    time = datetime.fromisoformat(current["time"])
    assert time.tzinfo is None
    assert time.minute % 15 == 0


async def test_forecast_is_in_gmt_unless_told_otherwise(
    client: httpx.AsyncClient,
) -> None:
    """Without variables there is no current weather either."""
    body = (await client.get("/v1/forecast", params=BERLIN)).json()
    assert (body["timezone"], body["utc_offset_seconds"]) == ("GMT", 0)
    assert "current" not in body


class _Hour(datetime):
    at = (2024, 1, 20, 12, 0)

    @classmethod
    def now(cls, tz: Any = None) -> "_Hour":
        assert tz is UTC
        return cls(*cls.at, tzinfo=tz)


@pytest.fixture
def hour(monkeypatch: pytest.MonkeyPatch) -> type[_Hour]:
    """The time, which stands at noon until it is set."""
    monkeypatch.setattr(stand_in, "datetime", _Hour)
    monkeypatch.setattr(_Hour, "at", _Hour.at)
    return _Hour


async def test_forecast_says_where_and_when(
    client: httpx.AsyncClient, hour: type[_Hour]
) -> None:
    """All that Open-Meteo tells of the place, and the quarter of an hour there."""
    hour.at = (2024, 1, 20, 23, 45)
    params = {**BERLIN, "current": "weather_code", "timezone": "auto"}
    body = (await client.get("/v1/forecast", params=params)).json()
    assert body.pop("current")["time"] == "2024-01-21T00:45"
    assert body.pop("current_units")["weather_code"] == "wmo code"
    assert body == {
        "latitude": 52.52437,
        "longitude": 13.41053,
        "generationtime_ms": 0.1,
        "utc_offset_seconds": 3600,
        "timezone": "Europe/Berlin",
        "timezone_abbreviation": "CET",
        "elevation": 0.0,
    }


async def test_weather_depends_on_the_place_and_the_hour_alone(
    client: httpx.AsyncClient, hour: type[_Hour]
) -> None:
    """The same place in the same hour has the same weather, every time."""
    noon = await _current(client, **BERLIN)
    hour.at = (2024, 1, 20, 12, 59)
    later = await _current(client, **BERLIN)
    assert later.pop("time") == "2024-01-20T12:45"
    assert noon.pop("time") == "2024-01-20T12:00"
    assert later == noon
    elsewhere = await _current(client, latitude="10", longitude="20")
    hour.at = (2024, 1, 20, 13, 0)
    assert await _current(client, **BERLIN) != noon
    assert elsewhere != noon


@pytest.mark.parametrize(
    ("latitude", "longitude", "at", "expected"),
    [
        # By day and by night, in all seasons, warm and cold, dry and wet.
        (52.52437, 13.41053, (2024, 1, 20, 12), (-5.9, 75, -5.9, 1, 2.4, 77, 0.4, 357)),
        (52.52437, 13.41053, (2024, 7, 1, 5), (8.5, 40, 5.5, 0, 0.1, 80, 29.6, 28)),
        (1.28967, 103.85007, (2024, 7, 1, 18), (30.4, 59, 29.2, 0, 0.0, 0, 11.9, 161)),
        (
            -33.86785,
            151.20732,
            (2024, 1, 20, 6),
            (15.0, 61, 12.7, 1, 1.8, 51, 22.8, 38),
        ),
        (46, 3, (2024, 4, 9, 1), (0.5, 77, -2.6, 0, 1.1, 61, 31.9, 100)),
        (32, 3, (2024, 4, 9, 14), (15.2, 80, 13.6, 1, 0.5, 63, 15.9, 101)),
        (-90, 180, (2024, 6, 21, 17), (-30.0, 63, -33.0, 1, 3.2, 77, 30.0, 100)),
        (90, -180, (2024, 12, 31, 0), (-37.3, 47, -39.2, 0, 0.0, 2, 18.9, 346)),
    ],
)
async def test_weather_of_a_place_and_an_hour_stays_what_it_is(
    hour: type[_Hour],
    latitude: float,
    longitude: float,
    at: tuple[int, int, int, int],
    expected: tuple[float, ...],
) -> None:
    """Who tries something out today finds the same weather when it is tested."""
    hour.at = (*at, 0)
    where = {"latitude": str(latitude), "longitude": str(longitude)}
    status, body = stand_in.answer("/v1/forecast", {**where, "current": ALL})
    assert status == 200
    assert [body["current"][name] for name in ALL.split(",")] == list(expected)


async def test_weather_makes_sense(
    client: httpx.AsyncClient, hour: type[_Hour]
) -> None:
    """It snows where it freezes, and falls only from clouds that let something fall."""
    for latitude in range(-90, 91, 3):
        current = await _current(client, latitude=str(latitude), longitude="10")
        code = current["weather_code"]
        assert (current["temperature_2m"] > 0) or code not in {51, 61, 63, 80, 95}
        assert (current["precipitation"] > 0) is (code > 50)
        assert current["is_day"] == 1
        assert 0 <= current["relative_humidity_2m"] <= 100
        assert 0 <= current["wind_direction_10m"] < 360


@pytest.mark.parametrize(
    ("path", "params", "reason"),
    [
        ("/v1/search", {}, "Value required for key 'name'."),
        (
            "/v1/search",
            {"name": "Ulm", "count": "0"},
            "Parameter count must be between 1 and 100.",
        ),
        (
            "/v1/search",
            {"name": "Ulm", "count": "100.5"},
            "Parameter count must be between 1 and 100.",
        ),
        (
            "/v1/forecast",
            BERLIN | {"longitude": "east"},
            "Value of type 'Float' required for key 'longitude'.",
        ),
        (
            "/v1/forecast",
            {"longitude": "1"},
            "Latitude must be in range of -90 to 90°. Given: nan.",
        ),
        (
            "/v1/forecast",
            BERLIN | {"longitude": "181"},
            "Longitude must be in range of -180 to 180°. Given: 181.0.",
        ),
        (
            "/v1/forecast",
            BERLIN | {"current": "temperature_2m,luck"},
            "Cannot initialize SurfaceVariable from 'luck'.",
        ),
    ],
)
async def test_bad_parameter_is_refused_with_a_reason(
    client: httpx.AsyncClient, path: str, params: dict[str, str], reason: str
) -> None:
    """400, and the error body that Open-Meteo sends."""
    answer = await client.get(path, params=params)
    assert answer.status_code == 400
    assert answer.json() == {"error": True, "reason": reason}


async def test_other_paths_are_not_found(client: httpx.AsyncClient) -> None:
    """There are two APIs."""
    answer = await client.get("/v1/archive")
    assert answer.status_code == 404
    assert answer.json() == {"error": True, "reason": "Not Found"}
