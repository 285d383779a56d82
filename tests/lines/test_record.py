"""The record of the lines outlives changes of the code, and is whole."""

import re
from pathlib import Path

import pytest

from tests.lines import record
from tests.lines.__main__ import keep
from tests.lines.found import WITHOUT_LINES, Lines, NothingMeasured, sources
from tests.lines.page import GLUE, contract, filled, glue

BEFORE = {"quart_app/a.py": "one\ntwo\nthree\nfour\n", "shared/b.py": "one\n"}
LINES: dict[str, Lines] = {
    "C-01": {"quart_app/a.py": {1, 2, 4}, "shared/b.py": {1}},
    "C-02": {"quart_app/a.py": {2}},
    "C-03": {"quart_app/a.py": {2}},
}


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A record of LINES."""
    path = tmp_path / "lines.json"
    record.write(LINES, BEFORE, ["quart@uvicorn"], path)
    return path


def test_what_was_kept_is_read(kept: Path) -> None:
    """While the code is the same."""
    assert record.read(BEFORE, kept) == LINES
    assert record.changed(BEFORE, kept) == {}


def test_lines_are_found_where_they_have_moved(kept: Path) -> None:
    """What was changed, or is gone, is left out and told of."""
    now = {"quart_app/a.py": "new\n  one\nother\nthree\nfour\n", "shared/c.py": "x\n"}
    assert record.read(now, kept) == {
        "C-01": {"quart_app/a.py": {2, 5}},
        "C-02": {"quart_app/a.py": set()},
        "C-03": {"quart_app/a.py": set()},
    }
    assert record.changed(now, kept) == {"quart_app/a.py": {1, 3}, "shared/c.py": {1}}


def test_what_changed_stays_changed_until_all_is_measured(kept: Path) -> None:
    """Where one clause was measured anew, the others have not run the new lines."""
    now = {"quart_app/a.py": "new\n" + BEFORE["quart_app/a.py"]}
    lines = {"C-01": {"quart_app/a.py": {1}}}
    record.write(lines, now, [], kept, stale=record.changed(now, kept))
    assert record.read(now, kept) == lines
    assert record.changed(now, kept) == {"quart_app/a.py": {1}}


def test_what_most_clauses_need_is_nobodys_own() -> None:
    """The table counts each line once, and in brackets those of its clause alone."""
    assert record.shared_by_most(LINES) == {("quart_app/a.py", 2)}
    told = glue(["C-01", "C-02"], LINES, BEFORE, ["quart@uvicorn"])
    assert "| C-01 | 3 (2) | 0 (0) | 1 (1) |\n| C-02 | 1 (0) | 0 (0) | 0 (0) |" in told
    told_of_none = glue(["C-09"], LINES, BEFORE, ["quart@uvicorn"])
    assert "| C-09 | not measured yet | - | - |" in told_of_none
    assert "| lines that some clause needs | 3 | 0 | 1 |" in told


def test_no_text_can_end_the_data_of_the_page() -> None:
    """The code is data, even where it speaks of a script."""
    told = filled([("C-01", "</script>")], {}, {"shared/b.py": "</script>"}, {})
    assert told.count("</script>") == 2  # those of the template


def test_a_clause_without_a_line_is_an_error() -> None:
    """For something was not measured; nothing is written."""
    with pytest.raises(NothingMeasured, match="for C-02: a clause"):
        keep({"C-01": {"shared/b.py": {1}}}, {}, [], ["C-01", "C-02"], [])


def test_the_record_is_of_the_contract() -> None:
    """A change of the code leaves it valid, and a new clause is not measured yet."""
    numbers = [number for number, _ in contract()]
    lines = record.read(sources())
    assert lines
    assert [number for number in numbers if number in lines] == [*lines]
    rows = re.findall(r"^\| ([A-Z]-\d\d) \|", GLUE.read_text("utf-8"), re.MULTILINE)
    assert {*lines} <= {*rows}
    assert WITHOUT_LINES.keys() <= {*numbers} - {*lines}
