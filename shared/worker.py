"""One of several workers: `python -m shared.worker TARGET SERVER SOCKET PARENT`."""

import socket
import sys

from shared.command_line import log_to_stderr
from shared.serving import ON_SOCKET, end_with
from shared.settings import Settings


def main() -> int:
    """Serve on the socket that was handed down; the exit code."""
    target, server, descriptor, parent = sys.argv[1:]
    log_to_stderr(Settings.load())
    end_with(int(parent))
    return ON_SOCKET[server](target, socket.socket(fileno=int(descriptor)))


if __name__ == "__main__":
    sys.exit(main())
