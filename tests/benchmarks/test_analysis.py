"""From rounds to verdicts: who is ranked, who is not, and what is void."""

import pytest

from benchmarks import growth, verdicts, wrk
from benchmarks.analysis import Analysis, Row
from benchmarks.results import Comparison
from tests.benchmarks.runs import (
    BARE,
    FASTAPI,
    QUART,
    comparison,
    measurement,
    results,
)

RATES = {FASTAPI: 9_000.0, QUART: 6_000.0, BARE: 20_000.0}


def _row(case: Comparison, first: str = FASTAPI, second: str = QUART) -> Row:
    rows = Analysis(results(case)).rows()
    return next(row for row in rows if (row.first, row.second) == (first, second))


def test_what_differs_is_ranked() -> None:
    """With the ratio and its interval in the sentence."""
    row = _row(comparison(RATES))
    assert row.verdict == "better"
    assert row.ratio
    assert row.ratio.low < 1.5 < row.ratio.high
    assert verdicts.sentence(row) == (
        f"Weather: FastAPI has {row.ratio.median:.2f} times the requests/s of Quart"
        f" ({row.ratio.low:.2f} to {row.ratio.high:.2f}), which is better."
    )


def test_what_does_not_differ_is_not_ranked() -> None:
    """The sentence says so, and names no winner."""
    row = _row(comparison({**RATES, QUART: 9_000.0}))
    assert row.verdict == "equal"
    assert "FastAPI and Quart cannot be told apart" in verdicts.sentence(row)


def test_less_is_better_of_a_latency() -> None:
    """A ratio below 1 is then the better one."""
    case = comparison(RATES, figures={"rate": "requests/s", "p99_ms": "ms"})
    for round_ in case.rounds:
        for each in round_:
            each.figures["p99_ms"] = 1 / each.figures["rate"]
    rows = [row for row in Analysis(results(case)).rows() if row.figure == "p99_ms"]
    assert rows[0].ratio
    assert rows[0].ratio.median < 1
    assert rows[0].verdict == "better"


def test_too_few_rounds_rank_nobody() -> None:
    """Which the sentence says."""
    row = _row(comparison(RATES, rounds=9))
    assert row.verdict == "few"
    assert "too few rounds" in verdicts.sentence(row)


def test_every_subject_is_compared_with_the_base_too() -> None:
    """Once each, besides the pairs; the null server and the twin with nobody."""
    means = {**RATES, "null": 90_000.0, f"{FASTAPI}#2": 9_000.0}
    rows = Analysis(results(comparison(means, twin=FASTAPI))).rows()
    pairs = [(row.first, row.second) for row in rows]
    assert pairs == [(FASTAPI, QUART), (FASTAPI, BARE), (QUART, BARE)]


def test_one_void_run_makes_its_rows_void() -> None:
    """With the reason; rows without that subject stand."""
    case = comparison(RATES)
    case.rounds[3][1] = measurement(QUART, 6_000, void=["Little's law is off by 9%"])
    row = _row(case)
    assert (row.verdict, row.ratio) == ("void", None)
    assert row.void == [
        "quart@uvicorn: 1 of 10 runs are void, for Little's law is off by 9%"
    ]
    assert _row(case, FASTAPI, BARE).verdict == "worse"


def test_a_run_that_failed_makes_its_rows_void() -> None:
    """It has no figure, so its round is not whole."""
    case = comparison(RATES)
    case.rounds[3][1] = measurement(QUART, 0, figures={}, void=["2 errors came"])
    why = "quart@uvicorn: 1 of 10 runs are void, for 2 errors came"
    assert _row(case).void == [why]
    assert verdicts.voids(Analysis(results(case))) == [f"Void in Weather: {why}."]


def test_twins_that_differ_make_the_case_void() -> None:
    """The same app twice, and not the same: then nothing of it can be believed."""
    means = {**RATES, f"{FASTAPI}#2": 8_000.0}
    row = _row(comparison(means, twin=FASTAPI), QUART, BARE)
    assert row.verdict == "void"
    assert "the same app measured twice differs" in row.void[0]


def test_an_app_too_near_to_the_ceiling_is_void() -> None:
    """Of what is no app of ours a lower bound was seen."""
    case = comparison({**RATES, "go": 25_000.0, "null": 26_000.0})
    row = _row(case)
    assert row.verdict == "void"
    assert "ceiling is 2.9 times" in row.void[0]
    bounded = _row(case, "go", BARE)
    assert bounded.verdict == "better"
    assert bounded.bound == ["go"]
    assert "of Go only a lower bound was seen" in verdicts.sentence(bounded)


def test_the_ceiling_is_told() -> None:
    """How many times the fastest app it is, and whether that is enough."""
    analysis = Analysis(results(comparison({**RATES, "null": 90_000.0})))
    (told,) = verdicts.ceilings(analysis)
    assert "90,493 requests/s, 10.1 times the requests/s of the fastest app" in told
    assert "(enough; 3 are needed)" in told
    assert "90,493" not in verdicts.ceilings(analysis, absolute=False)[0]
    analysis = Analysis(results(comparison({**RATES, "null": 20_000.0})))
    assert "NOT enough" in verdicts.ceilings(analysis)[0]


@pytest.mark.parametrize(("times", "told"), [(1.05, ": within 10%"), (1.2, ": NOT")])
def test_a_second_opinion_is_told(times: float, told: str) -> None:
    """Of wrk, where it was asked in every round."""
    case = comparison(RATES)
    for each in case.measurements(FASTAPI):
        each.figures["wrk"] = each.figures["rate"] * times
    (said,) = verdicts.second_opinions(Analysis(results(case)))
    assert said.startswith(f"wrk gets {times:.2f}")
    assert told in said


def test_what_wrk_tells_is_read() -> None:
    """Its rate, unless a request of it failed."""
    assert wrk.rate_in("  12 requests\nRequests/sec:   9012.34\nTransfer") == 9012.34
    assert wrk.rate_in("Requests/sec:   9012.34\n  Non-2xx or 3xx responses: 3") == 0
    assert wrk.rate_in("unable to connect") == 0


def test_the_exponent_of_growth_is_found() -> None:
    """Of y ~ x^0.5, and none of two points only."""
    rounds = {x: [3 * x**0.5] * 10 for x in (10.0, 100.0, 1_000.0)}
    found = growth.exponent(rounds)
    assert found
    assert found.median == pytest.approx(0.5)
    assert growth.exponent({10.0: [1.0] * 10, 100.0: [2.0] * 10}) is None


def test_growth_is_read_from_the_cases() -> None:
    """Deliveries by receivers, a line for each subject."""
    cases = [
        comparison({FASTAPI: rate, "null": 1e6}, slug=f"fan-out-{receivers}")
        for receivers, rate in ((10, 1e5), (100, 1e5), (1_000, 1e5))
    ]
    (found,) = growth.of(Analysis(results(*cases)))
    (line,) = found.lines
    assert line.subject == FASTAPI
    assert set(line.points) == {10, 100, 1_000}
    assert line.exponent
    assert line.exponent.low <= 0 <= line.exponent.high
