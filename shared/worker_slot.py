"""Which of several workers this process is: a number that its successor takes over.

So that what it counted goes on, in the same files: files by process id would grow in
number with every worker that dies, and the counts of the dead must not get lost.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from itertools import count
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead


class Slot:
    """The first number that no living process has; held until this one ends."""

    def __init__(self, folder: Path) -> None:
        for self.number in count():  # pragma: no branch -- numbers do not end
            path = folder / f"{self.number}.lock"
            self.held = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                flock(self.held, LOCK_EX | LOCK_NB)
            except BlockingIOError:
                os.close(self.held)
            else:
                break
        # By what the holder wrote: the file may be there before its first is.
        self.had_another = os.fstat(self.held).st_size > 0
        os.write(self.held, b".")
        # The sockets of the one that died are not open any more.
        mark_process_dead(self.number, str(folder))


@contextmanager
def files_locked(folder: Path, kind: int) -> Iterator[None]:
    """Hold the files of all workers: LOCK_EX to make some, LOCK_SH to read them.

    prometheus_client takes one that was just made, and is still empty, for broken.
    """
    with (folder / "lock").open("a") as lock:
        flock(lock, kind)
        yield
