"""What was looked up, kept in memory: bounded, and asked for once at a time."""

import asyncio
import time
import unicodedata
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Generic, TypeVar

from cachetools import LRUCache, TTLCache

from shared.errors import (
    TandemError,
    Unavailable,
    UnknownCity,
    UpstreamBroken,
    UpstreamBusy,
    UpstreamTimeout,
)
from shared.metrics import CACHE, CACHE_HITS

V = TypeVar("V")
Key = tuple[str, str | None]
Found = tuple[V, float, bool]
"""A value, its age in seconds, and whether it is stale."""


@lru_cache(maxsize=4_096)
def cache_key(city: str, country: str | None) -> Key:
    """The key of a city, the same for any case, spacing and Unicode composition."""
    folded = " ".join(city.split()).casefold()
    return unicodedata.normalize("NFC", folded), country


class Cache(Generic[V]):
    """The last `size` values looked up, and as many names that are not known.

    A value is fresh for `fresh_seconds`; for `stale_seconds` more it is served in place
    of an upstream's failure. `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        *,
        size: int,
        fresh_seconds: float,
        stale_seconds: float,
        unknown_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fresh_seconds = fresh_seconds
        self._usable_seconds = fresh_seconds + stale_seconds
        self._clock = clock
        self._values: LRUCache[Key, tuple[V, float]] = LRUCache(size)
        # Apart from the values, so that made-up names cannot crowd them out.
        self._unknown: TTLCache[Key, str] = TTLCache(size, unknown_seconds, clock)
        self._flights: dict[Key, asyncio.Task[Found[V] | TandemError]] = {}

    def fresh(self, key: Key) -> Found[V] | None:
        """The value while it is fresh; this is the hot path."""
        try:
            value, stored_at = self._values[key]
        except KeyError:
            return None
        age = self._clock() - stored_at
        if age >= self._fresh_seconds:
            return None
        CACHE_HITS.inc()
        return value, age, False

    async def fetch(self, key: Key, look_up: Callable[[], Awaitable[V]]) -> Found[V]:
        """The value of `look_up`, which all who ask for `key` meanwhile share.

        Raises what `look_up` raises, unless an older value may stand in for it, and
        Unavailable after `aclose()` broke the look-up off. Being cancelled leaves the
        others waiting and the look-up running.
        """
        reason = self._unknown.get(key)
        if reason is not None:
            CACHE.labels("unknown").inc()
            raise UnknownCity(reason)
        counted = "coalesced"
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.create_task(self._look_up(key, look_up))
            self._flights[key] = flight
            flight.add_done_callback(lambda _: self._flights.pop(key))
            counted = "miss"
        await asyncio.wait((flight,))
        if flight.cancelled():
            raise Unavailable("The process is shutting down.", retry_after=1)
        outcome = flight.result()
        is_stale = not isinstance(outcome, TandemError) and outcome[2]
        CACHE.labels("stale" if is_stale else counted).inc()
        if isinstance(outcome, TandemError):
            # Each waiter raises its own: a shared one would gather all their traces.
            again = type(outcome)(str(outcome), retry_after=outcome.retry_after)
            raise again from outcome
        return outcome

    async def aclose(self) -> None:
        """Break off the look-ups that are still running."""
        flights = tuple(self._flights.values())
        for flight in flights:
            flight.cancel()
        await asyncio.gather(*flights, return_exceptions=True)

    async def _look_up(
        self, key: Key, look_up: Callable[[], Awaitable[V]]
    ) -> Found[V] | TandemError:
        # Failures are returned: a task whose waiters are all gone may fail in silence.
        try:
            value = await look_up()
        except UnknownCity as error:
            self._values.pop(key, None)
            self._unknown[key] = str(error)
            return error
        except (UpstreamBroken, UpstreamBusy, UpstreamTimeout) as error:
            return self._stale(key) or error
        self._values[key] = value, self._clock()
        return value, 0.0, False

    def _stale(self, key: Key) -> Found[V] | None:
        kept = self._values.get(key)
        if kept is None:
            return None
        value, stored_at = kept
        age = self._clock() - stored_at
        return (value, age, True) if age < self._usable_seconds else None
