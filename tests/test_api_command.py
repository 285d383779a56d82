"""`make api`: compares both apps with docs/api, or writes what they say there."""

from pathlib import Path

import pytest

from tests import parity
from tests.parity import ACCEPT, Documents, main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in place of docs/api, which is not there yet."""
    folder = tmp_path / "api"
    monkeypatch.setattr(parity, "FOLDER", folder)
    return folder


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["parity", *arguments])
    return main()


def test_what_is_not_committed_is_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to do if it is wanted."""
    assert _run(monkeypatch) == 1
    told = capsys.readouterr().out
    assert "+GET /weather/{city}\n" in told
    assert ACCEPT in told
    assert not folder.exists()


def test_what_is_wanted_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After that nothing is different."""
    assert _run(monkeypatch, "--write") == 0
    assert {each.name for each in folder.iterdir()} == {
        "routes.txt",
        "openapi.json",
        "asyncapi.json",
    }
    assert _run(monkeypatch) == 0
    assert "Both apps say what is in docs/api." in capsys.readouterr().out


def test_nothing_is_written_while_the_apps_differ(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither of them is the one to believe."""

    async def disagree() -> tuple[Documents, Documents]:
        return {"routes.txt": "GET /\n"}, {"routes.txt": "GET /a\n"}

    monkeypatch.setattr(parity, "said", disagree)
    assert _run(monkeypatch, "--write") == 1
    told = capsys.readouterr().out
    assert "-GET /\n+GET /a\n" in told
    assert "make them agree first" in told
    assert not folder.exists()
