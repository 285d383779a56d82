"""One process at a time on one file: advisory, gone with the process that held it."""

import fcntl
import os
from pathlib import Path
from typing import IO

from shared.errors import StartError


def hold(path: Path) -> IO[str]:
    """Lock `path` until the returned file is closed, or raise StartError.

    The error names the process that holds the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".lock")
    held = beside.open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.seek(0)
        holder = held.read().strip() or "unknown"
        held.close()
        raise StartError(
            f"The journal {path} is in use by process {holder}: stop that process, or"
            " give this one a journal of its own with TANDEM_JOURNAL=sqlite:///another/file.db,"
            " or all of them one in a Redis, such as redis://localhost:6379/0."
        ) from None
    held.truncate(0)
    held.write(f"{os.getpid()}\n")
    held.flush()
    return held
