"""What the command says: of bad input, of bounds that were passed, in the document."""

from dataclasses import replace

import pytest

from tests.commands import typed
from tests.contract.cells import CELLS
from tests.memory import report
from tests.memory.idle import allow_files
from tests.memory.messages import Fault, Latencies
from tests.memory.report import Result
from tests.memory.serving import MIB

SOUND = Result("quart@granian", 100, 10, 2, came=4, cut=4, ratio=1.5)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--stalled", "1000"], "of the clients at least one must be stalled"),
        (["--stalled", "0"], "of the clients at least one must be stalled"),
        (["--messages", "99"], "--messages 99: take 100 or more."),
        (["--clients", "many"], "'many' is no whole number up to a million"),
        (["--cell", "quart@apache"], "invalid choice: 'quart@apache'"),
    ],
)
def test_bad_input_is_named(arguments: list[str], sentence: str) -> None:
    """At once, in a sentence, with exit code 2."""
    ended = typed("tests.memory", *arguments, timeout=20)
    assert ended.returncode == 2
    assert sentence in ended.stderr
    assert "Traceback" not in ended.stderr


def test_too_few_open_files_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do, before anything is started."""
    monkeypatch.setattr("resource.getrlimit", lambda _: (1_024, 4_096))
    with pytest.raises(Fault) as caught:
        allow_files(4_000)
    assert str(caught.value).startswith("4,000 connections need 4,200 open files")


def test_what_is_within_bounds_is_no_complaint() -> None:
    """Not even at the bound."""
    at_the_bound = replace(SOUND, grown_bytes=64 * MIB, ratio=2.0)
    assert report.complaints(at_the_bound) == []


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        (replace(SOUND, fault="it broke."), "it broke."),
        (
            replace(SOUND, grown_bytes=65 * MIB),
            "memory grew by 65 MiB among stalled readers; the bound is 64 MiB.",
        ),
        (
            replace(SOUND, floods={"messages": 65 * MIB}),
            "memory grew by 65 MiB in a flood of messages; the bound is 64 MiB.",
        ),
        (
            replace(SOUND, replays_bytes=65 * MIB),
            "memory grew by 65 MiB with replays that nobody read; the bound is 64 MiB.",
        ),
        (replace(SOUND, cut=3), "1 of 4 stalled readers were not cut off."),
        (
            replace(SOUND, ratio=2.1),
            "messages took 2.1 times as long among the stalled; the bound is 2.",
        ),
    ],
)
def test_a_bound_that_was_passed_is_named(result: Result, complaint: str) -> None:
    """With what was measured and what it may be."""
    assert report.complaints(result) == [complaint]


def test_only_granian_may_pass_the_bound_in_a_flood_of_pings() -> None:
    """It cannot be told of one; with any other server it is ours to mend."""
    flooded = replace(SOUND, floods={"pings": 65 * MIB})
    assert report.complaints(flooded) == []
    assert report.complaints(replace(flooded, cell="quart@uvicorn"))


def test_the_slow_ones_are_the_last_of_a_hundred() -> None:
    """The time that 99 of 100 keep, to the tenth of a millisecond."""
    latencies = Latencies()
    for number in range(1, 101):
        latencies.add(number / 1_000 + 0.00005)
    assert latencies.slow() == pytest.approx(0.0991)


def test_the_document_has_what_was_recorded() -> None:
    """Of all cells, all within bounds, and nothing typed by hand."""
    assert [each.cell for each in report.recorded()] == list(CELLS)
    assert [each for each in report.recorded() if report.complaints(each)] == []
    assert report.DOCUMENT.read_text("utf-8") == report.renewed()
