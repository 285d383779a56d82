"""The oracle: which acknowledged messages were lost, doubled or put out of order.

It knows nothing of cells and faults, only what was acknowledged, what each member got,
and what the journal says in the end.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Message(NamedTuple):
    """A message as somebody got it; `name` and `ref` together say which one it is."""

    epoch: str
    seq: int
    name: str
    ref: str | None
    text: str
    at: str

    @property
    def key(self) -> tuple[str, str | None]:
        """What it is however often, and wherever, it turns up."""
        return self.name, self.ref

    def __str__(self) -> str:
        """In a finding; texts may be long."""
        return f"{self.name}'s {self.ref} (seq {self.seq} of {self.epoch})"


class Line(NamedTuple):
    """All that one member got of a room, over all its connections, after a cursor."""

    start: int
    messages: Sequence[Message]


@dataclass(frozen=True)
class Findings:
    """One sentence for each thing that must not be; all empty is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    reordered: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[str]:
        """Every sentence."""
        return [*self.lost, *self.doubled, *self.reordered]


def judge(
    acknowledged: Collection[Message],
    lines: Mapping[str, Line],
    history: Sequence[Message],
) -> Findings:
    """What is wrong with what members got, and with the journal's history."""
    findings = Findings()
    standing = {(each.epoch, each.seq): each for each in history}
    for who, line in {"the journal": Line(0, history), **lines}.items():
        _find_lost(findings.lost, who, line, acknowledged)
        _find_doubled(findings.doubled, who, line.messages)
        _find_reordered(findings.reordered, who, line)
        _find_disputed(findings.reordered, who, line.messages, standing)
    _find_disputed(findings.reordered, "its sender", acknowledged, standing)
    return findings


def _find_lost(
    lost: list[str], who: str, line: Line, acknowledged: Collection[Message]
) -> None:
    has = {each.key for each in line.messages}
    lost += [
        f"{who} has not got {each}"
        for each in acknowledged
        if each.seq > line.start and each.key not in has
    ]


def _find_doubled(doubled: list[str], who: str, messages: Sequence[Message]) -> None:
    has = set()
    for each in messages:
        if each.key in has:
            doubled.append(f"{who} has got {each} again")
        has.add(each.key)


def _find_reordered(reordered: list[str], who: str, line: Line) -> None:
    """What comes anew must be the next; what comes again is doubled, not reordered."""
    epoch, last, has = None, line.start, set()
    for each in line.messages:
        if epoch not in (None, each.epoch):
            last, has = 0, set()
        epoch = each.epoch
        if each.seq in has:
            continue
        if each.seq != last + 1:
            reordered.append(f"{who} has got {each} after seq {last}")
        last = each.seq
        has.add(each.seq)


def _find_disputed(
    reordered: list[str],
    who: str,
    messages: Collection[Message],
    standing: dict[tuple[str, int], Message],
) -> None:
    """All must have the same at a `seq`; the first to have it is believed."""
    for each in messages:
        other = standing.setdefault((each.epoch, each.seq), each)
        if other != each:
            reordered.append(f"{who} has got {each}, where others have {other}")
