"""What happens inside an app, for the probes to ask: the only code the apps share."""

import asyncio
from collections import defaultdict

_notes: defaultdict[str, list[str]] = defaultdict(list)
_gates: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)


def note(key: str, what: str) -> None:
    """Remember that something happened."""
    _notes[key].append(what)


def notes(key: str) -> list[str]:
    """What happened, in order."""
    return _notes[key]


async def released(key: str) -> None:
    """Wait until the probe lets the app go on."""
    await _gates[key].wait()


def release(key: str) -> None:
    """Let what waits for this key go on."""
    _gates[key].set()
