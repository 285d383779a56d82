"""The broken variants: each a patch that says which clause must catch it, and where.

A file of `variants/` is a unified diff for `git apply`. What stands before the diff is
for the reader: a line `Clause: C-26`, perhaps `Cells: quart@granian`, and what is
broken and where such a defect is found in the wild.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.contract.cells import CELLS, ROOT

FOLDER = Path(__file__).parent / "variants"

_HEADER = re.compile(r"^(Clause|Cells): *(.+?) *$", re.MULTILINE)
_DIFF = re.compile(r"^(?:diff |--- )", re.MULTILINE)
_TOUCHED = re.compile(r"^\+\+\+ b/(\w+)/", re.MULTILINE)
_SERVERS = tuple(dict.fromkeys(cell.partition("@")[2] for cell in CELLS))


class BadVariant(Exception):
    """A variant that cannot be used; the text is one sentence that says why."""


@dataclass(frozen=True)
class Variant:
    """One defect, the clause that must catch it, and the cells on which it must."""

    name: str
    clause: str
    cells: tuple[str, ...]
    why: str
    patch: Path


def read(folder: Path = FOLDER) -> list[Variant]:
    """All variants, by name. Raises BadVariant."""
    patches = sorted(folder.glob("*.patch"))
    return [_variant(patch, turn) for turn, patch in enumerate(patches)]


def choose(variants: Iterable[Variant], names: Iterable[str]) -> list[Variant]:
    """Those of these names, or all where none is given. Raises BadVariant."""
    by_name = {variant.name: variant for variant in variants}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise BadVariant(
            f"There is no variant {unknown[0]!r}: name one of the files in"
            f" {FOLDER.relative_to(ROOT)}, without .patch, or none to run all."
        )
    return [by_name[name] for name in dict.fromkeys(names or by_name)]


def on_one_cell(variants: Iterable[Variant]) -> list[Variant]:
    """The same, each on one of its cells, taken in turn."""
    return [
        replace(variant, cells=(variant.cells[turn % len(variant.cells)],))
        for turn, variant in enumerate(variants)
    ]


def _variant(patch: Path, turn: int) -> Variant:
    text = patch.read_text("utf-8")
    diff = _DIFF.search(text)
    touched = set(_TOUCHED.findall(text))
    if diff is None or not touched:
        raise BadVariant(f"{patch.name} holds no diff of this project's files.")
    preamble = text[: diff.start()]
    headers = dict(_HEADER.findall(preamble))
    if "Clause" not in headers:
        raise BadVariant(f"{patch.name} does not say `Clause:` before its diff.")
    named = tuple(re.split(r"[,\s]+", headers["Cells"])) if "Cells" in headers else ()
    if bad := [cell for cell in named if cell not in CELLS]:
        raise BadVariant(f"{patch.name} names the cell {bad[0]!r}, which there is not.")
    return Variant(
        name=patch.stem,
        clause=headers["Clause"],
        cells=named or _cells(touched, turn),
        why=_HEADER.sub("", preamble).strip(),
        patch=patch,
    )


def _cells(touched: set[str], turn: int) -> tuple[str, ...]:
    """All cells of a broken app; of a broken core one of each, by turns."""
    apps = {folder.removesuffix("_app") for folder in touched if "_app" in folder}
    if apps:
        return tuple(cell for cell in CELLS if cell.partition("@")[0] in apps)
    count = len(_SERVERS)
    quart, fastapi = _SERVERS[turn % count], _SERVERS[(turn + 1) % count]
    return f"quart@{quart}", f"fastapi@{fastapi}"
