"""The list of equivalent mutants is what it claims to be, and so is its report."""

import importlib
import inspect
from collections import Counter
from typing import Any

import pytest

from tests.mutation import (
    REPORT,
    Class,
    Mutant,
    equivalents,
    judge,
    listing,
    mutant,
    rows,
    shown,
)

LISTED = [mutant for each in equivalents() for mutant in each.mutants]
TAKE = Mutant("shared.chat.limits.TokenBucket.take", "return 0.0", "return 1.0")
KNOWN = [Class("For a reason.", (TAKE,))]


def _source(function: str) -> str:
    package, subpackage, module, *names = function.split(".")
    found: Any = importlib.import_module(f"{package}.{subpackage}.{module}")
    for name in names:
        found = getattr(found, name)
    return " ".join(inspect.getsource(found).split())


@pytest.mark.parametrize("listed", LISTED, ids=lambda listed: listed.function)
def test_a_listed_mutant_is_of_code_that_there_is(listed: Mutant) -> None:
    """Its function stands there, with the line that the mutant changes."""
    assert listed.was in _source(listed.function)
    assert listed.was != listed.becomes


def test_a_mutant_is_listed_once() -> None:
    """For one reason."""
    assert [each for each, count in Counter(LISTED).items() if count > 1] == []


@pytest.mark.parametrize("each", equivalents(), ids=lambda each: each.reason[:40])
def test_each_reason_is_a_sentence(each: Class) -> None:
    """And there is a mutant that has it."""
    assert each.reason.endswith(".")
    assert each.mutants


def test_the_report_lists_what_is_listed() -> None:
    """`make mutants` renews it after a change to the list."""
    report = REPORT.read_text("utf-8")
    assert report.endswith(listing(equivalents()))
    assert f" {len(LISTED)} | 0 | 100.0 % |\n" in report


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("shared.chat.limits.x\u01c1TokenBucket\u01c1take__mutmut_1", TAKE.function),
        ("shared.chat.seat.x__verdict__mutmut_12", "shared.chat.seat._verdict"),
        (
            "shared.chat.tail.x\u01c1_News\u01c1put__mutmut_3",
            "shared.chat.tail._News.put",
        ),
    ],
)
def test_a_mutant_goes_by_its_function_and_lines(name: str, function: str) -> None:
    """Not by its number, which shifts with every edit."""
    diff = "--- a.py\n+++ a.py\n@@ -1,3 +1,3 @@\n a\n-  b  c\n-d\n+  b\n+--  d\n e"
    assert mutant(name, diff) == Mutant(function, "b c d", "b -- d")


def test_a_timeout_is_caught() -> None:
    """But of a listed mutant it shows no more than how busy the machine was."""
    assert judge([("a.py", TAKE, "timeout")], []).counts == {"a.py": {"timeout": 1}}
    told = judge([("a.py", TAKE, "timeout")], KNOWN)
    assert (told.counts, told.stale) == ({"a.py": {"equivalent": 1}}, [])


@pytest.mark.parametrize("status", ["survived", "no tests", "suspicious", "segfault"])
def test_what_is_not_caught_is_told(status: str) -> None:
    """Unless it is listed, with whatever mutmut says of it."""
    told = judge([("a.py", TAKE, status)], [])
    assert (told.survivors, told.stale) == ([TAKE], [])
    assert told.counts == {"a.py": {"survived": 1}}
    told = judge([("a.py", TAKE, status)], KNOWN)
    assert (told.survivors, told.stale) == ([], [])
    assert told.counts == {"a.py": {"equivalent": 1}}


@pytest.mark.parametrize("results", [[], [("a.py", TAKE, "killed")]])
def test_the_list_may_not_go_stale(results: list[tuple[str, Mutant, str]]) -> None:
    """A mutant on it that is gone or caught is told."""
    assert judge(results, KNOWN).stale == [TAKE]


def test_the_table_adds_up() -> None:
    """A timeout is caught, an equivalent does not count, and nothing is rounded up."""
    counts = {
        "a.py": Counter(killed=1_998, timeout=1, equivalent=7),
        "b.py": Counter(killed=1, survived=1),
    }
    assert rows(counts) == [
        ["module", "mutants", "killed", "timeout", "equivalent", "survived", "score"],
        ["a.py", "2006", "1998", "1", "7", "0", "100.0 %"],
        ["b.py", "2", "1", "0", "0", "1", "50.0 %"],
        ["all", "2008", "1999", "1", "7", "1", "99.9 %"],
    ]


def test_a_log_is_not_filled_with_spinners() -> None:
    """Each step is named once, and progress is shown now and then."""
    lines = ["\u280b Running stats\n", "\u2819 Running stats\n", "    done\n"]
    lines += [f"\u2839 {number}/250  killed\n" for number in range(1, 251)]
    assert list(shown(lines)) == [
        "Running stats\n",
        "done\n",
        "1/250  killed\n",
        "101/250  killed\n",
        "201/250  killed\n",
    ]
