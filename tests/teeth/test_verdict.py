"""The verdict: what counts as caught, what as survived, and what proves nothing."""

from pathlib import Path

import pytest

from tests.teeth.bite import Bite, Outcome, control_of, files_of, is_good
from tests.teeth.verdict import Judgement, Verdict, judge

PASSED = '<testcase classname="a" name="passed"/>'
FAILED = (
    '<testcase classname="a" name="failed"><failure message="{}">E</failure></testcase>'
)
ERROR = '<testcase classname="a" name="failed"><error message="{}">E</error></testcase>'

ASSERTION = FAILED.format("AssertionError: assert 200 == 422&#10;more")
NOT_READY = "tests.contract.cells.CellNotReady: quart@uvicorn ended with 1"
SET_UP = ERROR.format(f"failed on setup with &quot;{NOT_READY}&quot;")
TEAR_DOWN = ERROR.format(
    "failed on teardown with &quot;AssertionError: Traceback&quot;"
)
COLLECTION = ERROR.format("collection failure")

VERDICTS = {
    "a test fails": ([PASSED, ASSERTION], Verdict.CAUGHT),
    "a wait ends": ([FAILED.format("TimeoutError")], Verdict.CAUGHT),
    "a failure and an error": ([ASSERTION, TEAR_DOWN], Verdict.CAUGHT),
    "all pass": ([PASSED, PASSED], Verdict.SURVIVED),
    "an error at the end": ([PASSED, TEAR_DOWN], Verdict.SURVIVED),
    "no cell": ([SET_UP], Verdict.VOID),
    "no cell of the test's own": ([PASSED, FAILED.format(NOT_READY)], Verdict.VOID),
    "an import fails": ([FAILED.format("ImportError: no name")], Verdict.VOID),
    "no collection": ([COLLECTION], Verdict.VOID),
    "no test": ([], Verdict.VOID),
}


@pytest.mark.parametrize(("cases", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_verdict(tmp_path: Path, cases: list[str], verdict: Verdict) -> None:
    """Only a test that fails by its own judgement has caught a variant."""
    junit = tmp_path / "junit.xml"
    junit.write_text(
        f"<testsuites><testsuite>{''.join(cases)}</testsuite></testsuites>"
    )
    assert judge(junit).verdict is verdict


def test_a_catch_is_explained(tmp_path: Path) -> None:
    """By the test and the first line of its reason."""
    junit = tmp_path / "junit.xml"
    junit.write_text(f"<testsuites>{ASSERTION}</testsuites>")
    explained = ("caught", "a::failed", "AssertionError: assert 200 == 422")
    assert tuple(judge(junit)) == explained


@pytest.mark.parametrize("text", [None, "", "<testsuites>"])
def test_no_results_prove_nothing(tmp_path: Path, text: str | None) -> None:
    """As of a run that was stopped, or crashed while it wrote."""
    junit = tmp_path / "junit.xml"
    if text is not None:
        junit.write_text(text)
    assert judge(junit).verdict is Verdict.VOID


def test_the_unbroken_tree_must_be_green() -> None:
    """Else a suite that fails on everything would catch everything."""
    patched = Bite("broken", "quart@uvicorn", ("C-26",), Path("broken.patch"))
    (unbroken,) = control_of([patched])
    for bite, good in ((patched, Verdict.CAUGHT), (unbroken, Verdict.SURVIVED)):
        for verdict in Verdict:
            outcome = Outcome(bite, Judgement(verdict, "", ""), 0, "")
            assert is_good(outcome) is (verdict is good)


def test_the_control_has_all_that_is_asked_of_the_variants() -> None:
    """Each cell once, with the clauses of its variants."""
    bites = [
        Bite("a", "quart@uvicorn", ("W-02",), Path("a")),
        Bite("b", "quart@uvicorn", ("C-26",), Path("b")),
        Bite("b", "fastapi@granian", ("C-26",), Path("b")),
    ]
    assert control_of(bites) == [
        Bite("unbroken", "quart@uvicorn", ("C-26", "W-02")),
        Bite("unbroken", "fastapi@granian", ("C-26",)),
    ]


def test_only_the_files_of_a_clause_are_run() -> None:
    """Wherever its tests stand."""
    assert files_of(("W-10",)) == ["tests/contract/test_weather_many.py"]
    assert files_of(("H-28",)) == ["tests/test_parity.py"]
