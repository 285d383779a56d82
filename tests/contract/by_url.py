"""Holding whatever answers at a URL to the contract: what must be true beforehand."""

import asyncio
import os
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

UPSTREAM_PORT = int(os.environ.get("CONTRACT_UPSTREAM_PORT", "9009"))
UPSTREAM = f"http://{HOST}:{UPSTREAM_PORT}"
"""Where the weather source is for a target that was started by somebody else."""

_ANSWER_SECONDS = 10


def target_at(url: str) -> Target:
    """The target at a base URL. Raises UsageError."""
    try:
        parts = urlsplit(url.rstrip("/"))
        good = parts.scheme == "http" and parts.hostname and parts.port != 0
        good = good and not (parts.path or parts.query or parts.fragment)
        good = good and parts.username is None and url.isascii() and " " not in url
    except ValueError:  # no port has that number, no address those brackets
        good = False
    if not good:
        raise pytest.UsageError(
            f"--base-url {url}: give the scheme, the host and the port of a plain"
            " HTTP server and nothing else, such as http://127.0.0.1:9000."
        )
    return Target("url", f"http://{parts.netloc}")


@contextmanager
def weather_source(port: int = 0) -> Iterator[str]:
    """The base URL of a weather source that fails by a city's name.

    It is a process of its own, on any free port unless told otherwise. Raises
    UsageError where the port is taken. Where CONTRACT_WEATHER_SOURCE names one that
    runs, it is that one: `make teeth` starts the suite hundreds of times.
    """
    if running := os.environ.get("CONTRACT_WEATHER_SOURCE"):
        yield running
        return
    command = [sys.executable, "-m", "tests.upstream", "--port", f"{port}", "--piped"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,  # it ends when this does, so with us, however we end
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout
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
    print(f"Asking {target.http_url} for the weather ...", flush=True)
    asked = asyncio.run(_asks_upstream(target, upstream))
    if needs_upstream and not asked:
        raise pytest.UsageError(
            f"{target.http_url} does not ask the suite's weather source: start it with"
            f" {upstream}/v1/search as the place to look up a city and"
            f" {upstream}/v1/forecast as the place to ask for the weather, as"
            " docs/conformance.md says."
        )


async def _asks_upstream(target: Target, upstream: str) -> bool:
    name = f"fault-fine-{secrets.token_hex(6)}"
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            # As a whole: httpx's own limits are for each part of an answer.
            async with asyncio.timeout(_ANSWER_SECONDS):
                await client.get(f"{target.http_url}/weather/{name}", timeout=None)
        except (httpx.HTTPError, TimeoutError) as error:
            reason = str(error) or f"nothing whole in {_ANSWER_SECONDS} s"
            raise pytest.UsageError(
                f"{target.http_url} does not answer ({reason}): start the"
                " implementation there, as docs/conformance.md says."
            ) from error
        called = await client.get(f"{upstream}/calls", params={"name": name})
        return bool(called.json()["geocoding"])
