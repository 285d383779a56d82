"""Doubles for ASGI: a connection's scope, its receive and its send."""

from collections.abc import Mapping
from typing import Any

from shared.asgi import App, Message, Receive, Scope, Send


def http_scope(
    path: str = "/", method: str = "GET", headers: Mapping[str, str] | None = None
) -> Scope:
    """The scope of a request."""
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": path,
        "headers": [
            (name.encode(), value.encode("latin-1"))
            for name, value in (headers or {}).items()
        ],
    }


def socket_scope(
    path: str = "/chat", headers: Mapping[str, str] | None = None
) -> Scope:
    """The scope of a handshake."""
    scope = http_scope(path, headers=headers)
    del scope["method"]
    return {**scope, "type": "websocket"}


class Wire:
    """One connection: what is received from it, and what was sent to it."""

    def __init__(self, *received: Message) -> None:
        self.received = list(received)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        """The next event; after the last, the disconnect."""
        return self.received.pop(0) if self.received else {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Take an event."""
        self.sent.append(message)

    @property
    def status(self) -> int:
        """The status of the response."""
        status: int = self.sent[0]["status"]
        return status

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers of the response, in their order."""
        return [(n.decode(), v.decode("latin-1")) for n, v in self.sent[0]["headers"]]

    @property
    def body(self) -> bytes:
        """The body of the response."""
        return b"".join(message["body"] for message in self.sent[1:])


def body_parts(*parts: bytes) -> list[Message]:
    """A request's body, as a server hands it over."""
    return [
        {"type": "http.request", "body": part, "more_body": index < len(parts)}
        for index, part in enumerate(parts, 1)
    ]


class Hello:
    """An app that answers every request with 200, and notes what it was given."""

    def __init__(self, *headers: tuple[bytes, bytes]) -> None:
        self.headers = headers
        self.scope: Scope = {}
        self.events: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection."""
        self.scope = scope
        self.events.append(await receive())
        while self.events[-1].get("more_body"):
            self.events.append(await receive())
        start: dict[str, Any] = {"type": "http.response.start", "status": 200}
        if self.headers:
            start["headers"] = list(self.headers)
        await send(start)
        await send({"type": "http.response.body", "body": b"hello"})


def failing(error: Exception, *before: Message) -> App:
    """An app that sends these events, then fails."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for message in before:
            await send(message)
        raise error

    return app
