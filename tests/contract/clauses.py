"""Ties a test to the clauses of docs/contract.md that it proves: `@clause("H-03")`."""

import pytest

clause = pytest.mark.clause


def clauses_of(item: pytest.Item) -> set[str]:
    """The clauses that a test proves."""
    return {str(number) for mark in item.iter_markers("clause") for number in mark.args}
