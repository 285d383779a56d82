"""The recorded observations: one data file, written by the tool and never by hand."""

import asyncio
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.contract.cells import CELLS
from tests.differences.entries import ENTRIES
from tests.differences.ledger import Observation
from tests.differences.stock import StockCells

FILE = Path(__file__).parent / "observed.json"
PACKAGES = [
    "quart",
    "quart-schema",
    "werkzeug",
    "itsdangerous",
    "fastapi",
    "starlette",
    "pydantic",
    "python-multipart",
    "uvicorn",
    "websockets",
    "httptools",
    "uvloop",
    "hypercorn",
    "h11",
    "h2",
    "wsproto",
    "granian",
]
"""What can change an observation."""

ByCell = dict[str, Observation]


def installed() -> dict[str, str]:
    """The versions that are installed."""
    return {name: version(name) for name in PACKAGES}


def recorded_versions() -> dict[str, str]:
    """The versions that were observed."""
    versions: dict[str, str] = _read()["versions"]
    return versions


def recorded() -> dict[str, ByCell]:
    """What was observed: by entry, then by cell."""
    observations: dict[str, dict[str, Any]] = _read()["observations"]
    return {
        entry: {cell: by[cell if cell in by else _framework(cell)] for cell in CELLS}
        for entry, by in observations.items()
    }


def record(progress: Callable[[str], object]) -> None:
    """Observe all entries on all cells, and write the data file."""
    found: dict[str, ByCell] = {entry.id: {} for entry in ENTRIES}
    for number, name in enumerate(CELLS, 1):
        progress(f"{number} of {len(CELLS)}: {name}")
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            cells = StockCells(name, Path(folder), stack)
            for entry, observation in asyncio.run(_observe(cells)).items():
                found[entry][name] = observation
    data = {
        "versions": installed(),
        "observations": {entry: _folded(by) for entry, by in found.items()},
    }
    text = json.dumps(data, ensure_ascii=False, indent=1)
    FILE.write_text(f"{text}\n", "utf-8")


async def _observe(cells: StockCells) -> ByCell:
    return {entry.id: await entry.probe(cells) for entry in ENTRIES}


def _folded(by_cell: ByCell) -> ByCell:
    """One observation for a framework instead of three that are equal."""
    folded: ByCell = {}
    for framework in ("quart", "fastapi"):
        own = {c: found for c, found in by_cell.items() if _framework(c) == framework}
        first, *others = own.values()
        same = all(other == first for other in others)
        folded |= {framework: first} if same else own
    return folded


def _framework(cell: str) -> str:
    return cell.partition("@")[0]


def _read() -> Any:
    return json.loads(FILE.read_text("utf-8"))
