"""How cost grows: points with their intervals, and the exponent of a power law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.analysis import Analysis
from benchmarks.results import Comparison
from benchmarks.statistics import Interval, interval
from benchmarks.subjects import NULL

Rounds = Mapping[float, Sequence[float]]
"""For each x the figure of every round."""


@dataclass(frozen=True)
class Line:
    """One subject's growth; `exponent` is of y ~ x^exponent, fitted round by round."""

    subject: str
    points: dict[float, Interval]
    exponent: Interval | None


@dataclass(frozen=True)
class Growth:
    """One plot."""

    title: str
    x: str
    y: str
    lines: list[Line]


def line(subject: str, rounds: Rounds) -> Line:
    """The points and the fit of a subject."""
    points = {x: interval(values) for x, values in rounds.items() if values}
    return Line(subject, points, exponent(rounds))


def exponent(rounds: Rounds) -> Interval | None:
    """The slope of log y by log x; None of fewer than three points."""
    places = [x for x, values in rounds.items() if values and x > 0]
    many = min((len(rounds[x]) for x in places), default=0)
    if len(places) < 3 or not many:
        return None
    logs = np.log(places)
    slopes = []
    for number in range(many):
        heights = [rounds[x][number] for x in places]
        if min(heights) > 0:
            slopes.append(float(stats.linregress(logs, np.log(heights)).slope))
    return interval(slopes) if slopes else None


def of(analysis: Analysis) -> list[Growth]:
    """Every plot that the run has the rounds of, without what is void."""
    cases = {
        slug: _sound(analysis, case)
        for slug, case in analysis.results.comparisons.items()
    }
    found = [
        _by_receivers(cases),
        _by_load(cases),
        _by_connections(cases),
        _by_workers(cases),
    ]
    return [each for each in found if any(len(each.points) > 1 for each in each.lines)]


def _sound(analysis: Analysis, case: Comparison) -> Comparison:
    figure = next(iter(case.figures))
    subjects = [
        name
        for name in case.subjects
        if not analysis.figure(case, name, figure).void
        and "#" not in name
        and name != NULL
    ]
    return case.model_copy(update={"subjects": subjects})


def _lines(rounds: Mapping[str, Rounds]) -> list[Line]:
    return [line(name, found) for name, found in rounds.items()]


def _by_receivers(cases: Mapping[str, Comparison]) -> Growth:
    rounds: dict[str, dict[float, list[float]]] = {}
    for receivers in (10, 100, 200, 1_000):
        case = cases.get(f"fan-out-{receivers}")
        for name in case.subjects if case else ():
            if case:
                found = rounds.setdefault(name, {})
                found[receivers] = case.values(name, "rate")
    return Growth(
        "Deliveries against receivers", "receivers", "deliveries/s", _lines(rounds)
    )


def _by_load(cases: Mapping[str, Comparison]) -> Growth:
    rounds: dict[str, dict[float, list[float]]] = {}
    for share in (30, 60, 90):
        case = cases.get(f"latency-{share}")
        for name in case.subjects if case else ():
            if case:
                offered = [m.outcome["rate"] for m in case.measurements(name)]
                values = case.values(name, "p99_ms")
                if offered and values:
                    rate = float(np.median(offered))
                    rounds.setdefault(name, {})[rate] = values
    return Growth(
        "Latency against offered load", "requests/s", "ms at p99", _lines(rounds)
    )


def _by_connections(cases: Mapping[str, Comparison]) -> Growth:
    rounds: dict[str, dict[float, list[float]]] = {}
    case = cases.get("life")
    for name in case.subjects if case else ():
        found = rounds.setdefault(name, {})
        for measured in case.measurements(name) if case else ():
            for connections, kib in measured.series.get("KiB", {}).items():
                found.setdefault(connections, []).append(kib / 1_024)
    return Growth(
        "Memory against idle connections", "connections", "MiB more", _lines(rounds)
    )


def _by_workers(cases: Mapping[str, Comparison]) -> Growth:
    rounds: dict[str, dict[float, list[float]]] = {}
    case = cases.get("workers")
    for name in case.subjects if case else ():
        app, _, workers = name.partition("*")
        values = case.values(name, "rate") if case else []
        rounds.setdefault(app, {})[int(workers or 1)] = values
    return Growth("Workers against throughput", "workers", "requests/s", _lines(rounds))
