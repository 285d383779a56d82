"""The contract and its tests name each other: no clause without a test, nor reverse."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.clauses import DOCUMENT, numbered

TESTS = Path(__file__).parent
FILES = [*sorted(TESTS.glob("contract/test_*.py")), TESTS / "test_parity.py"]

_NUMBER = re.compile(r"[A-Z]-\d\d")


def _clauses(document: str) -> list[str]:
    """The numbers of the document's clauses, in order."""
    return [number for number, _ in numbered(document)]


def _tests(source: str) -> Iterator[tuple[str, list[str]]]:
    """A module's tests, each with the numbers that stand in its `@clause`."""
    for node in ast.parse(source).body:
        match node:
            case (
                ast.FunctionDef(name=name, decorator_list=decorators)
                | ast.AsyncFunctionDef(name=name, decorator_list=decorators)
            ) if name.startswith("test_"):
                yield name, [number for each in decorators for number in _marks(each)]


def _marks(decorator: ast.expr) -> Iterator[str]:
    match decorator:
        case ast.Call(func=ast.Name(id="clause"), args=args):
            yield from (str(ast.literal_eval(each)) for each in args)


NUMBERS = _clauses(DOCUMENT.read_text("utf-8"))
MARKED = {
    f"{file.name}::{name}": numbers
    for file in FILES
    for name, numbers in _tests(file.read_text("utf-8"))
}


def test_no_number_is_given_twice() -> None:
    """A clause is found by its number."""
    assert [number for number, times in Counter(NUMBERS).items() if times > 1] == []


def test_numbers_follow_each_other() -> None:
    """In each chapter from 01 on, so that a clause that got lost shows."""
    for chapter in "HWC":
        found = [number for number in NUMBERS if number.startswith(chapter)]
        expected = [f"{chapter}-{index:02}" for index in range(1, len(found) + 1)]
        assert found == expected


def test_every_number_in_the_text_is_a_clause() -> None:
    """A reference to a clause leads to one."""
    mentioned = set(_NUMBER.findall(DOCUMENT.read_text("utf-8")))
    assert mentioned == set(NUMBERS)


def test_every_clause_has_a_test() -> None:
    """What nothing tests is no promise."""
    tested = {number for numbers in MARKED.values() for number in numbers}
    assert [number for number in NUMBERS if number not in tested] == []


@pytest.mark.parametrize("name", MARKED)
def test_every_test_has_a_clause(name: str) -> None:
    """And what no clause promises is not for the suite to demand."""
    assert MARKED[name]
    assert set(MARKED[name]) <= set(NUMBERS)


def test_clauses_are_read_as_they_are_written() -> None:
    """A check over nothing would pass."""
    text = "# X-00\n**X-01** One.\nsee X-01, **X-02** no\n\n**X-02** Two.\n"
    assert _clauses(text) == ["X-01", "X-02"]
    source = (
        '@clause("X-01", "X-02")\n@other("X-03")\nasync def test_a(): ...\n'
        "def test_b(): ...\ndef help(): ...\n"
    )
    assert dict(_tests(source)) == {"test_a": ["X-01", "X-02"], "test_b": []}
