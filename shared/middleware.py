"""What both apps do to every request, as pure ASGI: around the framework, not in it.

Request id, access log, metrics, body limit, security headers, CORS, and the answer
to what no handler caught. One class, for each layer costs every request.
"""

import logging
import re
import secrets
from time import perf_counter
from urllib.parse import quote

from shared import cors
from shared.asgi import App, HeaderList, Message, Receive, Scope, Send, header, respond
from shared.errors import PROBLEM_JSON, problem
from shared.metrics import HTTP_SECONDS
from shared.settings import Settings

_access_log = logging.getLogger("tandem.access")
_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PROBLEM = [(b"content-type", PROBLEM_JSON.encode())]
_SECURITY: HeaderList = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_NO_CONTENT = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'",
)
_STARTS = {"http.response.start", "websocket.http.response.start"}
_DRAINED_BYTES = 8 * 1_048_576
"""How much of an over-long body is read on, so that its sender can read the answer."""


class Middleware:
    """Wraps an app; `framework` is its label in the metrics."""

    def __init__(self, app: App, framework: str, settings: Settings) -> None:
        self._app = app
        self._framework = framework
        self._settings = settings
        self._origins = frozenset(settings.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send, self._origins)
        try:
            await self._answer(scope, receive, exchange)
        except Exception:
            _log.exception("request %s failed", exchange.request_id)
            await exchange.fail()
        finally:
            exchange.finish(self._framework)

    async def _answer(
        self, scope: Scope, receive: Receive, exchange: "_Exchange"
    ) -> None:
        if cors.is_preflight(scope):
            await cors.answer_preflight(scope, exchange.send, self._origins)
        elif scope["type"] == "http" and _has_body(scope):
            body = await _read(receive, self._settings.body_max_bytes)
            if body is None:
                await exchange.refuse(413)
            else:
                await self._app(scope, _replay(body, receive), exchange.send)
        else:
            await self._app(scope, receive, exchange.send)


class _Exchange:
    """One request and what has been said to it."""

    def __init__(self, scope: Scope, send: Send, origins: frozenset[str]) -> None:
        self._scope = scope
        self._send = send
        self._origins = origins
        self._began = perf_counter()
        self._status = 0
        given = header(scope, b"x-request-id")
        well_formed = given is not None and _REQUEST_ID.fullmatch(given)
        self.request_id = given if given and well_formed else secrets.token_hex(8)

    async def send(self, message: Message) -> None:
        """Send on, with the headers that every response has."""
        kind = message["type"]
        if kind in _STARTS:
            self._status = message["status"]
            message["headers"] = self._complete(message.get("headers", ()))
        elif kind == "websocket.accept":
            self._status = 101
        await self._send(message)

    def _complete(self, headers: HeaderList) -> HeaderList:
        complete = [*headers, *_SECURITY, (b"x-request-id", self.request_id.encode())]
        if not any(name.lower() == b"content-security-policy" for name, _ in headers):
            complete.append(_NO_CONTENT)
        complete += cors.headers_for(header(self._scope, b"origin"), self._origins)
        return complete

    async def refuse(self, status: int) -> None:
        """Answer with the problem of a status."""
        body = problem(status, self._scope["path"])
        await respond(self._scope, self.send, status, list(_PROBLEM), body)

    async def fail(self) -> None:
        """Answer what no handler caught, if nothing has been said yet."""
        if not self._status:
            await self.refuse(500)

    def finish(self, framework: str) -> None:
        """Count and log."""
        if self._scope["type"] == "websocket":
            return
        seconds = perf_counter() - self._began
        method, path = self._scope["method"], self._scope["path"]
        HTTP_SECONDS.labels(
            framework, _known(method), _route(path), self._status
        ).observe(seconds)
        if _access_log.isEnabledFor(logging.INFO):
            _access_log.info(
                "%s %s %s %d %.1f ms %s",
                framework,
                _known(method),
                quote(path),
                self._status,
                seconds * 1_000,
                self.request_id,
            )


def _known(method: str) -> str:
    return method if method in {"GET", "HEAD", "POST", "OPTIONS"} else "other"


def _route(path: str) -> str:
    """The route of a path, for a label may not take as many values as clients invent."""
    match path.split("/")[1:]:
        case ["weather", _]:
            return "/weather/{city}"
        case ["chat", _, "messages"]:
            return "/chat/{room}/messages"
        case ["" | "weather" | "healthz" | "readyz" | "metrics" | "docs" as page]:
            return f"/{page}"
        case ["openapi.json" | "asyncapi.json" as document]:
            return f"/{document}"
    return "other"


def _has_body(scope: Scope) -> bool:
    length = header(scope, b"content-length")
    return length not in (None, "0") or header(scope, b"transfer-encoding") is not None


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The whole body, or None if it is larger than `limit` bytes."""
    body, size, more = [], 0, True
    while more and size <= _DRAINED_BYTES:
        message = await receive()
        chunk = message.get("body", b"")
        size += len(chunk)
        if size <= limit:
            body.append(chunk)
        more = message.get("more_body", False)
    return b"".join(body) if size <= limit else None


def _replay(body: bytes, receive: Receive) -> Receive:
    parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return parts.pop() if parts else await receive()

    return replayed
