"""What came of a round, and where all there is of one that failed is kept."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.oracle import Findings, Message
from tests.contract.cells import ROOT

REPORTS = ROOT / "reports" / "chaos"


@dataclass(frozen=True)
class Outcome:
    """What came of a round; `recovery` is the longest silence of a healthy member."""

    cell: str
    fault: str
    seed: int
    messages: int
    acknowledged: int
    findings: Findings
    amiss: list[str]
    recovery: float
    evidence: Path | None = None

    @property
    def again(self) -> str:
        """The command that runs this round once more."""
        return (
            f"python -m tests.chaos --cell {self.cell} --fault {self.fault}"
            f" --rounds 1 --messages {self.messages} --seed {self.seed}"
        )

    @property
    def good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings.all and not self.amiss


def keep(
    outcome: Outcome, stage: Path, told: Mapping[str, Sequence[str | Message]]
) -> Path:
    """Write down what there is of a round, and what a stage printed; where it is."""
    folder = REPORTS / f"{outcome.cell}-{outcome.fault}-{outcome.seed}"
    folder.mkdir(parents=True, exist_ok=True)
    found = "".join(f"{each}\n" for each in [*outcome.amiss, *outcome.findings.all])
    (folder / "found.txt").write_text(found, "utf-8")
    for name, events in told.items():
        (folder / f"{name}.txt").write_text(_told(events), "utf-8")
    for printed in stage.rglob("*.txt"):
        name = "-".join(printed.relative_to(stage).parts)
        shutil.copy(printed, folder / f"printed-{name}")
    return folder.relative_to(ROOT)


def _told(events: Sequence[str | Message]) -> str:
    told = (
        each if isinstance(each, str) else json.dumps(each._asdict()) for each in events
    )
    return "".join(f"{each}\n" for each in told)
