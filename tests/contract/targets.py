"""What the suite speaks to: whatever answers at a base URL."""

from urllib.parse import urlsplit

import psutil


class Target:
    """An implementation of the contract, at a base URL without a slash at its end."""

    def __init__(self, name: str, http_url: str) -> None:
        self.name = name
        self.http_url = http_url
        parts = urlsplit(http_url)
        self.netloc = parts.netloc
        self.host = parts.hostname or ""
        self.port = parts.port or 80

    @property
    def ws_url(self) -> str:
        """The base URL of the sockets, without a slash at its end."""
        return f"ws://{self.netloc}"

    def holds(self, client_port: int) -> bool:
        """Whether it still has the connection from that port of ours.

        It is let go when no process has it, even if the system still tries to send
        what is left; of a target on another machine this cannot be seen.
        """
        return any(
            each.pid
            and each.laddr
            and each.raddr
            and (each.laddr.port, each.raddr.port) == (self.port, client_port)
            for each in psutil.net_connections("tcp")
        )
