"""What makes a run void, one reason at a time."""

import random
from dataclasses import replace
from typing import Any

import pytest

from benchmarks import validity
from benchmarks.load.jobs import Outcome

GOOD = Outcome(
    seconds=1,
    count=8_000,
    rate=8_000,
    exchanges=8_000,
    in_flight=32,
    mean_ms=4,
    busy=0.5,
)


def _outcome(**changed: Any) -> Outcome:
    return replace(GOOD, **changed)


def test_a_good_run_is_not_void() -> None:
    """32 in flight are 8,000 a second of 4 ms each."""
    assert validity.faults(_outcome()) == []
    assert validity.disturbances(_outcome(), open_loop=False) == []
    assert validity.disturbances(_outcome(), open_loop=True) == []


@pytest.mark.parametrize(
    ("mean_ms", "void"), [(4.19, False), (4.21, True), (3.7, True)]
)
def test_littles_law_is_held_to(mean_ms: float, *, void: bool) -> None:
    """More than 5 % off, either way, and latencies or counts are not to be trusted."""
    found = validity.disturbances(_outcome(mean_ms=mean_ms), open_loop=False)
    assert bool(found) == void
    assert all(each.startswith("Little's law is off by ") for each in found)


def test_a_generator_that_is_late_disturbs() -> None:
    """In the open loop, which has times to keep."""
    late = _outcome(late_ms=1.5)
    assert "1.5 ms late" in validity.disturbances(late, open_loop=True)[0]
    assert validity.disturbances(late, open_loop=False) == []


def test_a_busy_generator_is_saturated() -> None:
    """Whatever its ceiling."""
    assert "(97% busy)" in str(validity.saturated(0.97, 1, 1_000_000, 3))
    assert validity.saturated(0.9, 1, None, 3) is None


def test_errors_and_wrong_responses_are_told() -> None:
    """With their number and a reason in words."""
    found = validity.faults(_outcome(errors=2, wrong=3, reasons=["a wrong body"]))
    assert found == [
        "2 errors came (a wrong body)",
        "3 responses were wrong (a wrong body)",
    ]


def test_a_rate_near_the_ceiling_is_the_generators() -> None:
    """So many times as much must be possible."""
    assert validity.saturated(0.3, 10_000, 30_000, 3) is None
    assert "2.9 times this rate" in str(validity.saturated(0.3, 10_000, 29_000, 3))
    assert validity.saturated(0.3, 200_000, 260_000, 1.3) is None
    assert validity.saturated(0.3, 200_000, 259_000, 1.3)


def test_twins_that_differ_make_a_session_void() -> None:
    """The same app measured twice; noise alone does not, nor do too few rounds."""
    chance = random.Random(1)
    first = [9_000 * chance.lognormvariate(0, 0.02) for _ in range(10)]
    twin = [9_000 * chance.lognormvariate(0, 0.02) for _ in range(10)]
    slower = [each * 0.9 for each in twin]
    assert validity.twins_differ(first, twin, 16) is None
    assert "measured twice differs" in str(validity.twins_differ(first, slower, 16))
    assert validity.twins_differ(first[:9], slower[:9], 16) is None
