"""What each app takes besides time: installed packages, and lines of glue."""

import ast
import io
import tokenize
from importlib.metadata import PackageNotFoundError, requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from benchmarks.machine import ROOT

_ASKED = {"fastapi": ("fastapi",), "quart": ("quart", "quart-schema")}
"""What an app needs besides the core and its server."""

# Lines that hold nothing else are no code.
_NO_CODE = {
    tokenize.COMMENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
    tokenize.INDENT,
    tokenize.NEWLINE,
    tokenize.NL,
}


def of_both() -> dict[str, dict[str, float]]:
    """Packages and lines of each app."""
    return {
        app: {"packages": len(packages(asked)), "lines of glue": lines(f"{app}_app")}
        for app, asked in _ASKED.items()
    }


def packages(asked: tuple[str, ...]) -> set[str]:
    """All that is installed with these, themselves included."""
    found: set[str] = set()
    queue = list(asked)
    while queue:
        name = canonicalize_name(queue.pop())
        if name in found:
            continue
        try:
            queue += required(name)
        except PackageNotFoundError:  # for another system
            continue
        found.add(name)
    return found


def required(package: str) -> set[str]:
    """The packages that one requires on this system, without its extras."""
    asked = map(Requirement, requires(package) or ())
    return {
        canonicalize_name(each.name)
        for each in asked
        if each.marker is None or each.marker.evaluate({"extra": ""})
    }


def lines(folder: str) -> int:
    """Lines of code of a package."""
    files = (ROOT / folder).glob("*.py")
    return sum(code_lines(path.read_text("utf-8")) for path in files)


def code_lines(source: str) -> int:
    """The lines that hold code; blank lines, comments and docstrings are free."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Expr(value=ast.Constant(value=str()), end_lineno=int(end)):
                lines.difference_update(range(node.lineno, end + 1))
    return len(lines)
