"""The token bucket."""

import pytest

from shared.chat.limits import TokenBucket


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """The seconds."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of a test's buckets."""
    return Clock()


def taken(bucket: TokenBucket) -> int:
    """How many tokens it gives now."""
    count = 0
    while not bucket.take():
        count += 1
    return count


def test_a_burst_comes_at_once(clock: Clock) -> None:
    """As many as `burst`, and no more while no time passes."""
    bucket = TokenBucket(20, 40, clock)
    assert taken(bucket) == 40
    assert taken(bucket) == 0


def test_tokens_come_back_with_time(clock: Clock) -> None:
    """`per_second` of them each second."""
    bucket = TokenBucket(20, 40, clock)
    taken(bucket)
    clock.now += 0.5
    assert taken(bucket) == 10
    clock.now += 1.5
    assert taken(bucket) == 30


def test_the_bucket_does_not_overflow(clock: Clock) -> None:
    """A long silence gives no more than one burst."""
    bucket = TokenBucket(20, 40, clock)
    taken(bucket)
    clock.now += 3_600
    assert taken(bucket) == 40


def test_a_refusal_says_how_long_to_wait(clock: Clock) -> None:
    """Who waits that long gets a token; refusals cost nothing."""
    bucket = TokenBucket(4, 1, clock)
    assert bucket.take() == 0
    assert bucket.take() == bucket.take() == pytest.approx(0.25)
    clock.now += 0.125
    assert bucket.take() == pytest.approx(0.125)
    clock.now += 0.125
    assert bucket.take() == 0


def test_less_than_one_a_second(clock: Clock) -> None:
    """A rate may be a fraction."""
    bucket = TokenBucket(0.1, 1, clock)
    assert bucket.take() == 0
    assert bucket.take() == pytest.approx(10)
    clock.now += 10
    assert bucket.take() == 0


def test_its_own_clock_does_not_jump() -> None:
    """Unless told otherwise, it counts in the time that cannot be set."""
    bucket = TokenBucket(1, 2)
    assert taken(bucket) == 2
    assert 0 < bucket.take() <= 1
