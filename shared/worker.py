"""One of several workers: `python -m shared.worker TARGET SERVER SOCKET PARENT`."""

import socket
import sys

from shared.serving import ON_SOCKET, begin_worker


def main() -> int:
    """Serve on the socket that was handed down; the exit code."""
    target, server, descriptor, parent = sys.argv[1:]
    begin_worker(int(parent))
    return ON_SOCKET[server](target, socket.socket(fileno=int(descriptor)))


if __name__ == "__main__":
    sys.exit(main())
