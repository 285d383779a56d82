"""How many messages a sender may post: a token bucket."""

import time
from collections.abc import Callable
from math import ceil

from cachetools import LRUCache

from shared.errors import RateLimited

_POSTERS = 10_000
"""Senders over HTTP whose rate is remembered."""


class TokenBucket:
    """Gives `burst` tokens at once and `per_second` from then on."""

    def __init__(
        self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._at = clock()

    def take(self) -> float:
        """Take a token: 0.0 if there was one, else the seconds until there is."""
        now = self._clock()
        self._tokens = min(
            self._burst, self._tokens + (now - self._at) * self._per_second
        )
        self._at = now
        if self._tokens < 1:
            return (1 - self._tokens) / self._per_second
        self._tokens -= 1
        return 0.0


class Posters:
    """A bucket for each sender over HTTP, known by its address and its name."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._buckets: LRUCache[tuple[str, str], TokenBucket] = LRUCache(_POSTERS)

    def take(self, address: str, name: str) -> None:
        """Let a sender post once. Raises RateLimited."""
        bucket = self._buckets.get((address, name))
        if bucket is None:
            bucket = TokenBucket(self._per_second, self._burst)
            self._buckets[address, name] = bucket
        if wait := bucket.take():
            raise RateLimited("You post faster than the limit.", retry_after=ceil(wait))
