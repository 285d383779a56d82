"""The oracle: it says nothing of a good run, and names each thing that must not be."""

from collections.abc import Sequence

import pytest

from tests.chaos.oracle import Findings, Line, Message, judge


def _message(seq: int, epoch: str = "e", ref: str | None = None) -> Message:
    ref = ref or f"r{seq}"
    return Message(epoch, seq, "ann", ref, f"text of {ref}", "2026-01-01T00:00:00Z")


ONE, TWO, THREE = RIGHT = [_message(seq) for seq in (1, 2, 3)]
AGAIN = _message(4, ref="r2")
OTHER = _message(2, ref="other")
NEW_LIFE = [_message(seq, "f", f"f{seq}") for seq in (1, 2)]


def _judge(
    line: Sequence[Message] = RIGHT,
    history: Sequence[Message] = RIGHT,
    acknowledged: Sequence[Message] = RIGHT,
    start: int = 0,
) -> Findings:
    lines = {"bob": Line(0, RIGHT), "eve": Line(start, line)}
    return judge(acknowledged, lines, history)


def _counts(findings: Findings) -> tuple[int, int, int]:
    return len(findings.lost), len(findings.doubled), len(findings.reordered)


def test_a_good_run_has_no_findings() -> None:
    """Everybody got everything, once and in order."""
    assert _judge() == Findings([], [], [])
    assert _judge().all == []


def test_a_line_may_begin_late() -> None:
    """What lies before the cursor that a member came with is not missing."""
    assert _judge([THREE], start=2).all == []


def test_what_was_not_acknowledged_may_be_there() -> None:
    """Or not: nobody was told."""
    assert _judge(acknowledged=[ONE]).all == []
    assert _judge([ONE, TWO], acknowledged=[ONE, TWO]).all == []


@pytest.mark.parametrize(
    ("line", "counts"),
    [
        ([ONE, TWO], (1, 0, 0)),
        ([], (3, 0, 0)),
        ([ONE, THREE], (1, 0, 1)),
        ([ONE, TWO, TWO, THREE], (0, 1, 0)),
        ([ONE, TWO, THREE, ONE], (0, 1, 0)),
        ([ONE, THREE, TWO], (0, 0, 2)),
        ([TWO, ONE, THREE], (0, 0, 3)),
        ([ONE, OTHER, THREE], (1, 0, 1)),
        ([ONE, TWO, THREE, AGAIN], (0, 1, 0)),
        ([ONE, TWO._replace(text="other"), THREE], (0, 0, 1)),
        ([ONE, TWO._replace(at="later"), THREE], (0, 0, 1)),
        ([ONE, TWO, THREE, _message(5, ref="r5")], (0, 0, 1)),
        ([*RIGHT, *NEW_LIFE], (0, 0, 0)),
        ([*RIGHT, *NEW_LIFE[::-1]], (0, 0, 2)),
    ],
    ids=[
        "the last is lost",
        "all are lost",
        "one is lost in the middle",
        "one comes again at once",
        "one comes again later",
        "two have changed places",
        "the first two have changed places",
        "another stands in its place",
        "it is there under another seq too",
        "its text is another",
        "its time is another",
        "there is a gap",
        "another life begins anew",
        "another life out of order",
    ],
)
def test_what_a_member_got_is_judged(
    line: list[Message], counts: tuple[int, int, int]
) -> None:
    """As lost, doubled and reordered messages."""
    findings = _judge(line)
    assert _counts(findings) == counts
    assert all(each.startswith("eve has") for each in findings.all)


@pytest.mark.parametrize(
    ("history", "counts"),
    [
        ([ONE, TWO], (1, 0, 0)),
        ([ONE, TWO, THREE, AGAIN], (0, 1, 0)),
        ([ONE, THREE, TWO], (0, 0, 2)),
    ],
)
def test_the_journal_is_judged(
    history: list[Message], counts: tuple[int, int, int]
) -> None:
    """As if it were a member."""
    findings = _judge(history=history)
    assert _counts(findings) == counts
    assert all(each.startswith("the journal has") for each in findings.all)


def test_members_who_disagree_are_found() -> None:
    """Also where the journal has nothing at that place."""
    third, other = [ONE, TWO], _message(3, ref="other")
    findings = _judge([ONE, TWO, other], history=third, acknowledged=third)
    assert _counts(findings) == (0, 0, 1)


def test_an_acknowledgement_that_lies_is_found() -> None:
    """It says that a message stands where another one does."""
    lie = _message(3)._replace(seq=2)
    findings = _judge(acknowledged=[ONE, TWO, lie])
    assert _counts(findings) == (0, 0, 1)
    assert findings.all[0].startswith("its sender has got")


def test_a_journal_that_began_anew_has_lost_everything() -> None:
    """What was acknowledged in its first life is gone for all who come."""
    assert _counts(_judge(history=NEW_LIFE)) == (3, 0, 0)
