"""Which cores the servers run on, and which is the load generator's."""

import contextlib
import os
from collections.abc import Iterator, Set


def available() -> list[int]:
    """The cores that this process may use; none where that cannot be said."""
    if not hasattr(os, "sched_setaffinity"):  # macOS
        return []
    return sorted(os.sched_getaffinity(0))


ALL = frozenset(available())
LOAD = frozenset(available()[-1:]) if len(ALL) > 1 else ALL
"""The load generator, the weather source and whoever waits for them."""

SERVERS = ALL - LOAD or ALL


def pinned() -> bool:
    """Whether servers and load generator have cores of their own."""
    return bool(ALL) and SERVERS.isdisjoint(LOAD)


@contextlib.contextmanager
def on(cores: Set[int]) -> Iterator[None]:
    """Run on these cores meanwhile, and so do the processes that are started."""
    if not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
