"""What a client may ask for and what a report says."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest
from pydantic import TypeAdapter, ValidationError

from shared.weather.report import (
    ATTRIBUTION,
    CitiesQuery,
    City,
    Country,
    Place,
    Report,
    Reports,
    WeatherQuery,
    condition,
)

CITY: TypeAdapter[str] = TypeAdapter(City)
COUNTRY: TypeAdapter[str] = TypeAdapter(Country)

ORDER = [
    "place",
    "observed_at",
    "condition",
    "temperature_c",
    "feels_like_c",
    "humidity_percent",
    "precipitation_mm",
    "wind_speed_kmh",
    "wind_direction_deg",
    "is_day",
    "source",
    "attribution",
    "fetched_at",
    "stale",
]


@pytest.mark.parametrize(
    "name", ["Y", "x" * 100, "東京", "São Paulo", "القاهرة", "می\u200cگون", "L'Aquila"]
)
def test_city_in_any_script_is_taken(name: str) -> None:
    """Letters of all scripts pass, the joiners that some of them need included."""
    assert CITY.validate_python(name) == name


def test_city_is_trimmed_before_it_is_measured() -> None:
    """Spaces around a name do not count towards its length."""
    assert CITY.validate_python(f"  {'x' * 100}\n") == "x" * 100


@pytest.mark.parametrize(
    "name",
    ["", "  ", "x" * 101, "a\0b", "a\nb", "a\x7fb", "a\x85b", "a\u2028b", "\ud800", 7],
)
def test_city_that_is_no_printable_name_is_refused(name: object) -> None:
    """Empty, over-long, control characters, half characters, no text at all."""
    with pytest.raises(ValidationError):
        CITY.validate_python(name)


@pytest.mark.parametrize("code", ["FR", "fr", "fR"])
def test_country_is_upper_case_afterwards(code: str) -> None:
    """A country's code may be written either way."""
    assert COUNTRY.validate_python(code) == "FR"


@pytest.mark.parametrize("code", ["", "f", "fra", " fr", "f1", "ß", "ﬁ", "éa"])
def test_country_of_other_than_two_ascii_letters_is_refused(code: str) -> None:
    """What becomes two letters only in upper case is no code either."""
    with pytest.raises(ValidationError):
        COUNTRY.validate_python(code)


@pytest.mark.parametrize(
    ("adapter", "good", "bad"),
    [(CITY, "Paris", "a\nb"), (CITY, "東京", ""), (COUNTRY, "fr", "f1")],
)
def test_schemas_say_the_same(adapter: TypeAdapter[str], good: str, bad: str) -> None:
    """A client that validates by the JSON Schema comes to the same verdict."""
    schema = adapter.json_schema()
    assert {"minLength", "maxLength", "pattern"} <= schema.keys()
    jsonschema.validate(good, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, schema)


def test_queries_ignore_what_they_do_not_know() -> None:
    """Other parameters are not the weather's business."""
    query: dict[str, Any] = {"country": "de", "utm_source": "x"}
    assert WeatherQuery(**query).country == "DE"
    assert WeatherQuery().country is None


@pytest.mark.parametrize("given", ["paris", ["paris"]])
def test_one_city_need_not_be_a_list(given: Any) -> None:
    """A framework may hand over a single value bare."""
    assert CitiesQuery(city=given).city == ["paris"]


def test_cities_keep_their_order_and_repetitions() -> None:
    """The list is taken as asked."""
    assert CitiesQuery(city=["b", " a", "b"]).city == ["b", "a", "b"]


@pytest.mark.parametrize("given", [[], ["x"] * 21, ["x", ""], None])
def test_cities_of_a_wrong_number_are_refused(given: Any) -> None:
    """1 to 20 cities, each of them one."""
    with pytest.raises(ValidationError):
        CitiesQuery(city=given)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "clear"),
        (2, "partly cloudy"),
        (48, "fog"),
        (57, "freezing drizzle"),
        (67, "freezing rain"),
        (77, "snow grains"),
        (82, "rain showers"),
        (86, "snow showers"),
        (99, "thunderstorm with hail"),
        (42, "weather code 42"),
        (None, "unknown"),
    ],
)
def test_condition_is_told_in_words(code: int | None, text: str) -> None:
    """Every WMO code has a text, also one that is not in the table."""
    assert condition(code).model_dump() == {"code": code, "text": text}


def _report(**changes: Any) -> Report:
    place = Place(
        name="Zürich",
        country_code="CH",
        admin1=None,
        latitude=47.37,
        longitude=8.55,
        timezone="Europe/Zurich",
    )
    summer = timezone(timedelta(hours=2))
    values: dict[str, Any] = {
        **dict.fromkeys(ORDER),
        "place": place,
        "observed_at": datetime(2022, 7, 12, 2, 15, tzinfo=summer),
        "condition": condition(None),
        "source": "stand-in",
        "attribution": ATTRIBUTION["stand-in"],
        "fetched_at": datetime(2022, 7, 12, 0, 16, 5, tzinfo=UTC),
        "stale": False,
    }
    return Report(**values | changes)


def test_report_has_every_key_in_the_order_of_the_contract() -> None:
    """What was not measured is null, and there."""
    report = _report().model_dump(mode="json")
    assert list(report) == ORDER
    assert list(report["place"]) == [
        "name",
        "country_code",
        "admin1",
        "latitude",
        "longitude",
        "timezone",
    ]
    assert report["temperature_c"] is None


def test_times_are_rfc_3339_with_an_offset() -> None:
    """The observation has the place's offset, the fetching is in UTC."""
    report = _report().model_dump(mode="json")
    assert report["observed_at"] == "2022-07-12T02:15:00+02:00"
    assert report["fetched_at"] == "2022-07-12T00:16:05Z"


def test_time_without_an_offset_is_refused() -> None:
    """A local time alone says nothing to a client elsewhere."""
    with pytest.raises(ValidationError):
        _report(fetched_at=datetime(2022, 7, 12))  # noqa: DTZ001


def test_attribution_tells_data_from_fiction() -> None:
    """Both licences are named, and the stand-in does not pass for a measurement."""
    expected = "Weather data by Open-Meteo.com (CC BY 4.0)"
    assert ATTRIBUTION["open-meteo"] == expected
    assert "Made-up" in ATTRIBUTION["stand-in"]
    assert "GeoNames" in ATTRIBUTION["stand-in"]
    assert "CC BY 4.0" in ATTRIBUTION["stand-in"]


def test_results_are_reports_or_problems() -> None:
    """The answer for several cities reads either, by what it finds."""
    problem = {
        "type": "urn:tandem:problem:unknown-city",
        "title": "Not Found",
        "status": 404,
        "detail": "No such city.",
        "instance": "/weather/x",
    }
    report = _report().model_dump(mode="json")
    found = Reports.model_validate({"results": [report, problem]}).results
    assert [type(result).__name__ for result in found] == ["Report", "Problem"]
