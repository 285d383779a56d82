"""Servers under load, each a process of its own on a core of its own."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import IO

_START_SECONDS = 30


def pin_client() -> None:
    """Keep the load generator on the last core; the servers get the others."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def _server_cores() -> set[int]:
    return set(range(os.cpu_count() or 1)) - os.sched_getaffinity(0)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(arguments: list[str], port: int, **environment: str) -> Iterator[None]:
    """`python ARGUMENTS`, from when its port answers until the block ends.

    Raises RuntimeError, with what it printed, if it does not start.
    """
    # A file, for a pipe that nobody reads would in the end block the server.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            env={**os.environ, **environment},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        if hasattr(os, "sched_setaffinity") and _server_cores():
            os.sched_setaffinity(process.pid, _server_cores())
        try:
            _wait_for(process, port, output)
            yield
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, output: IO[bytes]) -> None:
    give_up = time.monotonic() + _START_SECONDS
    while time.monotonic() < give_up:
        if process.poll() is not None:
            output.seek(0)
            printed = output.read().decode(errors="replace")
            raise RuntimeError(f"a server did not start:\n{printed}")
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"a server did not listen on {port} within {_START_SECONDS} s")
