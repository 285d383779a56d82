"""The recorded observations: one data file, written by the tool and never by hand."""

import asyncio
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.contract.cells import CELLS
from tests.differences.entries import ENTRIES
from tests.differences.ledger import Difference, LedgerError, Observation
from tests.differences.stock import StockCells

FILE = Path(__file__).parent / "observed.json"
PACKAGES = [
    "quart",
    "quart-schema",
    "werkzeug",
    "itsdangerous",
    "fastapi",
    "opentelemetry-api",
    "starlette",
    "anyio",
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


class NotRecorded(LedgerError):
    """An entry has no observations, or they could not be made."""


def installed() -> dict[str, str]:
    """The versions that are installed."""
    return {name: version(name) for name in PACKAGES}


def recorded_versions() -> dict[str, str]:
    """The versions that were observed."""
    versions: dict[str, str] = _read()["versions"]
    return versions


def recorded_entries() -> list[str]:
    """The entries that were observed, in order."""
    return list(_read()["observations"])


def recorded(entry: Difference) -> ByCell:
    """What was observed of an entry. Raises NotRecorded."""
    by: ByCell | None = _read()["observations"].get(entry.id)
    if by is None:
        raise NotRecorded(f"{entry.id} is new: `make differences` observes it.")
    return {cell: by[cell if cell in by else _framework(cell)] for cell in CELLS}


def record(progress: Callable[[str], object]) -> None:
    """Observe all entries on all cells, and write the file. Raises NotRecorded."""
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
    _read.cache_clear()


async def _observe(cells: StockCells) -> ByCell:
    observed: ByCell = {}
    for entry in ENTRIES:
        try:
            observed[entry.id] = await entry.probe(cells)
        except Exception as error:
            raise NotRecorded(
                f"{entry.id} cannot be observed on {cells.name}: {error!r}. Nothing was"
                " written; its probe is in tests/differences/chapters/."
            ) from error
    return observed


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


@cache
def _read() -> Any:
    return json.loads(FILE.read_text("utf-8"))
