"""A case: who is compared with whom, by what, and how it is measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from benchmarks.workloads import MakeJob

RATE = {"rate": "requests/s"}
DELIVERIES = {"rate": "deliveries/s"}
PAUSES = {"rate": "requests/s", "p99_ms": "ms (p99)"}
LATENCY = {"p50_ms": "ms (median)", "p99_ms": "ms (p99)"}
LIFE = {
    "start_seconds": "s to the first 200",
    "import_seconds": "s to import",
    "resident_mib": "MiB resident",
    "kib_per_connection": "KiB per idle connection",
}
SHARES = {
    "core": "of CPU time in the core",
    "framework": "of CPU time in the framework and the glue",
    "server": "of CPU time in the server",
}
CAPACITY = "weather-uvicorn"
"""The case whose rates are the capacities that others are loaded by."""

HIGHER_IS_BETTER = frozenset({"rate"})

START_SECONDS = 1.5
"""About how long a server takes to start, for the time that is left."""


@dataclass(frozen=True)
class Case:
    """One comparison: subjects measured in each round, in random order.

    Each is compared with `base`, and those of `pairs` with each other. `twin` is
    measured twice. Without `make` a server's life is measured, from its start; with
    `load` requests are due at that share of a subject's own capacity or, where the
    rate is `equal` for all, of the least.
    """

    slug: str
    title: str
    make: MakeJob | None
    subjects: Sequence[str]
    base: str
    pairs: Sequence[tuple[str, str]]
    figures: dict[str, str] = field(default_factory=lambda: RATE)
    twin: str | None = None
    source_ms: int = 0
    load: float = 0
    equal: bool = False
    all_cores: bool = False
    checked: Sequence[str] = ()
    """Those whose rate wrk is asked for too, where it is installed."""
    seconds: float = 1
    """About how long one measurement takes, for the time that is left."""
    most_rounds: int = 1_000

    def missing(self, rounds: int, done: int) -> int:
        """How many rounds are to be measured yet."""
        return max(0, min(rounds, self.most_rounds) - done)

    @property
    def probed(self) -> bool:
        """Whether its subjects must answer first, and not only listen."""
        return self.figures is not DELIVERIES

    @property
    def kind(self) -> Literal["load", "life", "shares"]:
        """How it is measured: only for a load a server serves all rounds."""
        if self.figures is SHARES:
            return "shares"
        return "load" if self.make or self.load else "life"

    @property
    def names(self) -> list[str]:
        """All that is measured in a round."""
        return [*self.subjects, *([f"{self.twin}#2"] if self.twin else [])]
