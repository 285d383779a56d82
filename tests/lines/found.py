"""What coverage.py has measured, as the lines of code that each clause needs."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coverage import CoverageData

from tests.contract.cells import ROOT

FOLDERS = ("quart_app", "fastapi_app", "shared")

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITIONS = (*_FUNCTIONS, ast.ClassDef)

WITHOUT_LINES = {"H-28": "compares what the apps declare at import, on no cell"}
"""The clauses whose tests run no cell, each with the reason."""

Lines = dict[str, set[int]]
"""Line numbers by the file's path in the project."""


class NothingMeasured(Exception):
    """A clause has run no line; the text says what to do."""


def sources() -> dict[str, str]:
    """The code of both apps and of the core, by path."""
    return {
        path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    }


def needed(measured: Path, code: dict[str, str]) -> dict[str, Lines]:
    """The lines that run in the tests of each clause, but not at import or start."""
    structures = {path: Structure.of(text) for path, text in code.items()}
    found: defaultdict[str, defaultdict[str, set[int]]]
    found = defaultdict(lambda: defaultdict(set))
    for file in sorted(measured.glob("coverage.*")):
        for clauses, path, ran in _recorded(file):
            lines = structures[path].whole(ran)
            for clause in clauses if lines else ():
                found[clause][path] |= lines
    return {clause: dict(lines) for clause, lines in found.items()}


def _recorded(file: Path) -> Iterator[tuple[list[str], str, set[int]]]:
    data = CoverageData(str(file))
    data.read()
    contexts = data.measured_contexts()
    # What it ran until it was first told something bears the name of the test that
    # started it, if any, and what came later that name and its own.
    start = min(contexts, key=len, default="")
    if len(contexts) > 1:
        contexts -= {start}
    elif not _ended_by_itself(file):
        return
    # Else it was refused at its start, and that is what the test is about.
    for context in contexts:
        clauses = context.rpartition("|")[2].split()
        data.set_query_context(context)
        for path in data.measured_files():
            name = Path(path).relative_to(ROOT).as_posix()
            yield clauses, name, set(data.lines(path) or ())


def _ended_by_itself(file: Path) -> bool:
    """Whether it was not killed: coverage.py then adds a hash to the file's name."""
    return file.name.rpartition(".")[2].startswith("H")


@dataclass
class Structure:
    """How the lines of a file belong together."""

    code: set[int]
    """Lines that are neither empty nor a comment."""
    statements: list[range] = field(default_factory=list)
    """The lines of each statement in a function; of one with a body, of its head."""
    functions: list[tuple[range, range]] = field(default_factory=list)
    """Of each, its head, with the decorators, and its body."""

    @classmethod
    def of(cls, text: str) -> "Structure":
        """Read a file's text."""
        lines = [line.strip() for line in text.splitlines()]
        code = {n for n, line in enumerate(lines, 1) if line and line[0] != "#"}
        structure = cls(code)
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, _FUNCTIONS):
                body = range(node.body[0].lineno, (node.end_lineno or 0) + 1)
                structure.functions.append((_head(node), body))
                structure.statements.extend(_inside(node.body))
        return structure

    def whole(self, ran: set[int]) -> set[int]:
        """The code of statements of which a line ran, and of their functions' heads.

        A head runs at import, but what stands there is as much a part of the function:
        FastAPI is told in the parameters what Quart is told in the body.
        """
        lines = {line for span in self.statements if ran & {*span} for line in span}
        heads = {
            line
            for head, body in self.functions
            if not lines.isdisjoint(body)
            for line in head
        }
        return (lines | heads) & self.code


def _inside(body: Iterable[ast.AST]) -> Iterator[range]:
    for node in body:
        yield _head(node)
        if not isinstance(node, _DEFINITIONS):  # their own bodies come on their own
            for name in ("body", "handlers", "orelse", "finalbody", "cases"):
                yield from _inside(getattr(node, name, ()))


def _head(node: ast.AST) -> range:
    decorators = getattr(node, "decorator_list", [])
    first = min(map(_line, [node, *decorators]))
    inner = getattr(node, "body", None) or getattr(node, "cases", None)
    if isinstance(inner, list):
        # On one line with its body, as in `case _: pass`, it is that line.
        return range(first, max(_line(inner[0]), first + 1))
    last: int = getattr(node, "end_lineno", first)
    return range(first, last + 1)


def _line(node: ast.AST) -> int:
    """Where it begins; a `case` does not know that itself."""
    begins: Any = getattr(node, "pattern", node)
    line: int = begins.lineno
    return line
