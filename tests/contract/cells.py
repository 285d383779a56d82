"""Cells: one framework on one server, each started as a process of its own."""

import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic
from typing import Self

import psutil

from tests.contract.targets import Target

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
CELLS = tuple(
    f"{framework}@{server}"
    for framework in ("quart", "fastapi")
    for server in ("uvicorn", "hypercorn", "granian")
)
ALLOWED_ORIGIN = "https://allowed.example"

SUITE_ENV = {
    "TANDEM_CHAT_MAX_CONNECTIONS": "100",
    "TANDEM_CHAT_STALL_SECONDS": "2",
    "TANDEM_MESSAGES_PER_SECOND": "20",
    "TANDEM_MESSAGE_BURST": "200",
    "TANDEM_ORIGINS": ALLOWED_ORIGIN,
    "TANDEM_WEATHER_DEADLINE_SECONDS": "1.5",
    "TANDEM_WEATHER_FRESH_SECONDS": "2",
    "TANDEM_WEATHER_SOURCE": "open-meteo",
    "TANDEM_WEATHER_UNKNOWN_SECONDS": "2",
}
"""What the suite expects of any implementation; all else has its default. The journal
and the URLs of the weather source, which differ from run to run, come on top."""


def suite_env(upstream: str) -> dict[str, str]:
    """The settings that the suite needs, with the weather source at this base URL."""
    return {
        **SUITE_ENV,
        "TANDEM_LOG_LEVEL": "warning",
        "TANDEM_GEOCODING_URL": f"{upstream}/v1/search",
        "TANDEM_FORECAST_URL": f"{upstream}/v1/forecast",
    }


_START_SECONDS = 20
_STOP_SECONDS = 10


class CellError(Exception):
    """A cell did not start or stop; the text holds what it printed."""


class CellNotReady(CellError):
    """A cell did not start, so that nothing can be said of what it does."""


class Cell(Target):
    """One running cell; its journal and its port outlive a restart."""

    def __init__(
        self, name: str, folder: Path, env: Mapping[str, str], workers: int = 1
    ) -> None:
        port = claimed_port()
        super().__init__(name, f"http://{HOST}:{port}")
        self.workers = workers
        self.framework, _, self.server = name.partition("@")
        self.env = {"TANDEM_JOURNAL": f"sqlite:///{folder / 'journal.db'}", **env}
        self._log = folder / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's process, which leads a group of its own."""
        assert self._process
        return self._process

    @property
    def pid(self) -> int:
        """The server's process id."""
        return self.process.pid

    @property
    def command(self) -> list[str]:
        """What starts it."""
        options = ["--server", self.server, "--host", HOST, "--port", str(self.port)]
        if self.workers > 1:
            options += ["--workers", str(self.workers)]
        return [sys.executable, "-m", f"{self.framework}_app", *options]

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> None:
        """Start and wait until `/readyz` says 200. Raises CellNotReady."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TANDEM_")}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env={**inherited, "PYTHONUNBUFFERED": "1", **self.env},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.kill()
            raise

    def restart(self) -> None:
        """Start again, after an end, on the same journal and the same port."""
        self.stop()
        self.start()

    def terminate(self) -> None:
        """Ask the server to stop, as an operator does (SIGTERM)."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End the server and all its children at once (SIGKILL)."""
        with suppress(ProcessLookupError):  # where all of the group has ended
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait()

    def wait(self, timeout: float) -> int:
        """The exit code, once it has ended. Raises CellError when time is up."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            told = self._told(f"has not ended after {timeout} s")
            raise CellError(told) from error

    def stop(self) -> None:
        """End it in an orderly way if it still runs, and see that nothing is left."""
        try:
            if self.process.poll() is None:
                self.terminate()
                self.wait(_STOP_SECONDS)
        finally:
            self.kill()

    def processes(self) -> list[psutil.Process]:
        """The server and all that it has started."""
        server = psutil.Process(self.pid)
        return [server, *server.children(recursive=True)]

    def worker_processes(self) -> list[psutil.Process]:
        """What the server itself has started to serve with it."""
        children = psutil.Process(self.pid).children()
        return [child for child in children if not _is_resource_tracker(child)]

    def held(self, client_ports: Iterable[int]) -> set[int]:
        """Those of the ports from which one of its processes still has a connection."""
        return set(client_ports) & {
            getattr(each.raddr, "port", None)
            for process in self.processes()
            for each in process.net_connections("tcp")
        }

    def holds(self, client_port: int) -> bool:
        """Whether one of its processes still has the connection from that port."""
        return bool(self.held([client_port]))

    def output(self) -> str:
        """All that it has printed, to both streams, in all its lives."""
        return self._log.read_text(errors="replace")

    def _wait_until_ready(self) -> None:
        seconds = _START_SECONDS * self.workers
        give_up = monotonic() + seconds
        while not self._is_ready():
            try:
                code = self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                if monotonic() > give_up:
                    told = self._told(f"is not ready in {seconds} s")
                    raise CellNotReady(told) from None
            else:
                told = self._told(f"ended with {code} instead of getting ready")
                raise CellNotReady(told)

    def _is_ready(self) -> bool:
        connection = HTTPConnection(HOST, self.port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def _told(self, what: str) -> str:
        return f"{self.name} {what}. It printed:\n{self.output()}"


def _is_resource_tracker(process: psutil.Process) -> bool:
    """Whether Python's multiprocessing keeps it, beside granian's workers."""
    try:
        return "resource_tracker" in " ".join(process.cmdline())
    except psutil.Error:  # a worker that has just ended has none
        return False


def claimed_port() -> int:
    """A free port for TCP, which no other suite takes as long as this process lives."""
    # Below the range that systems give to outgoing connections, so that none of the
    # tests' own connections takes the port before the cell has it.
    while True:
        port = random.randint(20_000, 32_000)
        # The same number for UDP, which no cell uses, but every suite asks for first.
        claim = socket.socket(type=socket.SOCK_DGRAM)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                claim.bind((HOST, port))
                probe.bind((HOST, port))
            except OSError:
                claim.close()
                continue
        claim.detach()  # a cell may be started again: the system lets go at our end
        return port
