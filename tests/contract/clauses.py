"""Ties a test to the clauses of docs/contract.md that it proves: `@clause("H-03")`."""

import pytest

clause = pytest.mark.clause
