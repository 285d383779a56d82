"""What a test sent and what came back: a failure, told to who does not read code."""

from collections import deque

_KEPT = 12
_LONGEST = 600

_last_sent = ""
_entries: deque[tuple[str, str]] = deque(maxlen=_KEPT)


def sent(what: str | bytes) -> None:
    """Note what the test sent."""
    global _last_sent  # noqa: PLW0603 -- a test's many clients write one transcript
    _last_sent = _shown(what)
    _entries.append(("sent", _last_sent))


def came(what: str | bytes) -> None:
    """Note what the target said."""
    _entries.append(("came", _shown(what)))


def clear() -> None:
    """Begin anew, for the next test."""
    global _last_sent  # noqa: PLW0603 -- as above
    _last_sent = ""
    _entries.clear()


def last_sent() -> str:
    """What was sent last, however much has come since."""
    return _last_sent


def entries() -> list[tuple[str, str]]:
    """The last of what was noted, in order: ("sent" or "came", what)."""
    return list(_entries)


def _shown(what: str | bytes) -> str:
    text = what.decode("utf-8", "backslashreplace") if isinstance(what, bytes) else what
    if len(text) > _LONGEST:
        text = f"{text[:_LONGEST]}… ({len(text)} characters)"
    return text
