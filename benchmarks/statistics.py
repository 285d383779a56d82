"""What rounds say: medians with their bootstrap intervals, and who may be ranked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

CONFIDENCE = 0.995
"""Of few rounds a bootstrap interval holds a little less than it says: with 95 % one
comparison of like with like in 17 is told apart, with this one in 75."""

ALIKE = 1.01
"""How far apart two processes of one app may be, however long they are measured: where
things lie in memory, and in which order they hash, is chance. It is no difference."""

ALARM = 0.05
"""The chance that any of many checks together raises a false alarm."""

MIN_ROUNDS = 10
"""Two are ranked after this many rounds at the least."""

_RESAMPLES = 9_999
_SEED = 20_240


@dataclass(frozen=True)
class Interval:
    """A median and where it may be, at the confidence that was asked for."""

    median: float
    low: float
    high: float

    def has_ends(self) -> bool:
        """Whether there were rounds enough to say where the median may be."""
        return self.high < math.inf

    def ends(self, form: str = ".2f") -> str:
        """Where the median may be, in words; `form` is that of a number."""
        if not self.has_ends():
            return "one round"
        return f"{self.low:{form}} to {self.high:{form}}"

    def differs(self) -> bool:
        """Whether it is a ratio other than 1, by more than like processes may be."""
        return self.low > ALIKE or self.high < 1 / ALIKE

    def reaches(self, least: float) -> bool | None:
        """Whether it is `least` or more; None where that cannot be told."""
        if self.low >= least:
            return True
        return False if self.high < least else None


def beyond(ratio: float) -> bool:
    """Whether a ratio is farther from 1 than like processes may be apart."""
    return not 1 / ALIKE <= ratio <= ALIKE


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """The median of values and its percentile bootstrap interval.

    Of fewer than two nothing is known but the value itself.
    """
    return _interval(tuple(values), confidence)


@lru_cache(4_096)  # a report shows the same in several places
def _interval(values: tuple[float, ...], confidence: float) -> Interval:
    median = float(np.median(values))
    if len(values) < 2:
        return Interval(median, -math.inf, math.inf)
    found = stats.bootstrap(
        (np.asarray(values),),
        np.median,
        n_resamples=_RESAMPLES,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(_SEED),  # the same rounds give the same report
    ).confidence_interval
    return Interval(median, float(found.low), float(found.high))


def ratio(
    ours: Sequence[float], theirs: Sequence[float], confidence: float = CONFIDENCE
) -> Interval:
    """The ratio round by round.

    Of logarithms, so that turning the two round turns the ratio round and no more.
    """
    logs = np.log(np.asarray(ours) / np.asarray(theirs))
    found = interval(logs.tolist(), confidence)
    median, low, high = np.exp([found.median, found.low, found.high]).tolist()
    return Interval(median, low, high)


def ratio_of_medians(ours: Sequence[float], theirs: Sequence[float]) -> Interval:
    """The ratio of what was not measured in the same rounds, so that none are pairs."""
    logs = np.log(ours), np.log(theirs)
    found = stats.bootstrap(
        logs,
        lambda first, second, axis: (
            np.median(first, axis=axis) - np.median(second, axis=axis)
        ),
        n_resamples=_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    middle = np.median(logs[0]) - np.median(logs[1])
    median, low, high = np.exp([middle, found.low, found.high]).tolist()
    return Interval(median, low, high)


def twins_differ(
    first: Sequence[float], twin: Sequence[float], comparisons: int
) -> bool:
    """Whether what is the same was not, by the exact signed-rank test (Wilcoxon).

    All `comparisons` of a run together are falsely alarmed in one run of 20.
    """
    p = stats.wilcoxon(np.log(first), np.log(twin), method="auto").pvalue
    alarm = bool(p < ALARM / max(1, comparisons))
    return alarm and beyond(ratio(first, twin).median)


def differ(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    """Whether the two may be ranked: enough rounds, and an interval away from 1."""
    return len(ours) >= MIN_ROUNDS and ratio(ours, theirs).differs()
