"""From raw rounds to rows: ratios, ranks, and what is void."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from benchmarks import validity
from benchmarks.case import HIGHER_IS_BETTER
from benchmarks.results import Comparison, Measurement, Results
from benchmarks.statistics import (
    MIN_ROUNDS,
    Interval,
    interval,
    ratio,
    ratio_of_medians,
)
from benchmarks.subjects import NULL, subject

Verdict = Literal["better", "worse", "equal", "few", "void"]


@dataclass(frozen=True)
class Row:
    """Two subjects compared by one figure; `first` over `second`."""

    case: str
    title: str
    figure: str
    unit: str
    first: str
    second: str
    ratio: Interval | None
    verdict: Verdict
    void: list[str] = field(default_factory=list)
    bound: list[str] = field(default_factory=list)
    """Those of whom only a lower bound was seen."""


@dataclass(frozen=True)
class Figure:
    """One subject's figure over all rounds."""

    subject: str
    unit: str
    value: Interval | None
    void: list[str]
    bound: bool


class Analysis:
    """What a run, whole or not, says."""

    def __init__(self, results: Results) -> None:
        self.results = results
        self._twins = sum(
            len(each.figures)
            for each in results.comparisons.values()
            if each.twin and each.rounds
        )
        self.ceilings = self._ceilings()

    def _ceilings(self) -> dict[str, float]:
        """The most that the null server got of the generator, by unit."""
        found: dict[str, float] = {}
        for each in self.results.comparisons.values():
            unit = each.figures.get("rate", "")
            if values := each.values(NULL, "rate"):
                found[unit] = max(found.get(unit, 0.0), float(np.median(values)))
        return found

    def headroom(self) -> dict[str, float]:
        """How many times the fastest app's rate each ceiling is."""
        fastest: dict[str, float] = {}
        for each in self.results.comparisons.values():
            unit = each.figures.get("rate", "")
            for name in each.subjects:
                values = each.values(name, "rate")
                if values and subject(name).app:
                    rate = float(np.median(values))
                    fastest[unit] = max(fastest.get(unit, 0.0), rate)
        return {
            unit: ceiling / fastest[unit]
            for unit, ceiling in self.ceilings.items()
            if unit in fastest
        }

    def rows(self) -> list[Row]:
        """Each pair by each figure, in the order of the plan."""
        return [
            row for each in self.results.comparisons.values() for row in self._of(each)
        ]

    def _of(self, case: Comparison) -> Iterator[Row]:
        for figure in case.figures:
            for first, second in _pairs(case):
                yield self.row(case, figure, first, second)

    def row(
        self,
        case: Comparison,
        figure: str,
        first: str,
        second: str,
        apart: Comparison | None = None,
    ) -> Row:
        """Two subjects of a case; or `second` of another, `apart`, in other rounds."""
        cases = [case, apart or case]
        subjects = list(zip(cases, (first, second), strict=True))
        both = [self.figure(each, name, figure) for each, name in subjects]
        void = [f"{each.subject}: {why}" for each in both for why in each.void]
        differ = [self.twins(each, figure) for each in cases]
        void += dict.fromkeys(filter(None, differ))
        bound = [each.subject for each in both if each.bound]
        ours, theirs = (each.values(name, figure) for each, name in subjects)
        whole = bool(ours) and len(ours) == len(theirs) and min(ours + theirs) > 0
        compared = ratio_of_medians if apart else ratio
        found = compared(ours, theirs) if whole and not void else None
        if found is None:
            verdict: Verdict = "void"
            void = void or ["not every round of it was whole"]
        else:
            verdict = _verdict(found, len(ours), figure)
        return Row(
            case.slug,
            case.title,
            figure,
            case.figures[figure],
            first,
            second,
            found,
            verdict,
            void,
            bound,
        )

    def figure(self, case: Comparison, name: str, figure: str) -> Figure:
        """What was measured of a subject, and whether it counts."""
        values, unit = case.values(name, figure), case.figures[figure]
        void = _void(case.measurements(name))
        near = self._saturated(case, name) if figure == "rate" and values else None
        bound = near is not None and not subject(name).app
        if near and not bound:
            void.append(near)
        value = interval(values) if values else None
        return Figure(name, unit, value, void, bound)

    def _saturated(self, case: Comparison, name: str) -> str | None:
        """Why a rate may be the load generator's own; that is what null is for."""
        if name == NULL:
            return None
        unit, app = case.figures["rate"], subject(name).app
        headroom = validity.HEADROOM.get(unit, 0) if app else validity.BOUND
        outcomes = [each.outcome for each in case.measurements(name)]
        busy = float(np.median([each.get("busy", 0) for each in outcomes]))
        rate = float(np.median(case.values(name, "rate")))
        return validity.saturated(busy, rate, self.ceilings.get(unit), headroom)

    def twins(self, case: Comparison, figure: str) -> str | None:
        """Why the case is void, if its A/A comparison differs."""
        if case.twin is None:
            return None
        first = case.values(case.twin, figure)
        twin = case.values(f"{case.twin}#2", figure)
        if not first or len(first) != len(twin):
            return None
        return validity.twins_differ(first, twin, self._twins)


def _void(measured: Sequence[Measurement]) -> list[str]:
    reasons = [each.void[0] for each in measured if each.void]
    if not reasons:
        return []
    return [f"{len(reasons)} of {len(measured)} runs are void, for {reasons[0]}"]


def _pairs(case: Comparison) -> list[tuple[str, str]]:
    based = [
        (name, case.base)
        for name in case.subjects
        if name not in {case.base, NULL} and "#" not in name
    ]
    known = {frozenset(pair) for pair in case.pairs}
    pairs = [*case.pairs, *(pair for pair in based if frozenset(pair) not in known)]
    return [pair for pair in pairs if {*pair} <= {*case.subjects}]


def _verdict(found: Interval, rounds: int, figure: str) -> Verdict:
    if rounds < MIN_ROUNDS:
        return "few"
    if not found.differs():
        return "equal"
    higher = found.median > 1
    return "better" if higher == (figure in HIGHER_IS_BETTER) else "worse"
