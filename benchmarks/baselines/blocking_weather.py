"""The weather for threads: kept, asked for once at a time, stale where it must be."""

import hashlib
import threading
import time
import unicodedata
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from cachetools import LRUCache, TTLCache

from benchmarks.baselines.blocking_source import BlockingSource
from shared.errors import TandemError, UnknownCity
from shared.settings import Settings
from shared.weather.cache import Key, cache_key
from shared.weather.report import Report
from shared.weather.service import Answer

_THREADS = 64

Kept = tuple[Report, Answer, float]
"""A report, its fresh answer, and when it came."""


class BlockingWeather:
    """What the core's Weather is to coroutines."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._source = BlockingSource(settings)
        self._lock = threading.Lock()
        size = settings.weather_cache_cities
        self._kept: LRUCache[Key, Kept] = LRUCache(size)
        self._unknown: TTLCache[Key, str] = TTLCache(
            size, settings.weather_unknown_seconds
        )
        self._flights: dict[Key, Future[Kept]] = {}
        self._pool = ThreadPoolExecutor(_THREADS)

    def report(self, city: str, country: str | None) -> Answer:
        """The weather of a city; raises what the core's raises."""
        key = cache_key(city, country)
        with self._lock:
            kept = self._kept.get(key)
            if kept and self._age(kept) < self._settings.weather_fresh_seconds:
                return self._answer(kept, stale=False)
            if reason := self._unknown.get(key):
                raise UnknownCity(reason)
            flight = self._flights.get(key)
            mine = flight is None
            if flight is None:
                flight = self._flights[key] = Future()
        if mine:
            self._fly(key, city, country, flight)
        try:
            return self._answer(flight.result(), stale=False)
        except UnknownCity:
            raise
        except TandemError as error:
            usable = self._settings.weather_fresh_seconds
            usable += self._settings.weather_stale_seconds
            if kept and self._age(kept) < usable:
                return self._answer(kept, stale=True)
            raise type(error)(str(error), retry_after=error.retry_after) from error

    def reports(self, cities: Sequence[str], country: str | None) -> bytes:
        """`{"results": [...]}`: a report or a problem each, looked up at once."""

        def body(city: str) -> bytes:
            try:
                return self.report(city, country).body
            except TandemError as error:
                return error.problem(f"/weather/{city}")

        return b'{"results":[' + b",".join(self._pool.map(body, cities)) + b"]}"

    def _fly(
        self, key: Key, city: str, country: str | None, flight: "Future[Kept]"
    ) -> None:
        try:
            name = unicodedata.normalize("NFC", " ".join(city.split()))
            report = self._source.look_up(name, country)
            lifetime = int(self._settings.weather_fresh_seconds)
            kept = report, _encoded(report, lifetime), time.monotonic()
        except TandemError as error:
            with self._lock:
                del self._flights[key]
                if isinstance(error, UnknownCity):
                    self._kept.pop(key, None)
                    self._unknown[key] = str(error)
            flight.set_exception(error)
        else:
            with self._lock:
                del self._flights[key]
                self._kept[key] = kept
            flight.set_result(kept)

    def _age(self, kept: Kept) -> float:
        return time.monotonic() - kept[2]

    def _answer(self, kept: Kept, *, stale: bool) -> Answer:
        report, fresh, _ = kept
        age = int(self._age(kept))
        if stale:
            encoded = _encoded(report.model_copy(update={"stale": True}), 0)
            return Answer(encoded.body, encoded.etag, 0, age, stale=True)
        if age == 0:
            return fresh
        return Answer(fresh.body, fresh.etag, fresh.max_age, age, stale=False)


def _encoded(report: Report, max_age: int) -> Answer:
    body = report.model_dump_json().encode()
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    return Answer(body, etag, max_age, 0, stale=False)
