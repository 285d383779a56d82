"""What may be said on the command line of an app."""

import pytest

from shared import command_line
from shared.workers import SERVERS


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of a command line."""
    monkeypatch.setattr("sys.argv", ["__main__.py", *arguments])
    with pytest.raises(SystemExit) as caught:
        command_line.main("quart_app:create_app")
    assert isinstance(caught.value.code, int)
    return caught.value.code


def test_help_names_every_server_and_default(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And where the settings are."""
    assert run(monkeypatch, "--help") == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: python -m quart_app")
    for word in (*SERVERS, "127.0.0.1", "8000", "TANDEM_"):
        assert word in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--server", "gunicorn"], "invalid choice: 'gunicorn'"),
        (["--port", "http"], "argument --port"),
        (["--workers", "0"], "--workers: use a whole number from 1 to 64"),
        (["--workers", "65"], "--workers: use a whole number from 1 to 64"),
        (["--workers", "-1"], "--workers: use a whole number from 1 to 64"),
        (["--workers", "many"], "--workers: use a whole number from 1 to 64"),
        (["--prot", "8000"], "unrecognized arguments: --prot"),
        (["8000"], "unrecognized arguments: 8000"),
    ],
)
def test_a_bad_argument_is_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """With the usage, and exit code 2."""
    assert run(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("usage: python -m quart_app")
    assert said in error
