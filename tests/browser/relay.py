"""A relay between a page and its server, which can fail as networks do."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.contract.cells import HOST, claimed_port

_CHUNK = 65_536


class Relay:
    """Passes on whatever comes to its port, until it is told not to."""

    def __init__(self, target_port: int) -> None:
        self.port = claimed_port()
        self.url = f"http://{HOST}:{self.port}"
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._pipes: set[asyncio.Task[None]] = set()
        self._answers = asyncio.Event()
        self._answers.set()

    async def __aenter__(self) -> Self:
        """Let all through."""
        await self.mend()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        await self.cut()

    async def mend(self) -> None:
        """Take connections, and pass on what comes."""
        self._answers.set()
        self._server = await asyncio.start_server(self._serve, HOST, self.port)

    async def cut(self) -> None:
        """End all connections in the middle of it, and take no new ones."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for writer in self._writers:
            writer.transport.abort()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    def hold_answers(self) -> None:
        """Keep back whatever the server says from now on."""
        self._answers.clear()

    def release_answers(self) -> None:
        """Pass on what was kept back, and all that follows."""
        self._answers.set()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            there = await asyncio.open_connection(HOST, self._target_port)
        except OSError:
            writer.transport.abort()
            return
        always = asyncio.Event()
        always.set()
        self._writers |= {writer, there[1]}
        for pipe in (
            self._pass_on(reader, there[1], always),
            self._pass_on(there[0], writer, self._answers),
        ):
            task = asyncio.create_task(pipe)
            self._pipes.add(task)
            task.add_done_callback(self._pipes.discard)

    async def _pass_on(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        may_pass: asyncio.Event,
    ) -> None:
        try:
            while chunk := await reader.read(_CHUNK):
                await may_pass.wait()
                writer.write(chunk)
                await writer.drain()
        except OSError:
            writer.transport.abort()
        finally:
            self._writers.discard(writer)
            with suppress(OSError):
                writer.close()
