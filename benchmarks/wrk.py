"""A second opinion on the closed loop, from another load generator: wrk."""

import re
import shutil
import subprocess

from benchmarks import cores
from benchmarks.load.jobs import Requests

WITHIN = 0.10
"""How far the two may be apart."""

_RATE = re.compile(r"^Requests/sec: +([0-9.]+)$", re.MULTILINE)
_SECONDS = 1
"""The least that wrk can be asked for."""


def missing() -> bool:
    """Whether it is not on the PATH."""
    return shutil.which("wrk") is None


def requests_per_second(job: Requests) -> float:
    """What wrk gets, over as many connections from the same core. 0 if it fails."""
    url = f"http://127.0.0.1:{job.port}{job.path}"
    options = ["--threads", "1", "--connections", str(job.connections)]
    with cores.on(cores.LOAD):
        done = subprocess.run(
            ["wrk", *options, "--duration", f"{_SECONDS}s", url],
            capture_output=True,
            text=True,
            check=False,
        )
    return rate_in(done.stdout)


def rate_in(told: str) -> float:
    """The rate that wrk tells, or 0 if any of its requests failed."""
    found = _RATE.search(told)
    if found is None or "Non-2xx" in told or "Socket errors" in told:
        return 0.0
    return float(found[1])
