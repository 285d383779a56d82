"""What the connections of one job count together."""

import asyncio
import math
import time
from collections.abc import Sequence

from benchmarks.load.jobs import Fan, Outcome, Requests, Storm

_LATENCIES, _LONGEST = 20, 4
"""A window is 20 latencies long if it may, but not over 4 times what was asked."""

_REASONS = 3
"""How many different faults are told in words; all are counted."""


class Tally:
    """Counts, latencies in seconds, and faults, since `begin`."""

    def __init__(self) -> None:
        self.running = True
        self.errors = self.wrong = 0
        self.reasons: list[str] = []
        self.in_flight = 0
        self.late: list[float] = []
        self.begin()

    def window(self, seconds: float) -> float:
        """How long to measure: longer than asked where answers are slow.

        What is under way at its two ends must be little against what is measured.
        """
        mean = sum(self.latencies) / max(1, len(self.latencies))
        return max(seconds, min(_LATENCIES * mean, _LONGEST * seconds))

    async def measure(self, job: Requests | Fan | Storm) -> None:
        """Let it warm up, then begin the window and wait for the end of it."""
        await asyncio.sleep(job.warm_up)
        seconds = self.window(job.seconds)
        self.begin()
        await asyncio.sleep(seconds)

    def begin(self) -> None:
        """Begin the window: what was counted before was warm-up, but for faults."""
        self.count = 0
        self.latencies: list[float] = []
        self.late.clear()
        self._began = self._since = time.perf_counter()
        self._cpu = time.process_time()
        self._under_way = 0.0

    def flies(self, change: int, late: float = 0) -> None:
        """One more or one less is under way; one more has been for `late` seconds."""
        now = time.perf_counter()
        self._under_way += self.in_flight * (now - self._since) + late
        self._since = now
        self.in_flight += change

    def error(self, reason: str) -> None:
        """An exchange failed."""
        self.errors += 1
        self._note(reason)

    def mistake(self, reason: str) -> None:
        """An answer was not what it had to be."""
        self.wrong += 1
        self._note(reason)

    def _note(self, reason: str) -> None:
        if len(self.reasons) < _REASONS and reason not in self.reasons:
            self.reasons.append(reason)

    def end(self, exchanges: int | None = None) -> Outcome:
        """End the window; `exchanges` are what latencies were taken of, if not all."""
        self.flies(0)
        seconds = self._since - self._began
        busy = (time.process_time() - self._cpu) / seconds
        outcome = Outcome(
            seconds=seconds,
            count=self.count,
            rate=self.count / seconds,
            in_flight=self._under_way / seconds,
            exchanges=(self.count if exchanges is None else exchanges) / seconds,
            busy=busy,
            late_ms=1_000 * percentile(sorted(self.late), 0.99),
        )
        self._tell_latencies(outcome)
        return outcome

    def faults(self, outcome: Outcome) -> Outcome:
        """The outcome with all faults until now."""
        outcome.errors, outcome.wrong = self.errors, self.wrong
        outcome.reasons = self.reasons
        return outcome

    def _tell_latencies(self, outcome: Outcome) -> None:
        ranked = sorted(self.latencies)
        if ranked:
            outcome.mean_ms = 1_000 * sum(ranked) / len(ranked)
            outcome.p50_ms = 1_000 * percentile(ranked, 0.5)
            outcome.p90_ms = 1_000 * percentile(ranked, 0.9)
            outcome.p99_ms = 1_000 * percentile(ranked, 0.99)
            outcome.max_ms = 1_000 * ranked[-1]


def percentile(ranked: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of values in ascending order; 0 of none."""
    if not ranked:
        return 0.0
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)]
