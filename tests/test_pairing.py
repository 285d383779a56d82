"""The two apps stand side by side: the same files, the same names in the same order."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.footprint import code_lines

ROOT = Path(__file__).parents[1]
QUART, FASTAPI = ROOT / "quart_app", ROOT / "fastapi_app"

# Glue that one side alone needs, and why the other has no such file.
ONE_SIDED = {
    "quart_app/websocket.py": "Quart's own socket queues without bound, drops what it"
    " queued at a disconnect and never closes on granian; FastAPI's reads on demand.",
    "quart_app/json_provider.py": "Quart sorts keys, escapes what is not ASCII and lets"
    " deep nesting end in a 500; FastAPI's JSON needs nothing.",
    "quart_app/openapi.py": "quart-schema cannot be told the rules of a path parameter,"
    " or of responses without a model; FastAPI takes both in the route's decorator.",
    "fastapi_app/routing.py": "FastAPI answers 405 to HEAD, names one route's methods"
    " in Allow and refuses an unknown socket with 403; Quart needs none of it.",
}
# What Quart calls one thing and FastAPI another.
WORDS = {
    "answer_kept": "AnswerKept",
    "blueprint": "router",
    "token_required": "TokenRequired",
}
PAIRED_FILE_LINES = 60
CORE_FILE_LINES = 150


def _files(app: Path) -> set[str]:
    return {path.relative_to(app).as_posix() for path in app.rglob("*.py")}


def _one_sided(app: Path) -> set[str]:
    return {
        name.removeprefix(f"{app.name}/")
        for name in ONE_SIDED
        if name.startswith(f"{app.name}/")
    }


PAIRED = sorted(_files(QUART) & _files(FASTAPI))
CORE = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("shared/**/*.py"))


def _names(source: str) -> list[str]:
    """What a module defines at its top level, in order, imports left out."""
    return [name for node in ast.parse(source).body for name in _defined(node)]


def _defined(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Assign(targets=targets):
            for target in targets:
                yield from _assigned(target)
        case ast.AnnAssign(target=target):
            yield from _assigned(target)


def _assigned(target: ast.expr) -> Iterator[str]:
    # A name that is only read, as in `router.route_class = ...`, is not defined here.
    names = (each for each in ast.walk(target) if isinstance(each, ast.Name))
    return (each.id for each in names if isinstance(each.ctx, ast.Store))


def test_there_are_pairs() -> None:
    """The checks below would pass over two empty folders."""
    assert {"__main__.py", "app.py", "chat.py", "weather.py"} <= set(PAIRED)


def test_every_file_has_its_twin() -> None:
    """A file of one app has a twin in the other, or stands in ONE_SIDED."""
    assert _files(QUART) - _one_sided(QUART) == _files(FASTAPI) - _one_sided(FASTAPI)


@pytest.mark.parametrize("name", ONE_SIDED)
def test_every_exception_is_needed(name: str) -> None:
    """A file in ONE_SIDED exists, has no twin, and says why."""
    app, _, file = name.partition("/")
    (other,) = {"quart_app", "fastapi_app"} - {app}
    assert (ROOT / name).is_file()
    assert not (ROOT / other / file).exists()
    assert ONE_SIDED[name].endswith(".")


@pytest.mark.parametrize("file", PAIRED)
def test_twins_define_the_same_names_in_the_same_order(file: str) -> None:
    """Side by side, a reader finds each name of one file in the other, in its place."""
    quart = _names((QUART / file).read_text())
    fastapi = _names((FASTAPI / file).read_text())
    assert [WORDS.get(name, name) for name in quart] == fastapi


@pytest.mark.parametrize(
    "path", [f"{app}/{file}" for file in PAIRED for app in ("quart_app", "fastapi_app")]
)
def test_a_paired_file_fits_on_a_screen(path: str) -> None:
    """A paired file that overflows holds a decision that belongs in the core."""
    lines = code_lines((ROOT / path).read_text())
    assert lines <= PAIRED_FILE_LINES


@pytest.mark.parametrize("path", CORE)
def test_a_core_file_does_one_thing(path: str) -> None:
    """A core file that overflows does two things."""
    lines = code_lines((ROOT / path).read_text())
    assert lines <= CORE_FILE_LINES


def test_names_are_read_as_a_reader_reads_them() -> None:
    """Functions, classes and assignments count, imports and bodies do not."""
    source = "import os\nA: int = 1\nasync def f(): x = 1\nclass C: y = 2\nb = c = 3\n"
    assert _names(source) == ["A", "f", "C", "b", "c"]


def test_only_code_counts_as_code() -> None:
    """Blank lines, comments and docstrings are free; other long strings are not."""
    source = (
        '"""Text\nmore."""\n\n# why\ndef f():\n    """Text."""\n    return """a\nb"""\n'
    )
    assert code_lines(source) == 3
