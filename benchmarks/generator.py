"""The load generator's process, and the weather source's, as the runner has them."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks import cores
from benchmarks.load.jobs import Job, Outcome, encode
from benchmarks.processes import free_port, running

_PATIENCE_SECONDS = 120
"""How much longer than its window a job may take."""


class GeneratorLost(Exception):
    """The load generator ended, or did not answer."""


class Generator:
    """Does one job at a time, on its own core."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def do(self, job: Job) -> Outcome:
        """What came of a job. Raises GeneratorLost."""
        assert self._process.stdin  # noqa: S101 -- it was opened with both
        assert self._process.stdout  # noqa: S101
        self._process.stdin.write(json.dumps(encode(job)) + "\n")
        self._process.stdin.flush()
        seconds = _PATIENCE_SECONDS + getattr(job, "seconds", 0)
        ready, _, _ = select.select([self._process.stdout], [], [], seconds)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            raise GeneratorLost("The load generator did not answer.")
        return Outcome(**json.loads(line))


@contextmanager
def generator() -> Iterator[Generator]:
    """A load generator until the block ends."""
    with cores.on(cores.LOAD):
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.load"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,  # Ctrl-C is the runner's alone
        )
    try:
        yield Generator(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def weather_source(milliseconds: int) -> Iterator[dict[str, str]]:
    """The settings of an app whose weather source takes that long for each answer."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.load.source"]
    command += [str(port), str(milliseconds)]
    with running(command, port, {}, on=cores.LOAD):
        url = f"http://127.0.0.1:{port}/v1"
        yield {
            "TANDEM_WEATHER_SOURCE": "open-meteo",
            "TANDEM_GEOCODING_URL": f"{url}/search",
            "TANDEM_FORECAST_URL": f"{url}/forecast",
        }
