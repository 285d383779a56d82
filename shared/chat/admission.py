"""Who may connect, how many at a time, and when all of them have gone."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from shared.errors import ForeignOrigin, TooManyConnections, Unavailable
from shared.metrics import MAX_SOCKETS, OPEN_SOCKETS
from shared.settings import Settings

_PAGES = {"ws": "http", "wss": "https"}
"""The scheme of the pages beside a socket."""


class Admission:
    """The door of one process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        MAX_SOCKETS.set(settings.chat_max_connections)
        self._connections = 0
        self._nobody = asyncio.Event()
        self._nobody.set()
        self.closed = False

    @contextmanager
    def connection(
        self, origin: str | None, host: str | None, scheme: str
    ) -> Iterator[None]:
        """Count a connection in and out; `origin` and `host` are its headers.

        Raises ForeignOrigin, TooManyConnections, and Unavailable once it is closed.
        """
        self._check(origin, host, scheme)
        self._connections += 1
        OPEN_SOCKETS.inc()
        self._nobody.clear()
        try:
            yield
        finally:
            self._connections -= 1
            OPEN_SOCKETS.dec()
            if not self._connections:
                self._nobody.set()

    def _check(self, origin: str | None, host: str | None, scheme: str) -> None:
        if self.closed:
            raise Unavailable(
                "This process is shutting down; try again.", retry_after=1
            )
        own = f"{_PAGES.get(scheme, scheme)}://{host}"
        if origin not in (None, own if host else None, *self._settings.origins):
            raise ForeignOrigin(f"Pages of {origin} may not connect here.")
        if self._connections >= self._settings.chat_max_connections:
            raise TooManyConnections("All seats are taken; try again.", retry_after=5)

    async def emptied(self) -> None:
        """Wait until all have gone, for `chat_drain_seconds` at the most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.chat_drain_seconds):
                await self._nobody.wait()
