"""The pages: lines that light up, and the table of glue."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.contract.cells import ROOT
from tests.contract.clauses import DOCUMENT, numbered
from tests.lines.found import FOLDERS, WITHOUT_LINES, Lines, Structure, sources
from tests.lines.record import changed, read, shared_by_most

GLUE = ROOT / "docs" / "glue.md"
_PAGE_TEMPLATE = Path(__file__).with_name("page.html")
_GLUE_TEMPLATE = Path(__file__).with_name("glue.md")


def contract() -> list[tuple[str, str]]:
    """The clauses, by number, with their text."""
    return numbered(DOCUMENT.read_text("utf-8"))


def page() -> str:
    """The page as one HTML file that needs nothing else, of the code as it now is."""
    code = sources()
    lines = read(code)
    return filled(contract(), lines, code, changed(code))


def filled(
    clauses: Sequence[tuple[str, str]],
    lines: Mapping[str, Lines],
    code: Mapping[str, str],
    changes: Lines,
) -> str:
    """The page of these clauses, lines and files."""
    data = {
        "clauses": [
            {"number": number, "text": text, "lines": _sorted(lines.get(number, {}))}
            for number, text in clauses
        ],
        "code": code,
        "shared": [f"{path}:{line}" for path, line in sorted(shared_by_most(lines))],
        "changed": _sorted(changes),
        "without": WITHOUT_LINES,
    }
    # In a script element, only `<` could end what is meant as data.
    encoded = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return _PAGE_TEMPLATE.read_text("utf-8").replace("{{ data }}", encoded)


def glue(
    numbers: Sequence[str],
    lines: Mapping[str, Lines],
    code: Mapping[str, str],
    cells: Sequence[str],
) -> str:
    """The table of lines by clause and folder, in Markdown."""
    shared = shared_by_most(lines)
    rows = []
    for number in numbers:
        found = _pairs(lines.get(number, {}))
        counts = " | ".join(_counts(found, found - shared, each) for each in FOLDERS)
        if not found:
            counts = f"{WITHOUT_LINES.get(number, 'not measured yet')} | - | -"
        rows.append(f"| {number} | {counts} |")
    every = {pair for found in lines.values() for pair in _pairs(found)}
    all_code = _pairs({path: Structure.of(text).code for path, text in code.items()})
    sums = {
        "lines that some clause needs": every,
        "of these, what most clauses of a chapter need": every & shared,
        "only at import or start, or for no clause, docstrings included": all_code
        - every,
    }
    return _GLUE_TEMPLATE.read_text("utf-8").format(
        cells=", ".join(f"`{cell}`" for cell in cells),
        rows="\n".join(rows),
        sums="\n".join(
            f"| {name} | {' | '.join(str(_count(of, each)) for each in FOLDERS)} |"
            for name, of in sums.items()
        ),
    )


def _sorted(lines: Lines) -> dict[str, list[int]]:
    return {path: sorted(at) for path, at in lines.items()}


def _pairs(lines: Lines) -> set[tuple[str, int]]:
    return {(path, line) for path, at in lines.items() for line in at}


def _counts(found: set[tuple[str, int]], own: set[tuple[str, int]], folder: str) -> str:
    return f"{_count(found, folder)} ({_count(own, folder)})"


def _count(found: set[tuple[str, int]], folder: str) -> int:
    return sum(path.startswith(f"{folder}/") for path, _ in found)
