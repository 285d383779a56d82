"""The weather of one city: what a report says, and what may be asked."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.contract.checks import Json, calls, city, client, places, problem, weather
from tests.contract.clauses import clause
from tests.contract.raw import ask
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

REPORT = [
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
MEASURED = REPORT[3:10]
SOURCE_NAMES = [
    "weather_code",
    "temperature_2m",
    "apparent_temperature",
    "relative_humidity_2m",
    "precipitation",
    "wind_speed_10m",
    "wind_direction_10m",
    "is_day",
]
"""What the source calls the code of the condition and what is in MEASURED."""
PLACE = ["name", "country_code", "admin1", "latitude", "longitude", "timezone"]
TEXTS = re.compile(
    "clear|mainly clear|partly cloudy|overcast|fog|drizzle|freezing drizzle|rain"
    "|freezing rain|snow|snow grains|rain showers|snow showers|thunderstorm"
    "|thunderstorm with hail"
)

CITIES = {
    "paris": ("Paris", "FR"),
    "PARIS": ("Paris", "FR"),
    "  paris  ": ("Paris", "FR"),
    "東京": ("Tokyo", "JP"),
    "москва": ("Moscow", "RU"),
    "القاهرة": ("Cairo", "EG"),
    "são paulo": ("São Paulo", "BR"),
    "new york city": ("New York City", "US"),
}
"""Names of cities, and whose weather comes."""

LEGAL_NAMES = [
    "a&b=c",
    "a+b",
    "a#b?c",
    "a%b",
    "a;b",
    "a\\b",
    "' OR 1=1 --",
    "<b>",
    "🦊🦊",
    "..",
    "name=x&count=9",
]
"""Names that mean something else in a URL, if one lets them."""


@clause("W-01")
async def test_report_says_everything(http: httpx.AsyncClient) -> None:
    """All keys are there, in this order."""
    answer = await http.get("/weather/paris")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    report = answer.json()
    assert list(report) == REPORT
    assert list(report["place"]) == PLACE
    assert list(report["condition"]) == ["code", "text"]
    place = report["place"]
    assert (place["name"], place["country_code"]) == ("Paris", "FR")
    assert place["timezone"] == "Europe/Paris"
    assert abs(place["latitude"] - 48.85) < 0.1
    assert abs(place["longitude"] - 2.35) < 0.1


@clause("W-02")
async def test_values_are_what_their_names_say(http: httpx.AsyncClient) -> None:
    """Numbers within what weather can be."""
    for name in ("paris", "tokyo", "cape town"):
        report = (await http.get(weather(name))).json()
        assert TEXTS.fullmatch(report["condition"]["text"])
        assert 0 <= report["condition"]["code"] <= 99
        assert -90 < report["temperature_c"] < 60
        assert -120 < report["feels_like_c"] < 80
        assert 0 <= report["humidity_percent"] <= 100
        assert report["precipitation_mm"] >= 0
        assert report["wind_speed_kmh"] >= 0
        assert 0 <= report["wind_direction_deg"] <= 360
        assert report["is_day"] in {True, False}
        assert report["stale"] is False


@clause("W-02")
async def test_values_are_those_of_the_source(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """Each under its own name, as the source says it now."""
    target = "/weather/cape town"
    before = await _said_by_source(upstream, (await http.get(target)).json()["place"])
    # In its country it is another city to the cache, so this report is a new one.
    report = (await http.get(target, params={"country": "ZA"})).json()
    after = await _said_by_source(upstream, report["place"])
    told = [report["condition"]["code"], *(report[name] for name in MEASURED)]
    assert told in (before, after)  # which differ if an hour has begun


async def _said_by_source(upstream: str, place: Json) -> list[object]:
    query = {
        "latitude": place["latitude"],
        "longitude": place["longitude"],
        "current": ",".join(SOURCE_NAMES),
        "timezone": "auto",
    }
    async with client() as source:
        answer = await source.get(f"{upstream}/v1/forecast", params=query)
    now = answer.json()["current"]
    return [now[name] for name in SOURCE_NAMES]


@clause("W-02")
async def test_what_was_not_measured_is_null(http: httpx.AsyncClient) -> None:
    """The keys are there all the same."""
    report = (await http.get(weather(city("forecast-nulls")))).json()
    assert list(report) == REPORT
    assert {name: report[name] for name in MEASURED} == dict.fromkeys(MEASURED)
    assert report["condition"] == {"code": None, "text": "unknown"}


@clause("W-03")
async def test_times_are_of_the_place_and_of_now(http: httpx.AsyncClient) -> None:
    """`observed_at` is on the clock of the place, `fetched_at` is in UTC."""
    now = datetime.now(UTC)
    for name, hours in (("tokyo", 9), ("honolulu", -10), ("kathmandu", 5.75)):
        report = (await http.get(weather(name))).json()
        observed = datetime.fromisoformat(report["observed_at"])
        assert observed.utcoffset() == timedelta(hours=hours)
        assert now - timedelta(hours=1) < observed <= datetime.now(UTC)
        fetched = datetime.fromisoformat(report["fetched_at"])
        assert fetched.utcoffset() == timedelta(0)
        assert abs(fetched - now) < timedelta(minutes=1)


@clause("W-04")
async def test_report_names_its_source(http: httpx.AsyncClient) -> None:
    """And gives it the credit that its licence asks for."""
    report = (await http.get("/weather/paris")).json()
    assert report["source"] == "open-meteo"
    assert "Open-Meteo" in report["attribution"]
    assert "CC BY 4.0" in report["attribution"]


@clause("W-05")
@pytest.mark.parametrize("name", CITIES)
async def test_city_goes_by_many_names(http: httpx.AsyncClient, name: str) -> None:
    """In any script and any case."""
    place = (await http.get(weather(name))).json()["place"]
    assert (place["name"], place["country_code"]) == CITIES[name]


@clause("W-05")
@pytest.mark.parametrize("count", [1, 100])
async def test_city_as_long_as_allowed(http: httpx.AsyncClient, count: int) -> None:
    """From 1 to 100 characters, the space around them left out."""
    for name in ("é" * count, f"  {'é' * count}\t"):
        problem(await http.get(weather(name)), 404, "unknown-city")


@clause("W-05")
@pytest.mark.parametrize(
    "name", [" ", "é" * 101, "\t", "a\0b", "a\nb", "a\rb", "a\x1bb", "a\x7fb", "a\x85b"]
)
async def test_bad_city_is_422(http: httpx.AsyncClient, name: str) -> None:
    """Nothing, too much, or what no name has in it."""
    assert places(await http.get(weather(name))) == ["path.city"]


@clause("W-06")
async def test_country_narrows_down(http: httpx.AsyncClient) -> None:
    """By a code of two letters, in any case."""
    for code in ("FR", "fr", "Fr"):
        answer = await http.get("/weather/paris", params={"country": code})
        assert answer.json()["place"]["country_code"] == "FR"
    texan = await http.get("/weather/paris?country=US")
    assert texan.json()["place"]["country_code"] == "US"
    problem(await http.get("/weather/paris?country=JP"), 404, "unknown-city")


@clause("W-06")
@pytest.mark.parametrize(
    "country", ["", "F", "FRA", "F1", "12", "ß", "ﬁ", "É", "F\n", "FR\n", " FR", "日本"]
)
async def test_bad_country_is_422(http: httpx.AsyncClient, country: str) -> None:
    """Whatever is not two letters from A to Z."""
    answer = await http.get("/weather/paris", params={"country": country})
    assert places(answer) == ["query.country"]


@clause("W-07")
async def test_unknown_city_is_404(http: httpx.AsyncClient) -> None:
    """One that the source does not know."""
    name = city("not-found")
    said = problem(await http.get(weather(name)), 404, "unknown-city")
    assert said["instance"] == f"/weather/{name}"


@clause("W-07")
async def test_one_letter_is_no_city(http: httpx.AsyncClient) -> None:
    """The source matches no name that short."""
    problem(await http.get("/weather/p"), 404, "unknown-city")


@clause("W-08")
@pytest.mark.parametrize("name", LEGAL_NAMES)
async def test_name_reaches_the_source_as_it_is(
    target: Target, upstream: str, name: str
) -> None:
    """As one parameter of a query, whatever is in it."""
    await ask(target, weather(name))
    counted = await calls(upstream, name)
    assert counted["geocoding"] >= 1
    for raw in counted["queries"]:
        query = httpx.QueryParams(raw)
        assert query.get_list("name") == [name]
        assert query.get_list("count") == ["1"]


@clause("W-08")
async def test_country_reaches_the_source(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """In upper case, and only if there is one."""
    name = city("fine")
    await http.get(weather(name), params={"country": "fr"})
    await http.get(weather(name))
    queries = (await calls(upstream, name))["queries"]
    countries = [httpx.QueryParams(raw).get("countryCode") for raw in queries]
    assert countries == ["FR", None]


@clause("W-08")
async def test_name_is_asked_for_in_composed_form(
    http: httpx.AsyncClient, upstream: str
) -> None:
    """With single spaces: a source takes names more literally than people do."""
    name = f"é ü {city('x')}"
    sent = unicodedata.normalize("NFD", f" {name.replace(' ', '  ')} ")
    await http.get(weather(sent))
    assert (await calls(upstream, name))["geocoding"] == 1
