"""docs/differences.md, made from what was recorded."""

import json
from collections.abc import Iterator

from tests.contract.cells import CELLS
from tests.differences.entries import CHAPTERS, ENTRIES
from tests.differences.ledger import ROOT, Difference, Observation
from tests.differences.record import ByCell, recorded, recorded_versions

FILE = ROOT / "docs" / "differences.md"
_SERVERS = ("uvicorn", "hypercorn", "granian")

_INTRODUCTION = """\
# The differences

What Quart and FastAPI do differently when they are left alone, observed on uvicorn, hypercorn and granian.
This page is made by `make differences` from what was observed; nothing in it is written by hand but the questions.

[quart_docs](../tests/differences/quart_docs) and [fastapi_docs](../tests/differences/fastapi_docs) are small apps, written as each framework's documentation writes them, without the glue of this project.
Each is started on each server with the server's default options, and asked over real sockets; only the chapter on testing needs no server.
`make test` asks again: it fails when an answer is another than recorded here, so that a new version shows what it changes, and when what is recorded here is no difference any more.
Some differences are the servers': they are here because the two apps must agree on all of them.
What is marked "no difference" is the same in all six cells, though it is often said to differ.

"Glue" links the lines by which the two apps of this project agree.
"""


def document() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _INTRODUCTION
    yield "## Versions\n"
    yield ", ".join(f"{name} {number}" for name, number in recorded_versions().items())
    yield "\n## Contents\n"
    for module in CHAPTERS:
        entries = [f"[{entry.title}](#{entry.id})" for entry in module.chapter]
        yield f"- {module.__doc__}: {', '.join(entries)}"
    observations = recorded()
    for module in CHAPTERS:
        yield f"\n## {module.__doc__}"
        for entry in module.chapter:
            yield from _entry(entry, observations[entry.id])


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


def _text(value: str | int | list[str] | None) -> str:
    if value is None:
        return "none"
    return ", ".join(value) if isinstance(value, list) else str(value)


def count() -> int:
    """How many true differences there are."""
    return sum(not entry.same for entry in ENTRIES)
