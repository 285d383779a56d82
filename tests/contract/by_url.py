"""Holding whatever answers at a URL to the contract: what must be true beforehand."""

import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from tests.contract.cells import HOST, ROOT
from tests.contract.targets import Target

UPSTREAM_PORT = 9009
UPSTREAM = f"http://{HOST}:{UPSTREAM_PORT}"
"""Where the weather source is for a target that was started by somebody else."""


def target_at(url: str) -> Target:
    """The target at a base URL. Raises UsageError."""
    parts = urlsplit(url.rstrip("/"))
    try:
        good = parts.scheme == "http" and parts.hostname and parts.port != 0
    except ValueError:  # no port has that number
        good = False
    if not good or parts.path or parts.query or parts.username:
        raise pytest.UsageError(
            f"--base-url {url}: give the scheme, the host and the port of a plain"
            " HTTP server and nothing else, such as http://127.0.0.1:9000."
        )
    return Target("url", f"http://{parts.netloc}")


@contextmanager
def weather_source(port: int = 0) -> Iterator[str]:
    """The base URL of a weather source that fails by a city's name.

    It is a process of its own, on any free port unless told otherwise. Raises
    UsageError where the port is taken.
    """
    command = [sys.executable, "-m", "tests.upstream", "--port", f"{port}"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, cwd=ROOT, **streams) as process:  # type: ignore[call-overload] # it cannot see what is in `streams`
        url = process.stdout.readline().decode().strip()
        if not url:
            raise pytest.UsageError(
                f"The weather source cannot listen at port {port}: stop what uses it."
            )
        try:
            yield url
        finally:
            process.send_signal(signal.SIGTERM)


def require_wired(target: Target, upstream: str, *, needs_upstream: bool) -> None:
    """Raise UsageError unless the target answers and asks our weather source."""
    name = f"fault-fine-{secrets.token_hex(6)}"
    with httpx.Client(timeout=10, trust_env=False) as client:
        try:
            client.get(f"{target.http_url}/weather/{name}")
        except httpx.HTTPError as error:
            raise pytest.UsageError(
                f"{target.http_url} does not answer ({error}): start the"
                " implementation there, as docs/conformance.md says."
            ) from error
        called = client.get(f"{upstream}/calls", params={"name": name}).json()
    if needs_upstream and not called["geocoding"]:
        raise pytest.UsageError(
            f"{target.http_url} does not ask the suite's weather source: start it with"
            f" {upstream}/v1/search as the place to look up a city and"
            f" {upstream}/v1/forecast as the place to ask for the weather, as"
            " docs/conformance.md says."
        )
