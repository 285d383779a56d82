"""What the report of the kept run of the benchmarks says of a claim about speed."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from benchmarks import analysis, verdicts
from benchmarks.analysis import Analysis
from benchmarks.publishing import NAMES, kept
from benchmarks.table import word

RUN = f"benchmarks/results/{NAMES['full']}"
"""The file of that run, from the root."""


class Row(BaseModel):
    """How many times the rate of `second` that of `first` is, in one case.

    Of `second` in a case of its own the rounds are no pairs. The claim holds where the
    ratio is `at_least` so much; without it the row is shown and decides nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: str
    first: str
    second: str
    second_case: str = ""
    at_least: float | None = None

    def found(self, run: Analysis) -> analysis.Row | None:
        """The row of a report; None where one of the two was not measured."""
        cases = run.results.comparisons
        case, apart = cases.get(self.case), cases.get(self.second_case or self.case)
        if case is None or apart is None:
            return None
        if self.first not in case.subjects or self.second not in apart.subjects:
            return None
        other = apart if self.second_case else None
        return run.row(case, "rate", self.first, self.second, other)

    def told(self, run: Analysis | None) -> str | None:
        """What the report says; None where it says nothing of the two."""
        found = self.found(run) if run else None
        if found is None:
            return None
        if found.ratio is None:
            return f"void, for {'; '.join(found.void)}"
        return f"{verdicts.shown(found.ratio)}, {word(found)}"


def kept_run() -> Analysis | None:
    """The full run that is kept, if any. Raises UseError."""
    results = kept("full")
    return Analysis(results) if results else None


def verdict(rows: Sequence[Row], run: Analysis | None) -> str | None:
    """Whether the claim holds by all rows that decide, if the run tells of all."""
    if run is None:
        return None
    found = {_holds(row, run) for row in rows if row.at_least}
    if "unknown" in found:
        return None
    if found == {"yes"}:
        return "true"
    return "false" if found == {"no"} else "depends"


def _holds(row: Row, run: Analysis) -> str:
    found = row.found(run)
    if found is None or found.ratio is None or found.verdict == "few":
        return "unknown"
    reached = found.ratio.reaches(row.at_least or 0)
    # Of whom only a lower bound was seen may be faster than it seemed.
    if reached is None or (row.second if reached else row.first) in found.bound:
        return "cannot be told"
    return "yes" if reached else "no"
