"""The log: one JSON object a line, which nobody can forge."""

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from shared.logs import REQUEST_ID, JsonLines, log_to_stderr
from tests.core.fakes import settings


def line_of(message: str, *words: object, **given: Any) -> str:
    """What a record becomes."""
    record = logging.LogRecord(
        "some.logger", logging.WARNING, __file__, 1, message, words, None
    )
    vars(record).update(given)
    return JsonLines().format(record)


def test_a_line_says_when_who_and_what() -> None:
    """And no more than there is to say."""
    told = json.loads(line_of("%s of %d", "one", 2, created=1_764_000_000.5))
    assert told.pop("process") > 0
    assert told == {
        "time": "2025-11-24T16:00:00.500000+00:00",
        "level": "warning",
        "logger": "some.logger",
        "message": "one of 2",
        "request_id": None,
    }


def test_fields_are_members_of_their_own() -> None:
    """For whoever searches by them; whatever cannot be JSON is its text."""
    told = json.loads(line_of("x", fields={"status": 200, "codec": 1j}))
    assert (told["status"], told["codec"]) == (200, "1j")


def test_what_is_served_is_named() -> None:
    """In every line that is logged meanwhile."""
    known_as = REQUEST_ID.set("id-1")
    try:
        assert json.loads(line_of("x"))["request_id"] == "id-1"
    finally:
        REQUEST_ID.reset(known_as)


def test_an_error_brings_its_trace() -> None:
    """Within the same line."""
    try:
        raise ValueError("two\nlines")
    except ValueError:
        line = line_of("x", exc_info=sys.exc_info())
    assert "\n" not in line
    assert json.loads(line)["error"].endswith("ValueError: two\nlines")


@pytest.mark.parametrize(
    "text",
    [
        'x"}\n{"level": "error"',
        "a\r\nb",
        "a\u2028b\u2029c",
        "\x1b[31m\x07\x08",
        "\x9b31m\x85",
        "\x7f",
        "\u202eabc",
        "\udcff",
        "東京",
    ],
)
def test_no_text_can_be_more_than_a_text(text: str) -> None:
    """The line stays one of printable ASCII, and says what the text was."""
    for line in (line_of("%s", text), line_of("x", fields={"name": text})):
        assert line.isascii()
        assert line.isprintable()
        assert text in json.loads(line).values()


@pytest.fixture
def _log_as_it_was() -> Iterator[None]:
    root, httpx = logging.getLogger(), logging.getLogger("httpx")
    handlers, levels = root.handlers, (root.level, httpx.level)
    root.handlers = []
    yield
    logging.captureWarnings(False)  # noqa: FBT003 -- the library's signature
    root.handlers = handlers
    root.setLevel(levels[0])
    httpx.setLevel(levels[1])


@pytest.mark.usefixtures("_log_as_it_was")
def test_all_that_is_logged_goes_to_stderr(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From the setting's level on, warnings too, and each once."""
    for _ in range(2):
        log_to_stderr(settings(log_level="warning"))
    logging.getLogger("uvicorn.error").error("of a server")
    logging.getLogger("any").info("not told")
    with warnings.catch_warnings(action="always"):
        warnings.warn("of a library", stacklevel=1)
    out, err = capsys.readouterr()
    assert out == ""
    told = [json.loads(line) for line in err.splitlines()]
    assert [each["logger"] for each in told] == ["uvicorn.error", "py.warnings"]
    assert "of a library" in told[1]["message"]
