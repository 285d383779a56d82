"""The proof of the method: like is not told from like, and a planted 10 % is found."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import workloads
from benchmarks.case import Case
from benchmarks.results import Comparison, Results
from benchmarks.statistics import differ

COMPARISONS = 40
MOST_FALSE = 2
LEAST_FOUND = 38
PLANTED = 0.10

_APPS = ("fastapi@uvicorn", "quart@uvicorn")


def alike() -> list[Case]:
    """The same app against itself, in two processes, each pair started anew."""
    return [_case(f"alike-{n}", _APPS[n % 2], f"{_APPS[n % 2]}#2") for n in _numbers()]


def planted() -> list[Case]:
    """An app against itself with a tenth more to do."""
    return [
        _case(f"planted-{n}", f"slower-{_APPS[n % 2]}", _APPS[n % 2])
        for n in _numbers()
    ]


def _numbers() -> range:
    return range(COMPARISONS)


def _case(slug: str, first: str, second: str) -> Case:
    return Case(
        slug,
        slug.replace("-", " "),
        workloads.weather,
        [first, second],
        second,
        [(first, second)],
        seconds=0.8,
    )


def burns(results: Results) -> dict[str, dict[str, str]]:
    """For each slow app a tenth of what it takes, from the A/A comparisons."""
    found = {}
    for app in _APPS:
        rates = [
            rate
            for case in results.comparisons.values()
            for name in case.subjects
            if name.partition("#")[0] == app
            for rate in case.values(name, "rate")
        ]
        seconds = PLANTED / float(np.median(rates))
        found[f"slower-{app}"] = {"BURN_SECONDS": f"{seconds:.9f}"}
    return found


@dataclass(frozen=True)
class Validation:
    """How the method did; a comparison that lacks a round counts against it."""

    alike: int
    false: int
    planted: int
    found: int

    @property
    def passed(self) -> bool:
        """Whether it may be believed."""
        whole = self.alike == self.planted == COMPARISONS
        return whole and self.false <= MOST_FALSE and self.found >= LEAST_FOUND

    def told(self) -> list[str]:
        """In sentences."""
        false = (
            f"Of {self.alike} comparisons of an app with itself {self.false} were told"
            f" apart; at most {MOST_FALSE} of {COMPARISONS} may be."
        )
        found = (
            f"Of {self.planted} planted slow-downs of {PLANTED:.0%} {self.found} were"
            f" found; at least {LEAST_FOUND} of {COMPARISONS} must be."
        )
        return [false, found, self._verdict()]

    def _verdict(self) -> str:
        if self.alike < COMPARISONS or self.planted < COMPARISONS:
            return "Not all comparisons are there yet, so nothing is proven."
        return "The method holds." if self.passed else "The method does NOT hold here."


def judge(results: Results) -> Validation:
    """From the rounds of a validation."""
    same, slower = (_of(results, prefix) for prefix in ("alike", "planted"))
    return Validation(
        alike=len(same),
        false=sum(map(_differ, same)),
        planted=len(slower),
        found=sum(map(_slower, slower)),
    )


def _of(results: Results, prefix: str) -> Sequence[Comparison]:
    return [
        case
        for slug, case in results.comparisons.items()
        if slug.startswith(prefix) and len(case.rounds) == results.settings.rounds
    ]


def _rates(case: Comparison) -> tuple[list[float], list[float]]:
    first, second = case.subjects
    return case.values(first, "rate"), case.values(second, "rate")


def _differ(case: Comparison) -> bool:
    first, second = _rates(case)
    return len(first) != len(second) or differ(first, second)


def _slower(case: Comparison) -> bool:
    slower, usual = _rates(case)
    if len(slower) != len(usual) or not differ(slower, usual):
        return False
    return bool(np.median(slower) < np.median(usual))
