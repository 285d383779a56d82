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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from tempfile import TemporaryDirectory

from shared.granian_serving import run_granian
from shared.metrics import MANY_PROCESSES
from shared.serving import ON_SOCKET, STOP_SECONDS, listen
from shared.settings import Settings

_log = logging.getLogger(__name__)

_PAUSE_SECONDS = 1
"""Before a dead worker is replaced: one that dies at once must not spin."""

SERVERS = (*ON_SOCKET, "granian")


def serve(
    target: str, server: str, host: str, port: int, workers: int, settings: Settings
) -> int:
    """Serve until SIGINT or SIGTERM; the exit code. Raises StartError."""
    listener = listen(host, port, settings.chat_stall_seconds)
    with ExitStack() as stack:
        if workers > 1:  # they inherit it
            folder = TemporaryDirectory(prefix="tandem-metrics-")
            os.environ[MANY_PROCESSES] = stack.enter_context(folder)
        if server not in ON_SOCKET:
            listener.close()  # it was opened to say well that a port is taken
            stall_seconds = settings.chat_stall_seconds
            return run_granian(target, host, port, workers, stall_seconds)
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
    stopping = asyncio.create_task(stop.wait())
    while not stop.is_set():
        try:
            with _deaf_to_ctrl_c():
                worker = await asyncio.create_subprocess_exec(
                    *command, pass_fds=(inherited,)
                )
        except OSError as error:
            _log.error("a worker cannot be started (%s): trying again", error)
            await asyncio.wait([stopping], timeout=_PAUSE_SECONDS)
            continue
        ended = asyncio.create_task(worker.wait())
        await asyncio.wait([stopping, ended], return_when=asyncio.FIRST_COMPLETED)
        if stop.is_set():
            return await _stop(worker)
        _log.error("worker %s ended with %s: replacing it", worker.pid, await ended)
        await asyncio.wait([stopping], timeout=_PAUSE_SECONDS)
    return 0


@contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """Start children that wait for SIGTERM, though a terminal tells the whole group.

    The second Ctrl-C would end some of them at once, and one amid imports trips.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


async def _stop(worker: asyncio.subprocess.Process) -> int:
    with suppress(ProcessLookupError):  # it may just have ended
        worker.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            code = await worker.wait()
    except TimeoutError:
        worker.kill()
        code = await worker.wait()
    # One that was told to stop before it had opened anything had nothing to close.
    return 0 if code == -signal.SIGTERM else abs(code)
