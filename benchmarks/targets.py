"""What the two apps are to reach, and whether a run shows it."""

from dataclasses import dataclass

from benchmarks import verdicts
from benchmarks.analysis import Analysis, Row
from benchmarks.statistics import Interval


@dataclass(frozen=True)
class Target:
    """A ratio of two subjects in a case, to be `least` or more."""

    case: str
    first: str
    second: str
    least: float

    def found(self, analysis: Analysis) -> Row | None:
        """Its row in a run; None where it was not measured."""
        return next(
            (
                row
                for row in analysis.rows()
                if (row.case, row.first, row.second)
                == (self.case, self.first, self.second)
                and row.figure == "rate"
            ),
            None,
        )


TARGETS = [
    Target("fan-out-200", "fastapi@uvicorn", "broadcast", 0.8),
    Target("fan-out-200", "quart@uvicorn", "broadcast", 0.6),
    Target("weather-uvicorn", "fastapi@uvicorn", "minimal-fastapi@uvicorn", 0.95),
    Target("weather-uvicorn", "quart@uvicorn", "minimal-quart@uvicorn", 0.95),
]


_CORE_MOST = 0.1
"""The most that may be of the CPU time in fan-out that the core itself takes."""


def rows(analysis: Analysis) -> list[tuple[str, str, str, str]]:
    """Each target: what it is of, what is to be reached, what was, and whether."""
    comparisons = analysis.results.comparisons
    found = []
    for target in TARGETS:
        if target.case in comparisons:
            first, second = map(verdicts.named, (target.first, target.second))
            title = f"{comparisons[target.case].title}: {first} / {second}"
            row = target.found(analysis)
            least = f"at least {target.least:g}"
            shown, word = "", "void"
            if row and row.ratio:
                shown = verdicts.shown(row.ratio)
                word = _word(row.ratio, target.least) + verdicts.bounds(row)
            found.append((title, least, shown, word))
    return found + _core(analysis)


def _core(analysis: Analysis) -> list[tuple[str, str, str, str]]:
    case = analysis.results.comparisons.get("shares")
    found = []
    for name in case.subjects if case else ():
        share = analysis.figure(case, name, "core").value if case else None
        if case and share:
            # A share that may be at most so much is 1 minus one of at least the rest.
            rest = Interval(1 - share.median, 1 - share.high, 1 - share.low)
            title = f"{case.title}: the core's part, {verdicts.named(name)}"
            word = _word(rest, 1 - _CORE_MOST)
            shown = verdicts.shown(share)
            found.append((title, f"at most {_CORE_MOST:g}", shown, word))
    return found


def _word(ratio: Interval, least: float) -> str:
    reached = ratio.reaches(least)
    word = "reached" if ratio.median >= least else "missed"
    return f"{word} in the median" if reached is None else word
