"""The documents say what the kept run says, before there is one and after."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmarks import page, publishing, targets
from benchmarks.analysis import Analysis
from benchmarks.case import SHARES
from benchmarks.errors import UseError
from benchmarks.results import Results
from tests.benchmarks.runs import BARE, FASTAPI, QUART, comparison, results

RATES = {
    FASTAPI: 9_000.0,
    QUART: 6_000.0,
    BARE: 20_000.0,
    "broadcast": 10_000.0,
}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of what is kept, empty."""
    monkeypatch.setattr(publishing, "KEPT", tmp_path / "kept")
    return tmp_path / "kept"


def _whole() -> Results:
    fan_out = comparison(
        RATES,
        slug="fan-out-200",
        title="Fan-out",
        base="broadcast",
        figures={"rate": "deliveries/s"},
    )
    run = results(comparison(RATES), fan_out)
    run.finished = datetime(2026, 11, 25, 1, tzinfo=UTC)
    return run


@pytest.mark.parametrize("document", publishing.PLACES, ids=lambda path: path.name)
def test_documents_say_what_the_kept_run_says(document: Path) -> None:
    """`python -m benchmarks publish` renews them."""
    text = document.read_text("utf-8")
    assert text.count("<!-- results -->\n") == text.count("<!-- /results -->") == 1
    assert text == publishing.renewed(document)


def test_the_kept_page_is_made_of_the_kept_run() -> None:
    """As `publish` makes it; without a run there is no page either."""
    run, html = (publishing.KEPT / name for name in ("full.json", "full.html"))
    assert run.exists() == html.exists()
    if run.exists():
        made = page.render(Analysis(Results.load(run)))
        # Not compared in the assertion: pytest would take minutes to tell them apart.
        is_same = html.read_text("utf-8") == made
        assert is_same, "python -m benchmarks publish makes it anew"


@pytest.mark.parametrize(
    "told",
    [publishing.told_run, publishing.told_briefly, publishing.told_targets],
    ids=lambda told: told.__name__,
)
def test_without_a_kept_run_the_documents_say_so(
    kept: Path, told: Callable[[], str]
) -> None:
    """And how to make one."""
    assert told() == "No run is kept yet; `make bench` makes one.\n"


def test_a_kept_run_is_told_of(kept: Path, tmp_path: Path) -> None:
    """Its sentences, whether it can be believed, its targets; and its page is there."""
    _whole().save(tmp_path / "run.json")
    publishing.keep(tmp_path / "run.json")
    told = publishing.told_run()
    assert "A full run of 25 November 2026 on 2 cores of one of ours" in told
    assert "- Weather: FastAPI has 1." in told
    assert "- No row is void." in told
    assert "- No validation is kept yet." in told
    assert "- Weather: FastAPI has 1." in publishing.told_briefly()
    assert (kept / "full.html").read_text("utf-8").startswith("<!doctype html>")
    line = next(x for x in publishing.told_targets().splitlines() if "Quart" in x)
    assert line.startswith("| Fan-out: Quart / websockets.broadcast() | at least 0.6 |")


def test_targets_are_judged_by_their_intervals() -> None:
    """Reached or missed where the interval says so, else by the median alone."""
    rates = {FASTAPI: 9_000.0, QUART: 5_000.0, BARE: 20_000.0, "broadcast": 10_000.0}
    fan_out = comparison(rates, slug="fan-out-200", base="broadcast")
    found = targets.rows(Analysis(results(fan_out)))
    assert [(each[0].partition(": ")[2], each[3]) for each in found] == [
        ("FastAPI / websockets.broadcast()", "reached"),
        ("Quart / websockets.broadcast()", "missed"),
    ]


def test_the_cores_part_may_be_at_most_a_tenth() -> None:
    """Of the CPU time in fan-out, as it was sampled."""
    shares = {"sampled-fastapi@uvicorn": 0.05, "sampled-quart@uvicorn": 0.2}
    case = comparison(
        shares, slug="shares", base="sampled-quart@uvicorn", pairs=[], figures=SHARES
    )
    for measured in (each for round_ in case.rounds for each in round_):
        measured.figures = dict.fromkeys(SHARES, measured.figures["rate"])
    found = targets.rows(Analysis(results(case)))
    assert [(each[1], each[3]) for each in found] == [
        ("at most 0.1", "reached"),
        ("at most 0.1", "missed"),
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"mode": "quick"}, "is of a quick run: publish a full one"),
        ({"only": ["storm"]}, "is of a part of a run: publish a whole one"),
    ],
    ids=["quick", "a part"],
)
def test_only_a_whole_run_is_kept(
    kept: Path, tmp_path: Path, change: dict[str, object], told: str
) -> None:
    """Another is refused with a sentence."""
    run = _whole()
    run.settings = run.settings.model_copy(update=change)
    run.save(tmp_path / "run.json")
    with pytest.raises(UseError, match=told):
        publishing.keep(tmp_path / "run.json")
    assert not kept.exists()
