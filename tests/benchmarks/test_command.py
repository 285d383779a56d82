"""`python -m benchmarks` as its user has it: bad use ends at once with a sentence."""

import sys
from pathlib import Path

import pytest

from benchmarks import running
from benchmarks.__main__ import main
from tests.benchmarks.runs import BARE, FASTAPI, QUART, comparison, results
from tests.commands import typed

RATES = {FASTAPI: 9_000.0, QUART: 6_000.0, BARE: 20_000.0}

BAD_USE = {
    "--rounds 0": "use a whole number from 1 up",
    "--rounds many": "use a whole number from 1 up",
    "--seconds -1": "use seconds from 0.05 to 60",
    "--seconds nan": "use seconds from 0.05 to 60",
    "--seconds 1e9": "use seconds from 0.05 to 60",
    "--seed -1": "use a whole number from 0 up",
    "--only wether": "there is no such case; use one of weather-uvicorn,",
    "--only latency-60": "add --only weather-uvicorn",
    "--quick --only storm": "there is no such case",
    "--resume": "There is no run to go on with",
    "--resume none.json": "none.json cannot be read",
    "--resume none.json --rounds 3": "leave out --rounds, --seconds, --seed",
    "--resume none.json --only storm": "--only and --quick",
    "--quick --resume none.json": "--only and --quick",
    "report none.json": "none.json cannot be read",
    "report README.md": "is not JSON",
    "compare README.md README.md": "is not JSON",
    "compare requirements.lock": "the following arguments are required: after",
    "measure": "invalid choice: 'measure'",
}
"""What somebody may type, and what tells them what to type instead."""


class Command:
    """The command in this process; its exit code, and what it printed where."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *typed: str) -> tuple[int, str, str]:
        """Type it."""
        self._monkeypatch.setattr(sys, "argv", ["python -m benchmarks", *typed])
        try:
            code = main()
        except SystemExit as end:  # argparse's own way to end
            code = int(end.code or 0)
        return code, *self._capsys.readouterr()


@pytest.fixture
def said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Types a command, where no run was made before."""
    monkeypatch.setattr(running, "FOLDER", tmp_path / "reports")
    return Command(monkeypatch, capsys)


@pytest.mark.parametrize(("typed", "told"), BAD_USE.items(), ids=BAD_USE)
def test_bad_use_ends_with_a_sentence(said: Command, typed: str, told: str) -> None:
    """At once, with 2."""
    code, _, error = said(*typed.split())
    assert code == 2
    assert error.splitlines()[-1].startswith("python -m benchmarks")
    assert told in error


def test_a_refusal_is_no_traceback() -> None:
    """As its user sees it: in a process of its own."""
    done = typed("benchmarks", "report", "none.json")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "none.json cannot be read" in done.stderr


def test_help_teaches(said: Command) -> None:
    """With examples of all that there is."""
    code, told, _ = said("--help")
    assert code == 0
    for each in ("--quick", "--resume", "validate", "compare A.json B.json"):
        assert each in told


def test_a_report_is_made_again(said: Command, tmp_path: Path) -> None:
    """The table, the sentences, and the page beside the file."""
    results(comparison(RATES)).save(tmp_path / "run.json")
    code, told, _ = said("report", f"{tmp_path}/run.json")
    assert code == 0
    assert "Weather: FastAPI has" in told.replace("\n", " ")
    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")


def test_a_void_row_shows_in_the_exit_code(said: Command, tmp_path: Path) -> None:
    """So that a script cannot take it for a good run."""
    case = comparison(RATES)
    case.rounds[0][0].void.append("2 errors came")
    results(case).save(tmp_path / "run.json")
    assert said("report", f"{tmp_path}/run.json")[0] == 1


def test_compare_tells_ci_what_became_worse(said: Command, tmp_path: Path) -> None:
    """By its exit code too."""
    results(comparison(RATES)).save(tmp_path / "a.json")
    slower = {**RATES, FASTAPI: 8_000.0}
    results(comparison(slower, seed=2)).save(tmp_path / "b.json")
    code, told, _ = said("compare", f"{tmp_path}/a.json", f"{tmp_path}/b.json")
    assert code == 1
    assert "became worse" in told
    assert said("compare", f"{tmp_path}/a.json", f"{tmp_path}/a.json")[0] == 0


def test_a_run_is_gone_on_with_in_its_own_way(said: Command, tmp_path: Path) -> None:
    """A validation by `validate`, which is said."""
    run = results(comparison(RATES))
    run.settings.mode = "validate"
    run.save(tmp_path / "run.json")
    code, _, error = said("--resume", f"{tmp_path}/run.json")
    assert code == 2
    assert "go on with it by `python -m benchmarks validate --resume`" in error


def test_a_validation_is_judged_by_its_file(said: Command, tmp_path: Path) -> None:
    """In sentences: of two comparisons it is not proven."""
    same = comparison({FASTAPI: 9.0, f"{FASTAPI}#2": 9.0}, slug="alike-0")
    slow = comparison({"slower-fastapi@uvicorn": 8.0, FASTAPI: 9.0}, slug="planted-0")
    run = results(same, slow)
    run.settings.mode = "validate"
    run.save(tmp_path / "run.json")
    _, told, _ = said("report", f"{tmp_path}/run.json")
    assert "Of 1 comparisons of an app with itself 0 were told apart" in told
    assert "Of 1 planted slow-downs of 10% 1 were found" in told
    assert "Not all comparisons are there yet" in told


def test_a_report_that_cannot_be_written_is_said(said: Command, tmp_path: Path) -> None:
    """With the reason, as all bad use."""
    results(comparison(RATES)).save(tmp_path / "run.json")
    (tmp_path / "run.html").mkdir()
    code, _, error = said("report", f"{tmp_path}/run.json")
    assert code == 2
    assert "run.html cannot be written (Is a directory)" in error


def test_rounds_of_two_versions_are_not_mixed(said: Command, tmp_path: Path) -> None:
    """Nor of two machines: another's run is not gone on with."""
    results(comparison(RATES)).save(tmp_path / "run.json")
    code, _, error = said("--resume", f"{tmp_path}/run.json")
    assert code == 2
    assert "was measured with processor one of ours, and this is" in error
