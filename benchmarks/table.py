"""The report in the terminal."""

from collections.abc import Iterable
from itertools import groupby

from rich.console import Console
from rich.table import Table

from benchmarks import growth, verdicts
from benchmarks.analysis import Analysis, Row

_COLOURS = {
    "better": "green",
    "worse": "red",
    "equal": "",
    "few": "dim",
    "void": "yellow",
}
_WORDS = {
    "better": "better",
    "worse": "worse",
    "equal": "not told apart",
    "few": "too few rounds",
    "void": "void",
}


def show(analysis: Analysis, console: Console) -> None:
    """Print all that a run says."""
    for title, rows in groupby(analysis.rows(), _title):
        console.print(f"[bold]{title}")
        console.print(_ratios(rows))
    for figure in growth.of(analysis):
        for line in figure.lines:
            if line.exponent:
                told = f"{figure.y} grow as {figure.x}^{verdicts.shown(line.exponent)}"
                console.print(f"{verdicts.named(line.subject)}: {told}")
    for app, found in analysis.results.footprint.items():
        told = ", ".join(f"{value:g} {name}" for name, value in found.items())
        console.print(f"{verdicts.named(app)}: {told}")
    for each in skipped(analysis):
        console.print(f"[yellow]{each}")
    believed = [*verdicts.ceilings(analysis), *verdicts.second_opinions(analysis)]
    for each in [*believed, *verdicts.voids(analysis)]:
        console.print(each)
    for each in verdicts.headlines(analysis):
        console.print(f"[bold]{each}")


def _title(row: Row) -> str:
    return f"{row.title}: {row.unit}, {verdicts.better(row.figure)}"


def _ratios(rows: Iterable[Row]) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(min_width=40)
    table.add_column(min_width=20)
    for row in rows:
        table.add_row(
            f"  {verdicts.named(row.first)} / {verdicts.named(row.second)}",
            verdicts.shown(row.ratio) if row.ratio else "",
            word(row),
            style=_COLOURS[row.verdict],
        )
    return table


def word(row: Row) -> str:
    """A row's verdict in a table."""
    return _WORDS[row.verdict] + (", lower bound" if row.bound else "")


def skipped(analysis: Analysis) -> list[str]:
    """What was left out, and why."""
    found: dict[str, None] = {}
    for case in analysis.results.comparisons.values():
        for name, why in case.skipped.items():
            found[f"{verdicts.named(name.partition('#')[0])} was left out: {why}."] = (
                None
            )
    return list(found)
