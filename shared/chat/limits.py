"""How many messages a sender may post: a token bucket."""

import time
from collections.abc import Callable


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
