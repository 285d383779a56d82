"""What changed between two runs: ratios are compared, never times."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table
from scipy import stats

from benchmarks import verdicts
from benchmarks.analysis import Analysis, Row
from benchmarks.case import HIGHER_IS_BETTER
from benchmarks.results import Results
from benchmarks.statistics import (
    ALARM,
    MIN_ROUNDS,
    Interval,
    beyond,
    ratio_of_medians,
)
from benchmarks.subjects import subject

_COLOURS = {"better": "green", "worse": "red", "unchanged": ""}


@dataclass(frozen=True)
class Change:
    """How one ratio of the second run is to that of the first."""

    row: Row
    change: Interval
    changed: bool

    @property
    def word(self) -> str:
        """What became of it."""
        if not self.changed:
            return "unchanged"
        higher = self.change.median > 1
        return "better" if higher == (self.row.figure in HIGHER_IS_BETTER) else "worse"


def changes(before: Results, after: Results) -> list[Change]:
    """Of all ratios of our apps that both runs have, and in neither void.

    All together they raise a false alarm in one comparison of 20, by the exact rank
    test of two samples (Mann and Whitney).
    """
    old = {_key(row): row for row in _usable(before)}
    rows = [row for row in _usable(after) if _key(row) in old]
    found = []
    for row in rows:
        old_ratios, new_ratios = _ratios(before, row), _ratios(after, row)
        p = stats.mannwhitneyu(old_ratios, new_ratios, method="auto").pvalue
        change = ratio_of_medians(new_ratios, old_ratios)
        changed = bool(p < ALARM / len(rows)) and beyond(change.median)
        found.append(Change(row, change, changed))
    return found


def _key(row: Row) -> tuple[str, str, str, str]:
    return row.case, row.figure, row.first, row.second


def _usable(results: Results) -> list[Row]:
    return [
        row
        for row in Analysis(results).rows()
        if row.verdict not in {"void", "few"} and subject(row.first).app
    ]


def _ratios(results: Results, row: Row) -> list[float]:
    case = results.comparisons[row.case]
    ours, theirs = (case.values(name, row.figure) for name in (row.first, row.second))
    return [first / second for first, second in zip(ours, theirs, strict=True)]


def table(found: Sequence[Change]) -> Table:
    """All changes, for the terminal."""
    shown = Table(box=None, show_header=False, pad_edge=False)
    for each in found:
        row = each.row
        shown.add_row(
            f"{row.title}, {row.unit}:"
            f" {verdicts.named(row.first)} / {verdicts.named(row.second)}",
            verdicts.shown(each.change),
            each.word,
            style=_COLOURS[each.word],
        )
    return shown


def machines(before: Results, after: Results) -> str | None:
    """A warning, if the runs are of two machines."""
    names = ("processor", "cores", "pinned")
    differ = [name for name in names if before.machine[name] != after.machine[name]]
    if not differ:
        return None
    return (
        f"The runs are of different machines ({', '.join(differ)} differ): a ratio may"
        " have changed for that alone."
    )


def summary(found: Sequence[Change]) -> str:
    """The whole in a sentence."""
    if not found:
        return (
            "The two runs have nothing in common to compare: each needs at least"
            f" {MIN_ROUNDS} rounds of the same cases, none of them void."
        )
    words = [each.word for each in found]
    return (
        f"Of {len(found)} ratios {words.count('worse')} became worse,"
        f" {words.count('better')} became better, and {words.count('unchanged')}"
        " cannot be told from what they were."
    )
