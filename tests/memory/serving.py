"""One cell, and what it takes of memory."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from tests.contract.cells import ROOT, Cell

MIB = 1 << 20
_SAMPLE_SECONDS = 0.1
_SETTLE_SECONDS = 1.0
"""How long to wait for what is freed, or still begun, before memory is measured."""

_ENV = {
    "TANDEM_LOG_LEVEL": "warning",
    "TANDEM_MESSAGES_PER_SECOND": "1e9",  # the limits have tests of their own
    "TANDEM_MESSAGE_BURST": "1000000000",
    "TANDEM_CHAT_MAX_CONNECTIONS": "1000000",
    "TANDEM_WEATHER_SOURCE": "stand-in",
}


class Serving(Cell):
    """A cell whose memory is watched."""

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder, _ENV)
        self.peak = 0

    def __enter__(self) -> Self:
        """Start it."""
        super().__enter__()
        self._processes = self.processes()
        return self

    def resident(self) -> int:
        """Bytes of memory of its process and their children."""
        now = sum(each.memory_info().rss for each in self._processes)
        self.peak = max(self.peak, now)
        return now

    def busy_seconds(self) -> float:
        """How long its processes have used a core."""
        times = [each.cpu_times() for each in self._processes]
        return sum(each.user + each.system for each in times)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[int]:
        """Keep `peak` up to date; what it takes at the beginning."""
        await asyncio.sleep(_SETTLE_SECONDS)
        self.peak = 0
        before = self.resident()
        watching = asyncio.create_task(self._watch())
        try:
            yield before
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        while True:
            self.resident()
            await asyncio.sleep(_SAMPLE_SECONDS)


@asynccontextmanager
async def serving(name: str) -> AsyncIterator[Serving]:
    """A cell of that name on a journal of its own. Raises CellError."""
    with (
        tempfile.TemporaryDirectory(dir=ROOT / "reports", prefix="memory-") as folder,
        Serving(name, Path(folder)) as cell,
    ):
        yield cell
