"""The cities that the stand-in knows."""

import pytest

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


def test_there_is_one_gazetteer(cities: Gazetteer) -> None:
    """It is made once."""
    assert is_made()
    assert gazetteer() is cities
