"""Regions of the source, found by name, so that what a page shows cannot drift."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from docs.building.errors import SiteError


@dataclass(frozen=True)
class Region:
    """The lines of a definition, or all lines of a file."""

    file: str
    name: str
    first: int
    text: str


def cut(root: Path, reference: str) -> Region:
    """The region that `path/to/file.py::Class.method` names. Raises SiteError.

    Without `::` it is the whole file.
    """
    file, _, name = reference.partition("::")
    if not (root / file).is_file():
        raise SiteError(f"there is no file {file}: name the one that has it now.")
    text = (root / file).read_text("utf-8")
    if not name:
        return Region(file, "", 1, text)
    found = [node for each, node in _defined(ast.parse(text).body) if each == name]
    if len(found) != 1:
        raise SiteError(
            f"{file} defines {name} {len(found)} times, not once: name anew what the"
            " page is to show."
        )
    decorators = getattr(found[0], "decorator_list", [])
    first = min(node.lineno for node in (*decorators, found[0]))
    lines = text.splitlines()[first - 1 : found[0].end_lineno]
    return Region(file, name, first, dedent("\n".join(lines)) + "\n")


def _defined(body: list[ast.stmt], outer: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Each definition under its qualified name, those inside of others too."""
    for node in body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield f"{outer}{node.name}", node
                yield from _defined(node.body, f"{outer}{node.name}.")
            case ast.Assign(targets=[ast.Name(id=name)]):
                yield f"{outer}{name}", node
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield f"{outer}{name}", node
