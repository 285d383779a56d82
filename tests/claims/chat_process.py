"""One of these chats, served by uvicorn with two workers."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.contract.cells import HOST, Cell
from tests.contract.patience import TIMEOUT, within
from tests.contract.raw import WebSocket


class ChatProcess(Cell):
    """Two processes that listen on the same port, as `--workers 2` makes them."""

    def __init__(self, framework: str, folder: Path) -> None:
        unmeasured = {"COVERAGE_PROCESS_CONFIG": ""}
        super().__init__(f"{framework}@uvicorn", folder, unmeasured, workers=2)

    @property
    def command(self) -> list[str]:
        """What starts it."""
        app = f"tests.claims.chat_apps:{self.framework}_app"
        server = [sys.executable, "-m", "uvicorn", "--factory", app]
        return [*server, "--port", str(self.port), "--workers", "2"]

    def stop(self) -> None:
        """End it at once: how it would stop is another matter."""
        self.kill()

    @asynccontextmanager
    async def busy(self, client: WebSocket) -> AsyncIterator[None]:
        """Keep the worker that has this client from everything else."""
        came = asyncio.Event()
        done = asyncio.Event()

        async def answer(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            came.set()
            await done.wait()
            writer.write(b".")
            writer.close()

        async with await asyncio.start_server(answer, HOST, 0) as server:
            await client.send_text(f"busy {server.sockets[0].getsockname()[1]}")
            async with within(TIMEOUT, "a busy worker"):
                await came.wait()
            try:
                yield
            finally:
                done.set()

    def _is_ready(self) -> bool:
        return self.output().count("Application startup complete") == self.workers
