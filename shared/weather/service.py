"""The weather, answered: reports as they go over the wire, from the cache if it can."""

import asyncio
import hashlib
import re
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from cachetools import LRUCache

from shared.errors import TandemError
from shared.metrics import lookup_observed
from shared.weather.cache import Cache, Key, cache_key
from shared.weather.report import Report
from shared.weather.source import Source

Target = tuple[str, bytes]
"""The path and the raw query string of a request."""

_ENTITY_TAG = re.compile(r'"[^"]*"')


@dataclass(frozen=True)
class Answer:
    """A report as UTF-8 JSON and what HTTP says of it; ages are in whole seconds.

    `etag` is strong and quoted. `max_age` counts from when the report was made, so
    what is left of it is `max_age - age`, as caches reckon (RFC 9111, section 4.2).
    """

    body: bytes
    etag: str
    max_age: int
    age: int
    stale: bool

    @cached_property
    def headers(self) -> dict[str, str]:
        """Cache-Control, Age and ETag, for 200 and for 304."""
        return {
            "Cache-Control": f"public, max-age={self.max_age}",
            "Age": str(self.age),
            "ETag": self.etag,
        }

    def matches(self, if_none_match: str | None) -> bool:
        """Whether an If-None-Match names this report: then the answer is 304."""
        if if_none_match is None:
            return False
        # RFC 9110, section 13.1.2: the comparison is weak, so W/ makes no difference.
        tags = _ENTITY_TAG.findall(if_none_match)
        return if_none_match.strip() == "*" or self.etag in tags


class _Kept:
    """One report, encoded once for as long as it is kept."""

    def __init__(self, report: Report, fresh_seconds: float) -> None:
        self._fresh_seconds = fresh_seconds
        self._fresh = _encode(report)
        self._stale = _encode(report.model_copy(update={"stale": True}))
        self._answer = self._fresh_answer(0)

    def answer(self, age_seconds: float, *, stale: bool) -> Answer:
        age = int(age_seconds)
        if stale:
            return Answer(*self._stale, max_age=0, age=age, stale=True)
        if age != self._answer.age:
            self._answer = self._fresh_answer(age)
        return self._answer

    def _fresh_answer(self, age: int) -> Answer:
        lifetime = int(self._fresh_seconds)
        return Answer(*self._fresh, max_age=lifetime, age=age, stale=False)


class Weather:
    """The weather of cities, from `source`, which it closes when it is closed.

    Reports are fresh for `fresh_seconds` and stand in for a failing source for
    `stale_seconds` more; unknown cities stay unknown for `unknown_seconds`. At most
    `cities` reports are kept. `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        source: Source,
        *,
        fresh_seconds: float,
        stale_seconds: float,
        unknown_seconds: float,
        cities: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._fresh_seconds = fresh_seconds
        self._targets: LRUCache[Target, Key] = LRUCache(cities)
        self._cache: Cache[_Kept] = Cache(
            size=cities,
            fresh_seconds=fresh_seconds,
            stale_seconds=stale_seconds,
            unknown_seconds=unknown_seconds,
            clock=clock,
        )

    def kept(self, target: Target) -> Answer | None:
        """The fresh answer to a request target that was answered before.

        Its path and query were checked then, so a hit costs no check and no encoding.
        """
        key = self._targets.get(target)
        found = None if key is None else self._cache.fresh(key)
        return None if found is None else found[0].answer(found[1], stale=False)

    async def report(
        self, city: str, country: str | None = None, target: Target | None = None
    ) -> Answer:
        """The weather of a city, which a country code (upper case) may narrow down.

        It is `kept` for the request target from then on, if one is given.
        Raises UnknownCity, or UpstreamTimeout, UpstreamBroken or UpstreamBusy where no
        older report may stand in.
        """
        key = cache_key(city, country)
        found = self._cache.fresh(key)
        if found is None:
            found = await self._cache.fetch(key, lambda: self._look_up(city, country))
        kept, age, stale = found
        if target:
            self._targets[target] = key
        return kept.answer(age, stale=stale)

    async def reports(self, cities: Sequence[str], country: str | None = None) -> bytes:
        """`{"results": [...]}` as UTF-8 JSON: a report or a problem each, in order."""
        bodies = await asyncio.gather(*(self._body(city, country) for city in cities))
        return b'{"results":[' + b",".join(bodies) + b"]}"

    async def aclose(self) -> None:
        """Break off running look-ups and close the source."""
        await self._cache.aclose()
        await self._source.aclose()

    async def _body(self, city: str, country: str | None) -> bytes:
        try:
            return (await self.report(city, country)).body
        except TandemError as error:
            return error.problem(f"/weather/{city}")

    async def _look_up(self, city: str, country: str | None) -> _Kept:
        # As the key folds it, case aside: else one client's odd spaces could make the
        # city unknown to all others.
        name = unicodedata.normalize("NFC", " ".join(city.split()))
        with lookup_observed():
            report = await self._source.look_up(name, country)
        return _Kept(report, self._fresh_seconds)


def _encode(report: Report) -> tuple[bytes, str]:
    body = report.model_dump_json().encode()
    return body, f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
