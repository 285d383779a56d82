"""The statistics against data whose truth is known."""

import math
import random

import pytest

from benchmarks.statistics import (
    MIN_ROUNDS,
    Interval,
    differ,
    interval,
    ratio,
    ratio_of_medians,
    twins_differ,
)

ROUNDS = MIN_ROUNDS
"""As many as a run has unless it is told otherwise."""

NOISE = 0.03
"""The spread of a rate from run to run, as quiet machines have it."""


def _rates(chance: random.Random, mean: float, rounds: int = ROUNDS) -> list[float]:
    return [mean * chance.lognormvariate(0, NOISE) for _ in range(rounds)]


@pytest.fixture
def chances() -> list[random.Random]:
    """Forty sources of noise, the same every time."""
    return [random.Random(n) for n in range(40)]


def test_like_is_not_told_from_like(chances: list[random.Random]) -> None:
    """At most 2 of 40 comparisons of the same are wrong."""
    told = [differ(_rates(each, 9_000), _rates(each, 9_000)) for each in chances]
    assert sum(told) <= 2


def test_a_tenth_is_found(chances: list[random.Random]) -> None:
    """At least 38 of 40 times."""
    told = [differ(_rates(each, 9_000), _rates(each, 9_000 / 1.1)) for each in chances]
    assert sum(told) >= 38


def test_drift_that_both_share_changes_nothing() -> None:
    """Ratios are taken round by round: a machine that slows down is no difference."""
    chance = random.Random(1)
    drift = [1 - 0.05 * n for n in range(ROUNDS)]
    first = [a * b for a, b in zip(_rates(chance, 9_000), drift, strict=True)]
    second = [a * b for a, b in zip(_rates(chance, 9_000), drift, strict=True)]
    assert not differ(first, second)
    assert interval(first).high / interval(first).low > 1.1
    assert ratio(first, second).high / ratio(first, second).low < 1.1


def test_one_outlier_ranks_nobody() -> None:
    """The median of the rounds stands where it stood."""
    chance = random.Random(2)
    first, second = _rates(chance, 9_000), _rates(chance, 9_000)
    first[3] /= 10
    assert not differ(first, second)


def test_rounds_that_are_no_pairs_are_compared_by_their_medians() -> None:
    """In whatever order they came, and turned round the ratio is turned round."""
    chance = random.Random(3)
    first, second = _rates(chance, 18_000), _rates(chance, 9_000)
    found = ratio_of_medians(first, second)
    assert found.low < 2 < found.high
    assert found.low > 1
    assert ratio_of_medians(sorted(first), sorted(second)).median == found.median
    assert ratio_of_medians(second, first).median == pytest.approx(1 / found.median)


def test_a_ratio_reaches_what_its_interval_is_beyond() -> None:
    """Within it that cannot be told."""
    found = Interval(1.0, 0.9, 1.1)
    assert [found.reaches(each) for each in (0.9, 1.0, 1.1, 1.2)] == [
        True,
        None,
        None,
        False,
    ]


def test_processes_of_one_app_are_a_little_apart() -> None:
    """By 1 % they may be in every round, which neither ranks them nor is alarming."""
    first = [9_000.0] * ROUNDS
    for less, apart in ((1.009, False), (1.02, True)):
        second = [each / less for each in first]
        assert differ(first, second) == differ(second, first) == apart
        assert twins_differ(first, second, 1) == apart


def test_nine_rounds_are_too_few() -> None:
    """However far apart the two are."""
    assert not differ([200.0] * 9, [100.0] * 9)
    assert differ([200.0] * 10, [100.0] * 10)


def test_a_ratio_turned_round_is_its_inverse() -> None:
    """Neither of the two is the favourite."""
    chance = random.Random(3)
    first, second = _rates(chance, 9_000), _rates(chance, 8_000)
    one, other = ratio(first, second), ratio(second, first)
    assert one.median == pytest.approx(1 / other.median)
    assert one.low == pytest.approx(1 / other.high, rel=0.02)


def test_the_same_rounds_give_the_same_interval() -> None:
    """The resampling is random, but not from report to report."""
    values = _rates(random.Random(4), 9_000)
    assert interval(values) == interval(values)


def test_one_value_is_nothing_but_itself() -> None:
    """Its interval leaves everything open, and so does that of a ratio."""
    found = interval([3.0])
    assert (found.median, found.low, found.high) == (3.0, -math.inf, math.inf)
    found = ratio([3.0], [2.0])
    assert found.median == pytest.approx(1.5)
    assert (found.low, found.high) == (0, math.inf)
    assert not found.has_ends()
    assert not found.differs()
