"""What a test sent and what came back: a failure, told to who does not read code."""

from collections import deque

_KEPT = 12
_LONGEST = 600

_entries: deque[tuple[str, str]] = deque(maxlen=_KEPT)


def sent(what: str | bytes) -> None:
    """Note what the test sent."""
    _entries.append(("sent", _shown(what)))


def came(what: str | bytes) -> None:
    """Note what the target said."""
    _entries.append(("came", _shown(what)))


def clear() -> None:
    """Begin anew, for the next test."""
    _entries.clear()


def entries() -> list[tuple[str, str]]:
    """The last of what was noted, in order: ("sent" or "came", what)."""
    return list(_entries)


def _shown(what: str | bytes) -> str:
    text = what.decode("utf-8", "backslashreplace") if isinstance(what, bytes) else what
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    return text
