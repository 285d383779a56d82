"""What the rounds came to: a line for a batch, a table, and a report for programs."""

import json
from collections.abc import Sequence
from statistics import median

from rich.console import Console
from rich.table import Table

from tests.chaos.outcome import REPORTS, Outcome

_SHOWN = 20
"""Sentences of a round in the report; all of them are kept with its evidence."""

_COUNTS = ("acknowledged", "lost", "doubled", "reordered", "amiss")


def write(outcomes: Sequence[Outcome]) -> None:
    """Write `reports/chaos/report.json`: every round."""
    REPORTS.mkdir(parents=True, exist_ok=True)
    told = [
        {
            "cell": each.cell,
            "fault": each.fault,
            "seed": each.seed,
            **_counted([each]),
            "recovery_seconds": round(each.recovery, 3),
            "found": [*each.amiss, *each.findings.all][:_SHOWN],
        }
        for each in outcomes
    ]
    text = json.dumps(told, ensure_ascii=False, indent=2)
    (REPORTS / "report.json").write_text(f"{text}\n", "utf-8")


def show(console: Console, outcomes: Sequence[Outcome]) -> None:
    """Print a row for each cell, by fault; narrow enough for any terminal."""
    table = Table(box=None, padding=(0, 1, 0, 0), title_justify="left")
    table.add_column("", no_wrap=True)
    for heading in ("rounds", *_COUNTS, "recovery s"):
        table.add_column(heading, justify="right", no_wrap=True)
    by_fault: dict[str, dict[str, list[Outcome]]] = {}
    for each in outcomes:
        by_fault.setdefault(each.fault, {}).setdefault(each.cell, []).append(each)
    for fault, by_cell in by_fault.items():
        table.add_row(fault, style="bold")
        for cell, batch in by_cell.items():
            recovery = [each.recovery for each in batch]
            table.add_row(
                f" {cell}",
                str(len(batch)),
                *(f"{count:,}" for count in _counted(batch).values()),
                f"{median(recovery):.1f} ({max(recovery):.1f})",
                style=None if all(each.good for each in batch) else "red",
            )
    console.print(table)


def line(batch: Sequence[Outcome]) -> str:
    """What came of the rounds of one fault on one cell."""
    counts = ", ".join(f"{count:,} {name}" for name, count in _counted(batch).items())
    return f"{batch[0].cell} {batch[0].fault}, {len(batch)} rounds: {counts}"


def sum_up(outcomes: Sequence[Outcome]) -> int:
    """Print what failed, how to run it again, and the sum; the exit code."""
    failed = [each for each in outcomes if not each.good]
    for each in failed:
        found = [*each.amiss, *each.findings.all]
        first = found[0].partition("\n")[0]
        print(f"\n{each.cell} {each.fault}: {len(found)} found, such as: {first}")
        print(f"  all there is of it: {each.evidence}")
        print(f"  once more: {each.again}")
    counts = ", ".join(
        f"{count:,} {name}" for name, count in _counted(outcomes).items()
    )
    print(f"{len(outcomes)} rounds, {len(failed)} failed: {counts}")
    return 1 if failed else 0


def _counted(outcomes: Sequence[Outcome]) -> dict[str, int]:
    counts = [
        (
            each.acknowledged,
            len(each.findings.lost),
            len(each.findings.doubled),
            len(each.findings.reordered),
            len(each.amiss),
        )
        for each in outcomes
    ]
    return dict(zip(_COUNTS, map(sum, zip(*counts, strict=True)), strict=True))
