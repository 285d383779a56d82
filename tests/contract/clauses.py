"""Ties a test to the clauses of docs/contract.md that it proves: `@clause("H-03")`."""

import re
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "contract.md"
CHAPTERS = {"http": "H", "weather": "W", "chat": "C"}
"""How a command line calls the chapters of the contract."""

_CLAUSE = re.compile(
    r"^\*\*([A-Z]-\d\d)\*\* (.+?)(?=\n\n|\Z)", re.MULTILINE | re.DOTALL
)

clause = pytest.mark.clause


def clauses_of(item: pytest.Item) -> list[str]:
    """The clauses that a test proves."""
    return [str(number) for mark in item.iter_markers("clause") for number in mark.args]


def numbered(document: str) -> list[tuple[str, str]]:
    """The clauses of a contract, in order: the number and the sentence, on one line."""
    return [
        (number, " ".join(text.split())) for number, text in _CLAUSE.findall(document)
    ]


def version(document: str) -> str:
    """The version of a contract."""
    found = re.search(r"^Version (\d+\.\d+)\.$", document, re.MULTILINE)
    assert found, "the contract does not say its version"
    return found[1]
