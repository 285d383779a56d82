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
    assert [place["name"] for place in body["results"]] == ["Köln"]


async def test_no_match_has_no_results_key(client: httpx.AsyncClient) -> None:
    """As proto3 JSON has it."""
    answer = await client.get("/v1/search", params={"name": "Qqqq"})
    assert answer.status_code == 200
    assert answer.json().keys() == {"generationtime_ms"}


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
    @classmethod
    def now(cls, _tz: Any = None) -> "_Hour":
        return cls(2024, 1, 20, cls.hour_now, cls.minute_now, tzinfo=UTC)

    hour_now = 12
    minute_now = 0


async def test_weather_depends_on_the_place_and_the_hour_alone(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same place in the same hour has the same weather, every time."""
    monkeypatch.setattr(stand_in, "datetime", _Hour)
    noon = await _current(client, **BERLIN)
    monkeypatch.setattr(_Hour, "minute_now", 59)
    later = await _current(client, **BERLIN)
    assert later.pop("time") == "2024-01-20T12:45"
    assert noon.pop("time") == "2024-01-20T12:00"
    assert later == noon
    elsewhere = await _current(client, latitude="10", longitude="20")
    monkeypatch.setattr(_Hour, "hour_now", 13)
    assert await _current(client, **BERLIN) != noon
    assert elsewhere != noon


async def test_weather_makes_sense(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It snows where it freezes, and falls only from clouds that let something fall."""
    monkeypatch.setattr(stand_in, "datetime", _Hour)
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
    assert answer.json()["error"] is True
