"""Lines are taken from what ran in the tests of a clause."""

from pathlib import Path

import pytest
from coverage import CoverageData

from tests.contract.cells import ROOT
from tests.lines.found import Structure, needed

CODE = """\
LIMIT = 2


@route
def answer(
    asked,
):
    \"\"\"Say it.\"\"\"
    told = said(
        asked,
        # A comment.
        LIMIT,
    )
    if told:
        return 1
    match asked:
        case None:
            return 2
        case _: pass
    try:
        return 3
    except ValueError:
        return 4
"""
PATH = "quart_app/answer.py"
HEAD = {4, 5, 6, 7}


def _measured(folder: Path, name: str, **lines_by_context: set[int]) -> None:
    data = CoverageData(str(folder / f"coverage.{name}"))
    for context, lines in lines_by_context.items():
        data.set_context(context)
        data.add_lines({str(ROOT / PATH): lines})
    data.write()


def test_a_statement_is_all_its_lines_and_a_head_without_its_body() -> None:
    """Nothing at import is a statement of a function."""
    statements = Structure.of(CODE).statements
    assert sorted((span.start, span.stop - 1) for span in statements) == [
        *((8, 8), (9, 13), (14, 14), (15, 15), (16, 16), (17, 17), (18, 18)),
        *((19, 19), (19, 19), (20, 20), (21, 21), (22, 22), (23, 23)),
    ]


@pytest.mark.parametrize(
    ("ran", "whole"),
    [
        ({1, 4, 5}, set()),
        ({10}, {*HEAD, 9, 10, 12, 13}),
        ({15}, {*HEAD, 15}),
    ],
    ids=["at import", "a part of a statement", "one line"],
)
def test_a_function_counts_with_its_head(ran: set[int], whole: set[int]) -> None:
    """Its decorators and parameters, but neither a comment nor what runs at import."""
    assert Structure.of(CODE).whole(ran) == whole


def test_what_ran_for_a_clause_is_its_lines(tmp_path: Path) -> None:
    """Not what ran at the start, for none, or at import."""
    _measured(
        tmp_path,
        "1.H",
        **{"": {18}, "C-01 C-02": {1, 10, 14}, "C-02": {15}, " ": {21}},
    )
    both = {*HEAD, 9, 10, 12, 13, 14}
    assert needed(tmp_path, {PATH: CODE}) == {
        "C-01": {PATH: both},
        "C-02": {PATH: {*both, 15}},
    }


def test_a_start_counts_for_nothing_once_the_process_was_ready(tmp_path: Path) -> None:
    """Whoever started it: only what it was told afterwards counts."""
    _measured(tmp_path, "1.H", **{"C-01": {15}, "C-01|C-02": {18}, "C-01| ": {21}})
    assert needed(tmp_path, {PATH: CODE}) == {"C-02": {PATH: {*HEAD, 18}}}


def test_a_refused_start_is_what_its_test_is_about(tmp_path: Path) -> None:
    """Other than that of a process which was killed before it was told anything."""
    _measured(tmp_path, "1.Hash", **{"C-01": {15}})
    _measured(tmp_path, "2.X", **{"C-02": {18}})
    assert needed(tmp_path, {PATH: CODE}) == {"C-01": {PATH: {*HEAD, 15}}}
