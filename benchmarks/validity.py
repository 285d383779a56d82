"""When a run proves nothing, and why."""

from collections.abc import Sequence

from benchmarks import statistics
from benchmarks.load.jobs import Outcome
from benchmarks.statistics import MIN_ROUNDS

LITTLE = 0.05
"""How far Little's law may be off."""

BUSY = 0.95
"""The share of its core from which the generator counts as saturated."""

LATE_MS = 1.0
"""How late a request of the open loop may be sent, at the 99th percentile."""

HEADROOM = {"requests/s": 3.0, "deliveries/s": 1.3}
"""How many times an app's rate the generator's ceiling must be at the least."""

BOUND = 1.3
"""The same of all others: below it the generator may be what was measured."""


def faults(outcome: Outcome) -> list[str]:
    """What a server did wrong; measuring again would not excuse it."""
    told = f" ({'; '.join(outcome.reasons)})" if outcome.reasons else ""
    reasons = []
    if outcome.errors:
        reasons.append(f"{outcome.errors} errors came{told}")
    if outcome.wrong:
        reasons.append(f"{outcome.wrong} responses were wrong{told}")
    return reasons


def disturbances(outcome: Outcome, *, open_loop: bool) -> list[str]:
    """What went wrong in the measuring itself."""
    reasons = []
    off = little(outcome)
    if off > LITTLE:
        reasons.append(f"Little's law is off by {off:.0%}")
    if open_loop and outcome.late_ms > LATE_MS:
        reasons.append(f"the load generator sent {outcome.late_ms:.1f} ms late")
    return reasons


def little(outcome: Outcome) -> float:
    """How far what is in flight is from rate times latency, as a share."""
    if not outcome.in_flight:
        return 0.0
    expected = outcome.exchanges * outcome.mean_ms / 1_000
    return abs(expected / outcome.in_flight - 1)


def saturated(
    busy: float, rate: float, ceiling: float | None, headroom: float
) -> str | None:
    """Why a rate may be the generator's own, if it may: `busy` is its usual load."""
    if busy > BUSY:
        return f"the load generator was saturated ({busy:.0%} busy)"
    if ceiling is None or ceiling >= headroom * rate:
        return None
    return (
        f"the load generator's ceiling is {ceiling / rate:.1f} times this rate,"
        f" less than {headroom:g}"
    )


def twins_differ(
    first: Sequence[float], twin: Sequence[float], comparisons: int
) -> str | None:
    """Why nothing of a case is to be trusted, if its A/A comparison differs."""
    if len(first) < MIN_ROUNDS or not statistics.twins_differ(first, twin, comparisons):
        return None
    found = statistics.ratio(first, twin)
    return f"the same app measured twice differs ({found.low:.3f} to {found.high:.3f})"
