"""`python -m tests.teeth`: what may be said to it, and what it says at the end."""

import json
import re
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.teeth import __main__, report
from tests.teeth.bite import Bite, Outcome
from tests.teeth.variants import Variant, choose, read
from tests.teeth.verdict import Judgement, Verdict

VARIANTS = [
    Variant(name, "C-26", ("quart@uvicorn", "fastapi@granian"), "Why.", Path(name))
    for name in ("one", "two")
]


def _outcomes(*verdicts: Verdict, unbroken: Verdict) -> list[Outcome]:
    bites = [
        Bite(v.name, cell, ("C-26",), v.patch) for v in VARIANTS for cell in v.cells
    ]
    bites.append(Bite("unbroken", "quart@uvicorn", ("C-26",)))
    return [
        Outcome(bite, Judgement(verdict, "a::test", "why"), 1.0, "printed")
        for bite, verdict in zip(bites, (*verdicts, unbroken), strict=True)
    ]


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["__main__.py", *arguments])
    with pytest.raises(SystemExit) as end:
        sys.exit(__main__.main())
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "There is no variant 'nonsense': name one of the files in"),
        (["--workers", "0"], "--workers 0: at least one is needed."),
        (["--worker", "x"], "invalid int value: 'x'"),
    ],
)
def test_bad_use_ends_at_once(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """With a sentence and exit code 2."""
    assert _run(monkeypatch, *arguments) == 2
    assert said in capsys.readouterr().err


def test_help_teaches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it does, what it leaves behind, and what its exit code means."""
    assert _run(monkeypatch, "--help") == 0
    said = capsys.readouterr().out
    for word in ("VARIANT", "reports/teeth", "exit code"):
        assert word in said
    (example,) = re.findall(r"python -m tests\.teeth ([a-z0-9-]+)  ", said)
    assert [each.name for each in choose(read(), [example])] == [example]


def test_a_patch_that_does_not_fit_ends_the_run_before_it_begins(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """With a sentence that names it, and exit code 2."""
    patch = tmp_path / "drifted.patch"
    patch.write_text(
        "--- a/shared/body.py\n+++ b/shared/body.py\n@@ -1 +1 @@\n-was\n+is\n"
    )
    drifted = Variant("drifted", "C-26", ("quart@uvicorn",), "Why.", patch)
    monkeypatch.setattr(__main__, "read", lambda: [drifted])
    assert _run(monkeypatch) == 2
    assert "drifted.patch does not apply any more" in capsys.readouterr().err


CAUGHT, SURVIVED, VOID = Verdict.CAUGHT, Verdict.SURVIVED, Verdict.VOID


@pytest.mark.parametrize(
    ("verdicts", "unbroken", "code", "last"),
    [
        ((CAUGHT,) * 4, SURVIVED, 0, "2 passed, 0 failed"),
        ((CAUGHT, CAUGHT, CAUGHT, SURVIVED), SURVIVED, 1, "1 passed, 1 failed"),
        ((VOID, CAUGHT, SURVIVED, CAUGHT), SURVIVED, 1, "0 passed, 2 failed"),
        ((CAUGHT,) * 4, CAUGHT, 1, "2 passed, 1 failed"),
        ((CAUGHT,) * 4, VOID, 1, "2 passed, 1 failed"),
    ],
)
def test_the_last_line_and_the_exit_code_say_it_all(
    capsys: pytest.CaptureFixture[str],
    verdicts: tuple[Verdict, ...],
    unbroken: Verdict,
    code: int,
    last: str,
) -> None:
    """A variant counts as caught if it was on each of its cells."""
    outcomes = _outcomes(*verdicts, unbroken=unbroken)
    assert __main__.sum_up(VARIANTS, outcomes) == code
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == last
    assert ("without any patch on quart@uvicorn" in said) is (unbroken != SURVIVED)


def test_the_table_and_the_report_name_every_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """For people and for programs."""
    monkeypatch.setattr(report, "REPORTS", tmp_path / "reports")
    outcomes = _outcomes(CAUGHT, VOID, SURVIVED, CAUGHT, unbroken=SURVIVED)
    console = Console(record=True, width=100)
    report.show(console, VARIANTS, outcomes)
    shown = console.export_text()
    for cell in (
        "caught uvicorn",
        "void granian",
        "SURVIVED uvicorn",
        "caught granian",
    ):
        assert shown.count(cell) == 1
    report.write(VARIANTS, outcomes)
    told = json.loads((tmp_path / "reports" / "teeth.json").read_text())
    assert [each["name"] for each in told["variants"]] == ["one", "two"]
    verdicts = [[at["verdict"] for at in each["cells"]] for each in told["variants"]]
    assert verdicts == [["caught", "void"], ["SURVIVED", "caught"]]
    assert told["unbroken"][0]["verdict"] == "SURVIVED"
