"""What of Open-Meteo's answers is read, and what is nonsense."""

import json
import time
from typing import Any

import pytest
from pydantic import ValidationError

from shared.weather.wire import MEASURED, Forecast, Search, retry_after

CURRENT: dict[str, Any] = {
    "time": "2022-07-12T02:15",
    "interval": 900,
    "temperature_2m": 21,
    "relative_humidity_2m": 60,
    "apparent_temperature": 20.5,
    "is_day": 0,
    "precipitation": 0.0,
    "weather_code": 3,
    "wind_speed_10m": 7.2,
    "wind_direction_10m": 270,
}
FORECAST: dict[str, Any] = {
    "latitude": 52.52,
    "longitude": 13.419998,
    "generationtime_ms": 0.2,
    "utc_offset_seconds": 7200,
    "timezone": "Europe/Berlin",
    "timezone_abbreviation": "CEST",
    "elevation": 38.0,
    "current_units": {"time": "iso8601", "interval": "seconds"},
    "current": CURRENT,
}


def _forecast(**changes: Any) -> Forecast:
    return Forecast.model_validate_json(json.dumps(FORECAST | changes))


def test_no_results_key_means_no_match() -> None:
    """Open-Meteo leaves the key out."""
    assert Search.model_validate_json('{"generationtime_ms": 0.5}').results == []


def test_omitted_values_are_zero() -> None:
    """Proto3 JSON leaves out what is zero: this is Null Island."""
    found = Search.model_validate_json('{"results": [{"name": "Null Island"}]}').results
    assert (found[0].latitude, found[0].longitude) == (0.0, 0.0)
    assert (found[0].country_code, found[0].admin1) == (None, None)


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        "null",
        '{"results": [{"name": "Ber',
        '{"results": null}',
        '{"results": [null]}',
        '{"results": [{"latitude": 1.0}]}',
        '{"results": [{"name": 7}]}',
        '{"results": [{"name": "x", "latitude": "1"}]}',
        '{"results": [{"name": "x", "latitude": null}]}',
        '{"results": [{"name": "x", "longitude": NaN}]}',
        '{"results": [{"name": "x", "longitude": 1e999}]}',
        '{"error": true, "reason": "midway"}',
        "[" * 100_000,
    ],
)
def test_search_that_makes_no_sense_is_refused(answer: str) -> None:
    """Nothing is guessed, and a failure under status 200 is not "no match"."""
    with pytest.raises(ValidationError):
        Search.model_validate_json(answer)


def test_forecast_is_read() -> None:
    """A local time gets the offset; whole numbers are numbers too."""
    forecast = _forecast()
    assert forecast.observed_at().isoformat() == "2022-07-12T02:15:00+02:00"
    assert forecast.current.temperature_2m == 21.0


def test_every_measured_value_may_be_null() -> None:
    """Open-Meteo writes null for what its models do not know there."""
    current = _forecast(current=CURRENT | dict.fromkeys(MEASURED.split(","))).current
    assert set(current.model_dump(exclude={"time"}).values()) == {None}


@pytest.mark.parametrize("key", sorted(CURRENT.keys() - {"interval"}))
def test_every_key_that_was_asked_for_must_be_there(key: str) -> None:
    """A key that is missing means that the answer is broken."""
    current = {name: value for name, value in CURRENT.items() if name != key}
    with pytest.raises(ValidationError):
        _forecast(current=current)


@pytest.mark.parametrize(
    "changes",
    [
        {"utc_offset_seconds": None},
        {"utc_offset_seconds": 86_400},
        {"utc_offset_seconds": -86_400},
        {"utc_offset_seconds": 3_599},
        {"timezone": None},
        {"current": None},
        {"current": CURRENT | {"time": None}},
        {"current": CURRENT | {"time": "noon"}},
        {"current": CURRENT | {"time": "2022-07-12T02:15Z"}},
        {"current": CURRENT | {"temperature_2m": "21"}},
        {"current": CURRENT | {"temperature_2m": float("nan")}},
        {"current": CURRENT | {"weather_code": 2.5}},
    ],
)
def test_forecast_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    """Wrong types and times that RFC 3339 cannot write are nonsense."""
    with pytest.raises(ValidationError):
        _forecast(**changes)


@pytest.mark.parametrize(
    ("reason", "seconds"),
    [
        ("Minutely API request limit exceeded. Please try again in one minute.", 60),
        ("Hourly API request limit exceeded. Please try in the next hour.", 3_600),
        ("Daily API request limit exceeded. Please try again tomorrow.", 6_400),
        ("Too many concurrent requests", 1),
        ("", 60),
    ],
)
def test_wording_of_a_refusal_says_how_long_to_wait(
    monkeypatch: pytest.MonkeyPatch, reason: str, seconds: int
) -> None:
    """The limit that was passed is named; the day's ends at midnight UTC."""
    monkeypatch.setattr(time, "time", lambda: 3 * 86_400 + 80_000.9)
    body = json.dumps({"error": True, "reason": reason}).encode()
    assert retry_after(body) == seconds
