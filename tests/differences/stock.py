"""Cells as the servers' documentations start them: only the port and what is probed."""

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

from tests.commands import typed
from tests.contract.cells import HOST, Cell

if TYPE_CHECKING:  # the ledger is made of these cells
    from tests.differences.ledger import Observation

_UNMEASURED = {"COVERAGE_PROCESS_CONFIG": ""}
"""These apps run nothing of what coverage counts, and start sooner without it."""


class StockCell(Cell):
    """A framework's documented app on a server with its default options."""

    def __init__(
        self, name: str, folder: Path, app: str = "app", options: Sequence[str] = ()
    ) -> None:
        super().__init__(name, folder, _UNMEASURED)
        self._options = options
        self._app = f"tests.differences.{self.framework}_docs.{app}:app"

    @property
    def command(self) -> list[str]:
        """What starts it."""
        port = str(self.port)
        default = {
            "uvicorn": ["--port", port],
            "hypercorn": ["--bind", f"{HOST}:{port}"],
            "granian": ["--port", port, "--interface", "asgi"],
        }
        options = [*default[self.server], *self._options]
        return [sys.executable, "-m", self.server, self._app, *options]

    def stop(self) -> None:
        """End it at once: how a stock server stops when it is told to is probed."""
        self.kill()

    def _is_ready(self) -> bool:
        connection = HTTPConnection(HOST, self.port, timeout=1)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 404
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


class StockCells:
    """The cells of one name: each app is started when it is first asked for."""

    def __init__(self, name: str, folder: Path, stack: ExitStack) -> None:
        self.name = name
        self.framework = name.partition("@")[0]
        self.server = name.partition("@")[2]
        self._folder = folder
        self._stack = stack
        self._running: dict[str, StockCell] = {}
        self._in_process: dict[str, Observation] = {}

    @property
    def app(self) -> StockCell:
        """The app of the documentation's first pages, shared by all probes."""
        return self._shared("app")

    @property
    def api(self) -> StockCell:
        """The app with validation and hooks, shared by all probes."""
        return self._shared("api")

    def in_process(self, name: str) -> "Observation":
        """What a test of the documentation's kind sees, without a server."""
        if not self._in_process:
            module = "tests.differences.in_process"
            done = typed(module, self.framework, timeout=60, env=_UNMEASURED)
            assert done.returncode == 0, done.stderr
            self._in_process = json.loads(done.stdout)
        return self._in_process[name]

    @contextmanager
    def own(self, app: str = "app", options: Sequence[str] = ()) -> Iterator[StockCell]:
        """A cell for one probe, not started yet, which may stop it."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        cell = StockCell(self.name, folder, app, options)
        try:
            yield cell
        finally:
            cell.kill()

    def _shared(self, app: str) -> StockCell:
        if app not in self._running:
            folder = self._folder / app
            folder.mkdir()
            cell = StockCell(self.name, folder, app)
            self._running[app] = self._stack.enter_context(cell)
        return self._running[app]
