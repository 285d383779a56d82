"""The kill table, for people and for programs."""

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tests.contract.cells import CELLS, ROOT
from tests.teeth.bite import Outcome, is_good
from tests.teeth.variants import Variant
from tests.teeth.verdict import Verdict

REPORTS = ROOT / "reports"

_FRAMEWORKS = tuple(dict.fromkeys(cell.partition("@")[0] for cell in CELLS))


def write(variants: Sequence[Variant], outcomes: Sequence[Outcome]) -> None:
    """Write `reports/teeth.json`."""
    REPORTS.mkdir(exist_ok=True)
    control = [_told(each) for each in outcomes if each.bite.patch is None]
    told = [
        {
            "name": variant.name,
            "clause": variant.clause,
            "why": " ".join(variant.why.split()),
            "cells": [_told(each) for each in _of(variant, outcomes)],
        }
        for variant in variants
    ]
    report = {"unbroken": control, "variants": told}
    text = json.dumps(report, ensure_ascii=False, indent=2)
    (REPORTS / "teeth.json").write_text(f"{text}\n", "utf-8")


def keep_output(outcome: Outcome) -> Path:
    """Keep what the suite printed, for a reader who wants to know why; where it is."""
    folder = REPORTS / "teeth"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{outcome.bite.name}-{outcome.bite.cell}.txt"
    path.write_text(outcome.output, "utf-8")
    return path.relative_to(ROOT)


def show(
    console: Console, variants: Sequence[Variant], outcomes: Sequence[Outcome]
) -> None:
    """Print the kill table: on which servers of each framework a variant was caught."""
    table = Table(title="Broken variants, and what the suite made of them")
    for heading in ("variant", "clause", *_FRAMEWORKS):
        table.add_column(heading, overflow="fold")
    for variant in variants:
        found = _of(variant, outcomes)
        verdicts = (_verdicts(framework, found) for framework in _FRAMEWORKS)
        table.add_row(variant.name, variant.clause, *verdicts)
    console.print(table)


def is_caught(variant: Variant, outcomes: Sequence[Outcome]) -> bool:
    """Whether it was caught on each of its cells."""
    found = _of(variant, outcomes)
    return len(found) == len(variant.cells) and all(map(is_good, found))


def _of(variant: Variant, outcomes: Sequence[Outcome]) -> list[Outcome]:
    found = [each for each in outcomes if each.bite.name == variant.name]
    return sorted(found, key=lambda each: CELLS.index(each.bite.cell))


def _verdicts(framework: str, outcomes: Sequence[Outcome]) -> Text:
    text = Text()
    for outcome in outcomes:
        of, _, server = outcome.bite.cell.partition("@")
        if of != framework:
            continue
        text.append("\n" if text else "")
        if outcome.judgement.verdict is Verdict.CAUGHT:
            text.append(f"caught {server}", "green")
        else:
            text.append(f"{outcome.judgement.verdict} {server}", "bold red")
    return text


def _told(outcome: Outcome) -> dict[str, object]:
    return {
        "cell": outcome.bite.cell,
        "verdict": outcome.judgement.verdict,
        "test": outcome.judgement.test,
        "reason": outcome.judgement.reason,
        "seconds": round(outcome.seconds, 1),
    }
