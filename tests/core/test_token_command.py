"""The command that makes a token."""

import sys

import jwt
import pytest

from shared.token import main

SECRET = "s" * 32


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of the command with these arguments."""
    monkeypatch.setattr(sys, "argv", ["token", *arguments])
    return main()


def test_it_prints_a_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And nothing else, so that a script can use it."""
    monkeypatch.setenv("TANDEM_TOKEN_SECRET", SECRET)
    arguments = ("ann", "--rooms", "lobby", "attic", "--minutes", "0.5")
    assert run(monkeypatch, *arguments) == 0
    printed = capsys.readouterr()
    claims = jwt.decode(printed.out.strip(), SECRET, ["HS256"])
    assert (claims["sub"], claims["rooms"]) == ("ann", ["lobby", "attic"])
    assert printed.err == ""


def test_it_needs_the_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence says so."""
    assert run(monkeypatch, "ann") == 2
    assert capsys.readouterr().err == (
        "python -m shared.token: TANDEM_TOKEN_SECRET is not set: give it the secret"
        " that the apps have.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a\nb"], "name cannot be used: Input should hold printable characters only."),
        (["ann", "--rooms", "A"], "--rooms cannot be used: String should match"),
        (["ann", "--minutes", "1e300"], "--minutes cannot be used: Input should be"),
        (["ann", "--rooms", *["r" * 64] * 60], "name fewer rooms."),
    ],
)
def test_it_makes_no_token_that_would_be_refused(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    """What cannot be used is named at once."""
    monkeypatch.setenv("TANDEM_TOKEN_SECRET", SECRET)
    assert run(monkeypatch, *arguments) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("minutes", ["0", "-5", "soon", "nan"])
def test_minutes_are_a_number_over_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], minutes: str
) -> None:
    """A token that has expired helps nobody."""
    monkeypatch.setenv("TANDEM_TOKEN_SECRET", SECRET)
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "ann", f"--minutes={minutes}")
    assert ended.value.code == 2
    assert "use a number of minutes over 0" in capsys.readouterr().err
