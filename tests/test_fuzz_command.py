"""`make fuzz`: bad use ends at once, and what is found is said and fails the run."""

from pathlib import Path

import pytest

from tests.contract.cells import Cell
from tests.fuzz import __main__ as command
from tests.fuzz.follower import Follower, Json, Log
from tests.fuzz.requests import Defect


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["fuzz", *arguments])
    return command.main()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--cell", "flask@uvicorn"], "invalid choice: 'flask@uvicorn'"),
        (["--examples", "abc"], "--examples: 'abc' is no whole number from 1 on"),
        (["--examples", "0"], "--examples: '0' is no whole number from 1 on"),
        (["--seed", "-1"], "--seed: '-1' is no whole number from 1 on"),
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


def test_what_is_found_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And is the last that is said."""

    def find(name: str, examples: int, seed: int) -> None:
        raise Defect(f"{name} {examples} {seed}")

    monkeypatch.setattr(command, "_fuzz", find)
    options = ("--cell", "quart@granian", "--examples", "5", "--seed", "7")
    assert _run(monkeypatch, *options) == 1
    assert capsys.readouterr().err == "\nquart@granian 5 7\n"


def test_both_frameworks_are_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unless a cell is named, with what CI asks for."""
    asked = []
    monkeypatch.setattr(command, "_fuzz", lambda *given: asked.append(given))
    assert _run(monkeypatch) == 0
    assert asked == [("quart@uvicorn", 2_000, 1), ("fastapi@uvicorn", 2_000, 1)]


def _message(seq: int, text: str = "hi", ref: str | None = None) -> Json:
    return {
        "type": "message",
        "seq": seq,
        "room": "lobby",
        "name": "ann",
        "text": text,
        "at": "2026-01-01T00:00:00Z",
        "ref": ref,
    }


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    """One whose next message is the third, in a room where two know all three."""
    log: Log = {seq: _message(seq, ref=f"ref-{seq}") for seq in (1, 2, 3)}
    follower = Follower(Cell("quart@uvicorn", tmp_path, {}), "lobby", "ann", log)
    follower.next = 3
    return follower


def test_a_follower_takes_what_comes_next(follower: Follower) -> None:
    """One after the other, presence between them, its own again if it asked."""
    follower._take(_message(3, ref="ref-3"))
    follower._take({"type": "presence", "members": 1, "joined": [], "left": []})
    follower.resent["ref-2"] += 1
    follower._take(_message(2, ref="ref-2"))
    with pytest.raises(AssertionError, match="2 instead of 4"):
        follower._take(_message(2, ref="ref-2"))
    follower._take(_message(4))
    assert follower.next == 5


@pytest.mark.parametrize(
    "frame",
    [
        _message(4),
        _message(2, ref="ref-2"),
        _message(3, text="other", ref="ref-3"),
        {"type": "error", "code": "invalid_json", "detail": "No.", "ref": None},
        {"type": "other"},
    ],
    ids=["a gap", "an old one", "another text", "no refusal of its own", "no frame"],
)
def test_a_follower_notices(follower: Follower, frame: Json) -> None:
    """An oracle that took anything would find nothing."""
    with pytest.raises(AssertionError):
        follower._take(frame)


def test_a_follower_notices_what_comes_twice(follower: Follower) -> None:
    """Even what it has sent again: the connection had brought it already."""
    follower._take(_message(3, ref="ref-3"))
    follower.resent["ref-3"] += 1
    with pytest.raises(AssertionError, match="3 instead of 4"):
        follower._take(_message(3, ref="ref-3"))
