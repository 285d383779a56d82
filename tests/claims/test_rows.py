"""What a run of the benchmarks says of a claim, and when it says nothing."""

import pytest

from benchmarks import plan, publishing, verdicts
from benchmarks.analysis import Analysis
from benchmarks.results import Comparison
from tests.benchmarks.runs import BARE, CASE, FASTAPI, QUART, comparison, results
from tests.claims.claims import CLAIMS
from tests.claims.rows import Row, kept_run, verdict

RATES = {FASTAPI: 9_000.0, QUART: 6_000.0, BARE: 20_000.0}
ROW = Row(case=CASE, first=FASTAPI, second=QUART, at_least=1.2)


def _at_least(least: float, first: str = FASTAPI, second: str = QUART) -> Row:
    return Row(case=CASE, first=first, second=second, at_least=least)


def _run(*cases: Comparison) -> Analysis:
    return Analysis(results(*cases))


def test_a_claim_says_what_the_report_of_the_run_says() -> None:
    """The same ratio, interval and verdict, for it is the same row."""
    run = _run(comparison(RATES))
    (row,) = [each for each in run.rows() if each.second == QUART]
    assert ROW.found(run) == row
    assert row.ratio
    assert ROW.told(run) == f"{verdicts.shown(row.ratio)}, better"


def test_any_two_of_a_case_can_be_compared() -> None:
    """Though the plan pairs them not, by the same rules."""
    run = _run(comparison({**RATES, "go": 6_000.0}))
    found = _at_least(0.9, FASTAPI, "go").found(run)
    assert found
    assert found not in run.rows()
    assert found.verdict == "better"


@pytest.mark.parametrize(
    ("least", "expected"), [(1.2, "true"), (2, "false"), (1.5, "depends")]
)
def test_the_verdict_is_the_intervals(least: float, expected: str) -> None:
    """Beyond it all is clear, within it nothing can be told."""
    assert verdict([_at_least(least)], _run(comparison(RATES))) == expected


def test_rows_that_disagree_make_it_depend() -> None:
    """True in one case and false in another is neither; a row that only shows, none."""
    run = _run(comparison(RATES))
    shown = Row(case=CASE, first=FASTAPI, second=BARE)
    assert verdict([ROW, shown], run) == "true"
    assert verdict([ROW, _at_least(1.2, QUART, BARE)], run) == "depends"


def test_cases_apart_are_compared_by_their_medians() -> None:
    """Their rounds are no pairs; what makes either void makes the ratio void."""
    first = comparison(RATES)
    second = comparison({QUART: 12_000.0}, slug="other", base=QUART, pairs=[], seed=2)
    row = Row(case="other", first=QUART, second=QUART, second_case=CASE, at_least=1.5)
    run = _run(first, second)
    found = row.found(run)
    assert found
    assert found.ratio
    assert found.ratio.low < 2 < found.ratio.high
    assert verdict([row], run) == "true"
    second.rounds[3][0].void.append("2 errors came")
    assert verdict([row], run) is None


def test_a_lower_bound_decides_only_what_it_can() -> None:
    """Go may be faster than the load generator could see, and not slower."""
    run = _run(comparison({**RATES, "go": 25_000.0, "null": 28_000.0}))
    assert verdict([_at_least(0.9, FASTAPI, "go")], run) == "false"
    assert verdict([_at_least(0.2, FASTAPI, "go")], run) == "depends"
    assert verdict([_at_least(2, "go", FASTAPI)], run) == "true"
    assert verdict([_at_least(9, "go", FASTAPI)], run) == "depends"


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (comparison(RATES, slug="another"), None),
        (comparison({BARE: 20_000.0}), None),
        (comparison(RATES, rounds=9), "too few rounds"),
        (
            comparison({**RATES, f"{QUART}#2": 5_000.0}, twin=QUART),
            "the same app measured twice differs",
        ),
    ],
    ids=["no such case", "no such subject", "few rounds", "void"],
)
def test_what_proves_nothing_says_nothing(case: Comparison, told: str | None) -> None:
    """There is no verdict then, and the row says why."""
    run = _run(case)
    assert verdict([ROW], run) is None
    assert (told or "None") in str(ROW.told(run))


def test_without_a_run_nothing_is_claimed(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no verdict before a full run is kept, and one after."""
    monkeypatch.setattr(publishing, "KEPT", tmp_path)
    assert kept_run() is None
    assert verdict([ROW], None) is ROW.told(None) is None
    results(comparison(RATES)).save(publishing.KEPT / publishing.NAMES["full"])
    assert verdict([ROW], kept_run()) == "true"


def test_every_row_is_of_what_is_measured() -> None:
    """A case of the plan that asks for rates, and subjects of it."""
    cases = {each.slug: each for each in plan.full()}
    for row in [row for claim in CLAIMS for row in claim.rows]:
        for case, subject in (
            (row.case, row.first),
            (row.second_case or row.case, row.second),
        ):
            assert "rate" in cases[case].figures
            assert subject in cases[case].subjects
