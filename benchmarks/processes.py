"""Processes under measurement: started, waited for, weighed and ended."""

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import IO

import psutil

from benchmarks import cores
from benchmarks.machine import ROOT
from benchmarks.subjects import Subject

_START_SECONDS = 30
_ALIKE = {"PYTHONHASHSEED": "0"}
"""Else two processes of one app would differ by the order of their sets and dicts."""

_FIRST_PORT, _LAST_PORT = 20_000, 32_000
"""Below the ports that systems give to outgoing connections."""


class NotStarted(Exception):
    """A server did not start, or not stay; the text holds what it printed."""


@dataclass(frozen=True)
class Server:
    """One that runs, and how long it took from its start to its first answer."""

    port: int
    process: psutil.Process
    start_seconds: float = 0

    def _family(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def resident_bytes(self) -> int:
        """The resident memory of its processes. Raises NotStarted."""
        with _alive():
            return sum(int(each.memory_info().rss) for each in self._family())

    def cpu_seconds(self) -> float:
        """What its processes have used until now. Raises NotStarted."""
        with _alive():
            times = [each.cpu_times() for each in self._family()]
            return float(sum(each.user + each.system for each in times))


@contextlib.contextmanager
def _alive() -> Iterator[None]:
    try:
        yield
    except psutil.NoSuchProcess as error:
        raise NotStarted(f"A server ended while it was measured ({error}).") from error


def free_port() -> int:
    """A port that nobody listens on just now."""
    for port in range(_FIRST_PORT + os.getpid() % 6_000, _LAST_PORT):
        with socket.socket() as probe, contextlib.suppress(OSError):
            if port not in _given:
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port
    raise NotStarted(
        f"No port from {_FIRST_PORT} to {_LAST_PORT} is free: stop what uses them."
    )


_given: set[int] = set()


def build(subject: Subject) -> None:
    """Make a subject's program, if it has to be made. Raises NotStarted."""
    if subject.build is None:
        return
    environment = {**os.environ, **subject.build.environment}
    done = subprocess.run(
        subject.build.command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotStarted(f"{subject.name} cannot be built:\n{done.stderr}")


@contextlib.contextmanager
def running(
    command: Sequence[str],
    port: int,
    environment: Mapping[str, str],
    *,
    path: str = "",
    on: Set[int] = cores.SERVERS,
) -> Iterator[Server]:
    """`command`, from when it answers at `port` until the block ends.

    With `path`, from when it answers a request for that with 200. Raises NotStarted.
    """
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("TANDEM_")}
    # A file, for a pipe that nobody reads would in the end block the server.
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        with cores.on(on):
            process = subprocess.Popen(
                command,
                env={**inherited, **_ALIKE, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_for(process, command, port, path, output)
            seconds = time.perf_counter() - began
            yield Server(port, psutil.Process(process.pid), seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(
    process: subprocess.Popen[bytes],
    command: Sequence[str],
    port: int,
    path: str,
    output: IO[bytes],
) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while not _answers(port, path):
        if process.poll() is not None:
            output.seek(0)
            printed = output.read().decode(errors="replace").strip()
            raise NotStarted(
                f"`{shlex.join(command)}` did not start; it printed:\n{printed}"
            )
        if time.monotonic() > give_up:
            raise NotStarted(
                f"A server did not answer on {port} in {_START_SECONDS} s."
            )
        time.sleep(0.01)


def _answers(port: int, path: str) -> bool:
    try:
        if not path:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
