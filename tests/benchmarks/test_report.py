"""The report as a file, as a page, and against another run's."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks import compare, page, table, verdicts
from benchmarks.analysis import Analysis
from benchmarks.errors import UseError
from benchmarks.results import Results
from tests.benchmarks.runs import BARE, FASTAPI, QUART, comparison, results

RATES = {FASTAPI: 9_000.0, QUART: 6_000.0, BARE: 20_000.0}


def test_a_run_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every raw round of it."""
    run = results(comparison(RATES))
    run.save(tmp_path / "run.json")
    assert Results.load(tmp_path / "run.json") == run
    assert [each.name for each in tmp_path.iterdir()] == ["run.json"]


SPOILED: dict[str, tuple[Callable[[str], str], str]] = {
    "of another version": (
        lambda text: text.replace('"format": 1', '"format": 2'),
        "has format 2, but this version of the benchmarks reads 1: measure again",
    ),
    "of something else": (lambda _: '{"report": 1}', "is no result file"),
    "not JSON": (lambda text: text[:-9], "is not JSON"),
    "damaged": (lambda text: text.replace('"rounds": 10', '"rounds": "x"'), "settings"),
}


@pytest.mark.parametrize(("spoil", "told"), SPOILED.values(), ids=SPOILED)
def test_another_file_is_refused(
    tmp_path: Path, spoil: Callable[[str], str], told: str
) -> None:
    """With a sentence that names it."""
    path = tmp_path / "run.json"
    results(comparison(RATES)).save(path)
    path.write_text(spoil(path.read_text()))
    with pytest.raises(UseError, match=re.escape(str(path))) as error:
        Results.load(path)
    assert told in str(error.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """And what to name instead."""
    with pytest.raises(UseError, match="cannot be read"):
        Results.load(tmp_path / "none.json")


class _Loads(HTMLParser):
    """What a page would load, and the tags it leaves open."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what it loads."""
        self.loads += [name for name, _ in attrs if name in {"src", "href"}]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the last that is open."""
        assert self.open.pop() == tag


def test_the_page_needs_nothing_else() -> None:
    """It loads nothing, runs nothing, and says what the sentences say."""
    growing = [
        comparison(RATES, slug=f"fan-out-{receivers}") for receivers in (10, 100, 1_000)
    ]
    whole = comparison(RATES, skipped={"go": "there is no `go` on the <PATH>"})
    html = page.render(Analysis(results(whole, *growing)))
    parser = _Loads()
    parser.feed(html)
    assert parser.loads == []
    assert parser.open == []
    assert "<script" not in html
    assert "url(" not in html
    assert re.search(r"FastAPI has 1\.\d\d times the requests/s of Quart", html)
    assert "Go was left out: there is no `go` on the &lt;PATH&gt;." in html
    assert 'class="plot"' in html
    assert "prefers-color-scheme: dark" in html
    assert "nan" not in html


def test_the_verdict_compares_like_with_like() -> None:
    """One worker with one, two with two; the rest is in the table."""
    many = {f"{app}{n}": 9_000.0 for app in (FASTAPI, QUART) for n in ("", "*2")}
    pairs = [(f"{FASTAPI}{n}", f"{QUART}{n}") for n in ("", "*2")]
    case = comparison(many, base=FASTAPI, pairs=pairs)
    told = verdicts.headlines(Analysis(results(case)))
    assert len(told) == 2
    assert "FastAPI with 2 workers and Quart with 2 workers" in told[1]


def test_an_unfinished_run_has_a_report_too() -> None:
    """Ctrl-C keeps what is done."""
    run = results(comparison(RATES, rounds=1))
    assert "broken off: go on with --resume" in page.render(Analysis(run))
    console = Console(record=True, width=100)
    table.show(Analysis(run), console)
    assert "too few rounds" in console.export_text()


def test_one_round_is_shown_without_an_interval() -> None:
    """Nothing is known of where its median may be."""
    made = comparison({BARE: 20_000, QUART: 9_000, FASTAPI: 10_000}, rounds=1)
    shown = page.render(Analysis(results(made, rounds=1)))
    assert "(one round)" in shown
    assert not re.search(r"\binf\b", shown)


def test_runs_that_are_alike_have_not_changed() -> None:
    """Though the second machine is half as fast."""
    before = results(comparison(RATES, seed=1))
    halved = {name: rate / 2 for name, rate in RATES.items()}
    found = compare.changes(before, results(comparison(halved, seed=2)))
    assert [each.word for each in found] == ["unchanged"] * 3


def test_what_became_worse_is_told() -> None:
    """A tenth less of FastAPI, against the same base."""
    before = results(comparison(RATES, seed=1))
    after = results(comparison({**RATES, FASTAPI: 8_100.0}, seed=2))
    found = {
        (each.row.first, each.row.second): each
        for each in compare.changes(before, after)
    }
    assert found[FASTAPI, BARE].word == "worse"
    assert found[QUART, BARE].word == "unchanged"
    assert found[FASTAPI, BARE].change.median == pytest.approx(0.9, rel=0.03)
    assert "became worse" in compare.summary(list(found.values()))


def test_runs_of_two_machines_are_told_apart() -> None:
    """For a ratio may change with the machine alone."""
    before, after = results(comparison(RATES)), results(comparison(RATES))
    assert compare.machines(before, after) is None
    after.machine["cores"] = "64"
    assert "different machines (cores differ)" in str(compare.machines(before, after))


def test_runs_without_a_common_case_are_not_compared() -> None:
    """Which is said."""
    other = comparison(RATES, slug="other")
    found = compare.changes(results(comparison(RATES)), results(other))
    assert found == []
    assert "nothing in common" in compare.summary(found)


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    """For programs: the version of its form, machine, versions, settings, rounds."""
    results(comparison(RATES)).save(tmp_path / "run.json")
    said = json.loads((tmp_path / "run.json").read_text())
    assert (said["benchmark"], said["format"]) == ("tandem", 1)
    assert {"machine", "versions", "settings", "started", "comparisons"} <= set(said)
    assert len(said["comparisons"]["weather-uvicorn"]["rounds"]) == 10
