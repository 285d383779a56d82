"""`python -m tests.chaos`: what may be said to it, and what it says at the end."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from tests.chaos import __main__ as command
from tests.chaos import outcome as kept
from tests.chaos import report
from tests.chaos.faults import FAULTS
from tests.chaos.oracle import Findings, Message
from tests.chaos.outcome import Outcome, keep

LOST = Findings(lost=["ann has not got bob's 0-1 (seq 1 of e)"])


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["__main__.py", *arguments])
    return command.main()


def _outcome(
    fault: str = "redis-killed",
    findings: Findings | None = None,
    amiss: list[str] | None = None,
) -> Outcome:
    return Outcome(
        cell="quart@granian",
        fault=fault,
        seed=7,
        messages=5_000,
        acknowledged=5_000,
        findings=findings or Findings(),
        amiss=amiss or [],
        recovery=1.5,
        evidence=None if not findings else Path("reports/chaos/there"),
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cell", "flask@uvicorn"], "invalid choice: 'flask@uvicorn'"),
        (["--fault", "flood"], "invalid choice: 'flood'"),
        (["--rounds", "0"], "--rounds: '0' is no whole number from 1 on"),
        (["--messages", "ten"], "--messages: 'ten' is no whole number from 1 on"),
        (["--messages", "9"], "--messages 9: at least 10 are needed"),
        (["--seed", "-1"], "--seed: '-1' is no whole number from 1 on"),
        (["--cell", "mixed", "--fault", "disk-full"], "mixed is for faults with"),
    ],
)
def test_bad_use_ends_at_once(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """In a sentence that names the mistake, with exit code 2."""
    with pytest.raises(SystemExit) as caught:
        _run(monkeypatch, *arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_help_teaches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every fault in its words, where evidence is kept, what the exit code means."""
    with pytest.raises(SystemExit) as caught:
        _run(monkeypatch, "--help")
    assert caught.value.code == 0
    said = capsys.readouterr().out
    for word in ("reports/chaos", "exit code", *(each.what for each in FAULTS)):
        assert word in said


def test_all_faults_are_tried_where_they_can_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Twenty rounds of each kill by default; those of one stage side by side."""
    asked: list[command.Batch] = []

    def note(batches: list[command.Batch], *given: object) -> list[Outcome]:
        asked.extend(batches)
        return [_outcome()]

    monkeypatch.setattr(command, "_run_all", note)
    monkeypatch.setattr(report, "REPORTS", tmp_path)
    assert _run(monkeypatch) == 0
    kills = [each.rounds for each in asked if each.fault.name.endswith("killed")]
    assert set(kills) == {20}
    with_redis = [each for each in FAULTS if each.kind.redis]
    assert len(asked) == 6 * len(FAULTS) + len(with_redis)
    kinds = [(each.cell, each.kind) for each in asked]
    changes = sum(before != after for before, after in pairwise(kinds))
    assert changes == len(set(kinds)) - 1
    asked.clear()
    options = ("--cell", "mixed", "--fault", "redis-killed", "--rounds", "3")
    assert _run(monkeypatch, *options) == 0
    assert [(each.cell, each.rounds) for each in asked] == [("mixed", 3)]


@pytest.mark.parametrize(
    "bad",
    [
        _outcome(findings=LOST),
        _outcome(findings=Findings(doubled=["twice"])),
        _outcome(findings=Findings(reordered=["upside down"])),
        _outcome(amiss=["it ended with 1"]),
    ],
    ids=["lost", "doubled", "reordered", "amiss"],
)
def test_what_is_found_fails_the_run(
    capsys: pytest.CaptureFixture[str], bad: Outcome
) -> None:
    """And is told, with the command that runs that round again."""
    assert report.sum_up([_outcome(), bad]) == 1
    said = capsys.readouterr().out
    assert [*bad.amiss, *bad.findings.all][0] in said
    assert (
        "--cell quart@granian --fault redis-killed --rounds 1"
        " --messages 5000 --seed 7" in said
    )
    assert said.splitlines()[-1].startswith("2 rounds, 1 failed: 10,000 acknowledged")


def test_a_good_run_ends_with_zeros(capsys: pytest.CaptureFixture[str]) -> None:
    """In the last line, which programs may read too."""
    assert report.sum_up([_outcome()]) == 0
    assert capsys.readouterr().out == (
        "1 rounds, 0 failed: 5,000 acknowledged, 0 lost, 0 doubled, 0 reordered,"
        " 0 amiss\n"
    )


def test_the_table_and_the_report_name_every_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """For people and for programs."""
    outcomes = [_outcome(), _outcome(findings=LOST), _outcome("disk-full")]
    console = Console(record=True, width=80)
    report.show(console, outcomes)
    heading, *rows = [line.split() for line in console.export_text().splitlines()]
    assert heading[:4] == ["rounds", "acknowledged", "lost", "doubled"]
    assert rows == [
        ["redis-killed"],
        ["quart@granian", "2", "10,000", *"1000", "1.5", "(1.5)"],
        ["disk-full"],
        ["quart@granian", "1", "5,000", *"0000", "1.5", "(1.5)"],
    ]
    monkeypatch.setattr(report, "REPORTS", tmp_path / "reports")
    report.write(outcomes)
    told = json.loads((tmp_path / "reports" / "report.json").read_text())
    assert [each["lost"] for each in told] == [0, 1, 0]
    assert told[1]["found"] == LOST.lost


def test_the_evidence_of_a_failure_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What was found, what each member got, and what the processes printed."""
    monkeypatch.setattr(kept, "REPORTS", tmp_path / "reports")
    monkeypatch.setattr(kept, "ROOT", tmp_path)
    stage = tmp_path / "stage"
    (stage / "quart@granian").mkdir(parents=True)
    (stage / "quart@granian" / "output.txt").write_text("printed")
    message = Message("e", 1, "bob", "0-1", "hi", "now")
    told: dict[str, list[str | Message]] = {"ann": ["closed", message]}
    folder = tmp_path / keep(_outcome(findings=LOST), stage, told)
    assert folder.name == "quart@granian-redis-killed-7"
    assert (folder / "found.txt").read_text() == f"{LOST.lost[0]}\n"
    first, second = (folder / "ann.txt").read_text().splitlines()
    assert (first, json.loads(second)["ref"]) == ("closed", "0-1")
    assert (folder / "printed-quart@granian-output.txt").read_text() == "printed"
