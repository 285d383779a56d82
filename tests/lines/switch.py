"""A plugin for coverage.py: a measured process can be told which clauses it serves.

It listens at a socket of its own in a folder that the suite knows. Whoever connects
names a context, and knows by the answer that all that runs from now on counts for it.
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from threading import Thread

from coverage import Coverage, CoverageException

FOLDER = "LINES_FOLDER"
"""The environment variable that names the folder of the sockets."""


def coverage_init(*_: object) -> None:
    """What coverage.py calls in each process that it measures."""
    Thread(target=_listen, daemon=True).start()


def _listen() -> None:
    listener = socket.socket(socket.AF_UNIX)
    with listener:
        listener.bind(str(Path(os.environ[FOLDER]) / f"{os.getpid()}"))
        listener.listen()
        while True:
            connection, _ = listener.accept()
            with connection, suppress(CoverageException):  # it has ended meanwhile
                current = Coverage.current()
                if current:
                    current.switch_context(connection.recv(1024).decode())
                connection.send(b"!")


def switch_all(folder: Path, context: str) -> None:
    """Tell all processes that are there, and wait until they have heard it."""
    for path in folder.iterdir():
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(path))
            except ConnectionRefusedError:  # it has ended
                path.unlink()
                continue
            with suppress(ConnectionError):  # it was killed just now
                connection.send(context.encode() or b" ")
                connection.recv(1)
