"""docs/differences.md, made from what was recorded."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from tests.contract.cells import CELLS
from tests.differences.entries import CHAPTERS
from tests.differences.ledger import ROOT, Difference, Observation, Value
from tests.differences.record import ByCell, recorded, recorded_versions

FILE = ROOT / "docs" / "differences.md"
_SERVERS = ("uvicorn", "hypercorn", "granian")

_INTRODUCTION = Path(__file__).parent / "introduction.md"


def document() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION.read_text("utf-8")
    yield "## Versions\n"
    yield ", ".join(f"{name} {number}" for name, number in recorded_versions().items())
    yield "\n## Contents\n"
    for module in CHAPTERS:
        entries = [f"[{entry.title}](#{entry.id})" for entry in module.chapter]
        yield f"- {_title(module)}: {', '.join(entries)}"
    for module in CHAPTERS:
        yield f"\n## {_title(module)}"
        for entry in module.chapter:
            yield from _entry(entry, recorded(entry))


def _title(chapter: ModuleType) -> str:
    return str(chapter.__doc__).rstrip(".")


def _entry(entry: Difference, by_cell: ByCell) -> Iterator[str]:
    mark = " (no difference)" if entry.same else ""
    yield f'\n### <a id="{entry.id}"></a>{entry.title}{mark}\n'
    yield f"{entry.sees}\n"
    yield "| Where | What was observed |\n| --- | --- |"
    for where, observation in _grouped(by_cell):
        yield f"| {where} | {_shown(observation)} |"
    links = (
        f"[`{glue.shown()}`](../{glue.file}#L{glue.line()}) in {glue.file}"
        for glue in entry.glue
    )
    yield f"\nGlue: {'; '.join(links) or f'none needed. {entry.reason}'}"


def _grouped(by_cell: ByCell) -> Iterator[tuple[str, Observation]]:
    """The cells that agree, named together, in the order of the cells."""
    groups: dict[str, list[str]] = {}
    for cell in CELLS:
        groups.setdefault(json.dumps(by_cell[cell]), []).append(cell)
    for cells in groups.values():
        yield _where(cells), by_cell[cells[0]]


def _where(cells: list[str]) -> str:
    quart, fastapi = (
        [server for server in _SERVERS if f"{framework}@{server}" in cells]
        for framework in ("quart", "fastapi")
    )
    if quart == fastapi:
        return f"Both{_on(quart)}"
    named = [("Quart", quart), ("FastAPI", fastapi)]
    return ", ".join(f"{name}{_on(servers)}" for name, servers in named if servers)


def _on(servers: list[str]) -> str:
    return "" if len(servers) == len(_SERVERS) else f" on {' and '.join(servers)}"


def _shown(observation: Observation) -> str:
    match observation:
        case dict():
            each = (f"{key}: {_text(value)}" for key, value in observation.items())
            text = ", ".join(each) or "none"
        case _:
            text = _text(observation)
    return f"`{text}`".replace("|", "\\|")


def _text(value: Value) -> str:
    if value is None:
        return "none"
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)
