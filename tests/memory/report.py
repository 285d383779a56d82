"""What was measured: for people, and for docs/operations.md."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from rich.table import Table

from tests.contract.cells import CELLS, ROOT
from tests.memory.serving import MIB
from tests.memory.stalled import Found

RECORDED = Path(__file__).with_name("recorded.json")
DOCUMENT = ROOT / "docs" / "operations.md"

FLOODS = ("messages", "nonsense", "pings")

_BOUND_BYTES = 64 * MIB
_BOUND_RATIO = 2.0
BOUNDS = f"{_BOUND_BYTES // MIB} MiB more memory, {_BOUND_RATIO:g} times the latency"

_UNBOUNDED = {"granian": "pings"}
"""granian queues answers to pings without bound, and nothing can tell it otherwise:
what ends it is the kernel, after `TANDEM_CHAT_STALL_SECONDS`."""


@dataclass
class Result:
    """Of one cell."""

    cell: str
    messages: int
    clients: int
    stalled: int
    grown_bytes: int = 0
    cut: int = 0
    came: int = 0
    ratio: float = 0.0
    ratio_of_all: float = 0.0
    client_busy: float = 0.0
    floods: dict[str, int] = field(default_factory=dict)
    rooms: int = 0
    replays_bytes: int = 0
    joined_bytes: int = 0
    posted_bytes: int = 0
    idle: int = 0
    idle_bytes: float = 0.0
    fault: str = ""

    def take(self, found: Found) -> None:
        """Take over what the room with stalled readers brought."""
        self.grown_bytes = found.grown_bytes
        self.cut, self.came = found.cut, found.came
        alone, among = found.alone, found.among
        self.ratio = round(median(among.blocks) / median(alone.blocks), 2)
        self.ratio_of_all = round(among.all.slow() / alone.all.slow(), 2)
        self.client_busy = round(found.client_busy, 2)


def mib(size: int) -> str:
    """As a growth."""
    return f"{size / MIB:+.1f} MiB"


def complaints(result: Result) -> list[str]:
    """Which bounds were passed, each in a sentence."""
    if result.fault:
        return [result.fault]
    unbounded = _UNBOUNDED.get(result.cell.partition("@")[2])
    grown = {
        "among stalled readers": result.grown_bytes,
        "with replays that nobody read": result.replays_bytes,
        "in rooms that were joined": result.joined_bytes,
        "in rooms that were posted to": result.posted_bytes,
        **{f"in a flood of {kind}": size for kind, size in result.floods.items()},
    }
    told = [
        f"memory grew by {size / MIB:.0f} MiB {where}; the bound is"
        f" {_BOUND_BYTES // MIB} MiB."
        for where, size in grown.items()
        if size > _BOUND_BYTES and where != f"in a flood of {unbounded}"
    ]
    if result.cut < result.came:
        told.append(
            f"{result.came - result.cut:,} of {result.came:,} stalled readers were not"
            " cut off."
        )
    if result.ratio > _BOUND_RATIO:
        told.append(
            f"messages took {result.ratio:g} times as long among the stalled; the bound"
            f" is {_BOUND_RATIO:g}."
        )
    return told


_HEADINGS = (
    "Cell",
    "Stalled readers",
    "Cut off",
    "Latency",
    *(f"Flood of {kind}" for kind in FLOODS),
    "Replays",
    "Rooms joined",
    "Rooms posted to",
    "An idle connection",
)


def _cells_of(result: Result) -> list[str]:
    return [
        result.cell,
        mib(result.grown_bytes),
        f"{result.cut:,} of {result.came:,}",
        f"{result.ratio:.2f} ({result.ratio_of_all:.2f})",
        *(mib(result.floods.get(kind, 0)) for kind in FLOODS),
        mib(result.replays_bytes),
        mib(result.joined_bytes),
        mib(result.posted_bytes),
        f"{result.idle_bytes / 1_024:.0f} KiB",
    ]


def table(results: Sequence[Result]) -> Table:
    """For the terminal: a column for each cell."""
    cells = [[*_cells_of(each), f"{each.client_busy:.0%}"] for each in results]
    shown = Table(title="What a serving process takes more of memory")
    shown.add_column("")
    for result, (name, *_) in zip(results, cells, strict=True):
        style = "red" if complaints(result) else ""
        shown.add_column(name.replace("@", "\n@"), justify="right", style=style)
    _, *headings = (*_HEADINGS, "Client busy")
    for row in zip(headings, *(figures for _, *figures in cells), strict=True):
        shown.add_row(*row)
    return shown


def record(results: Sequence[Result]) -> None:
    """Keep these cells' figures and renew the document."""
    kept = {each.cell: each for each in (*recorded(), *results)}
    ordered = [asdict(kept[cell]) for cell in CELLS if cell in kept]
    RECORDED.write_text(json.dumps(ordered, indent=2) + "\n", "utf-8")
    DOCUMENT.write_text(renewed(), "utf-8")


def recorded() -> list[Result]:
    """The figures that are kept."""
    return [Result(**each) for each in json.loads(RECORDED.read_text("utf-8"))]


def renewed() -> str:
    """The document with the table of what is recorded."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "| --- " * len(_HEADINGS) + "|"]
    lines += ["| " + " | ".join(_cells_of(each)) + " |" for each in recorded()]
    lines += ["", *_measured()]
    place = re.compile("(?<=<!-- memory -->\n).*?(?=<!-- /memory -->)", re.DOTALL)
    text, count = place.subn(
        lambda _: "\n".join(lines) + "\n", DOCUMENT.read_text("utf-8")
    )
    assert count == 1, f"{DOCUMENT} has no place for its table"
    return text


def _measured() -> list[str]:
    measured: dict[str, list[str]] = {}
    for each in recorded():
        sizes = (
            f"{each.clients:,} clients in the room, {each.stalled:,} of them stalled,"
            f" {each.messages:,} messages, {each.rooms:,} rooms,"
            f" {each.idle:,} idle connections"
        )
        measured.setdefault(sizes, []).append(each.cell)
    return [f"{', '.join(cells)}: {sizes}." for sizes, cells in measured.items()]
