"""Several processes that serve one app on one socket, each replaced if it dies.

The ways that uvicorn and hypercorn have of their own leave no room for the drain, and
end differently; granian's do, and are used.
"""

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress

from shared.granian_serving import run_granian
from shared.serving import ON_SOCKET, listen
from shared.settings import Settings

_log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1
"""Before a dead worker is replaced: one that dies at once must not spin."""

_STOP_SECONDS = 4.5
"""How long a worker may take to stop; its own limits are below it."""


SERVERS = (*ON_SOCKET, "granian")


def serve(
    target: str, server: str, host: str, port: int, workers: int, settings: Settings
) -> int:
    """Serve until SIGINT or SIGTERM; the exit code. Raises StartError."""
    listener = listen(host, port, settings.chat_stall_seconds)
    if server not in ON_SOCKET:
        listener.close()  # it was opened to say well that a port is taken
        return run_granian(target, host, port, workers)
    if workers == 1:
        return ON_SOCKET[server](target, listener)
    return asyncio.run(_supervise(target, server, listener, workers))


async def _supervise(
    target: str, server: str, listener: socket.socket, workers: int
) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    inherited = listener.fileno()
    command = [sys.executable, "-m", "shared.worker", target, server]
    command += [str(inherited), str(os.getpid())]
    async with asyncio.TaskGroup() as tasks:
        keepers = [
            tasks.create_task(_keep(command, inherited, stop)) for _ in range(workers)
        ]
        await stop.wait()
        listener.close()  # or clients would wait in its queue for nobody
    return max(keeper.result() for keeper in keepers)


async def _keep(command: Sequence[str], inherited: int, stop: asyncio.Event) -> int:
    """Have one worker, whatever happens to it, until it is to stop; the exit code."""
    while not stop.is_set():
        worker = await asyncio.create_subprocess_exec(*command, pass_fds=(inherited,))
        stopping = asyncio.create_task(stop.wait())
        ended = asyncio.create_task(worker.wait())
        await asyncio.wait([stopping, ended], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return await _stop(worker)
        _log.error("worker %s ended with %s: replacing it", worker.pid, await ended)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping, _PAUSE_SECONDS)
    return 0


async def _stop(worker: asyncio.subprocess.Process) -> int:
    with suppress(ProcessLookupError):  # Ctrl-C in a terminal is the worker's too
        worker.terminate()
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            code = await worker.wait()
    except TimeoutError:
        worker.kill()
        code = await worker.wait()
    # One that was told to stop before it had opened anything had nothing to close.
    return 0 if code == -signal.SIGTERM else abs(code)
