"""What both apps do to every request, as pure ASGI: around the framework, not in it.

Request id, access log, metrics, body limit, security headers, CORS, what the client
accepts, and the answer to what no handler caught. One class, for each layer of ASGI
costs every request.
"""

import logging
import re
import secrets
from collections.abc import Mapping
from time import perf_counter
from urllib.parse import quote

from shared import cors
from shared.asgi import App, HeaderList, Message, Receive, Scope, Send, respond
from shared.body import read_body, replay_body
from shared.errors import PROBLEM_JSON, TandemError, problem
from shared.logs import REQUEST_ID
from shared.metrics import HANDSHAKES, http_seconds
from shared.negotiation import require_json_accepted
from shared.paths import refusal, route_of
from shared.proxies import Proxies
from shared.settings import Settings

_access_log = logging.getLogger("tandem.access")
_log = logging.getLogger(__name__)

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_SECURITY: HeaderList = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
]
_POLICY = b"content-security-policy"
_NO_CONTENT = (_POLICY, b"default-src 'none'; frame-ancestors 'none'")
_STARTS = {"http.response.start", "websocket.http.response.start"}
_SOCKET_ANSWERS = {"websocket.accept", "websocket.http.response.start"}
_SWITCHED = 101
_METHODS = {"GET", "HEAD", "POST", "OPTIONS"}
_JSON_ROUTES = {"/weather", "/weather/{city}", "/chat/{room}/messages"}


class Middleware:
    """Wraps an app; `framework` is its label in the metrics."""

    def __init__(self, app: App, framework: str, settings: Settings) -> None:
        self._app = app
        self._framework = framework
        self._body_max_bytes = settings.body_max_bytes
        self._origins = frozenset(settings.origins)
        self._proxies = Proxies(settings.trusted_proxies)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One ASGI connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        scope = self._proxies.seen_through(scope)
        if scope["path"].startswith("/static/"):
            # Files go out whole: one framework answers bad ranges with plain text.
            headers = [each for each in scope["headers"] if each[0] != b"range"]
            scope = {**scope, "headers": headers}
        exchange = _Exchange(scope, send, self._origins, self._framework)
        known_as = REQUEST_ID.set(exchange.request_id.decode())
        try:
            await self._answer(scope, receive, exchange)
        except TandemError as error:
            await exchange.refuse(error.status, error.problem(scope["path"]))
        except Exception as error:
            shaking = scope["type"] == "websocket" and exchange.status
            if isinstance(error, OSError) and shaking:
                return  # the client has gone while its handshake was answered
            _log.exception("request %s failed", exchange.request_id.decode())
            await exchange.refuse(500, problem(500, scope["path"]))
        finally:
            exchange.finish()
            REQUEST_ID.reset(known_as)

    async def _answer(
        self, scope: Scope, receive: Receive, exchange: "_Exchange"
    ) -> None:
        headers = exchange.headers
        if status := refusal(scope["path"], headers.get(b"host", b"")):
            await exchange.refuse(status, problem(status, scope["path"]))
            return
        if scope.get("method") == "OPTIONS" and cors.is_preflight(headers):
            preflight = cors.preflight(headers, self._origins)
            await respond(scope, exchange.send, 204, preflight)
            return
        if exchange.route in _JSON_ROUTES:
            require_json_accepted(headers.get(b"accept"))
        if scope["type"] == "http" and _may_have_body(scope, headers):
            body = await read_body(receive, self._body_max_bytes)
            if isinstance(body, int):
                await exchange.refuse(body, problem(body, scope["path"]))
                return
            receive = replay_body(body, receive)
        await self._app(scope, receive, exchange.send)


class _Exchange:
    """One request and what has been said to it."""

    def __init__(
        self, scope: Scope, send: Send, origins: frozenset[str], framework: str
    ) -> None:
        self._scope = scope
        self._send = send
        self._origins = origins
        self._framework = framework
        self._began = perf_counter()
        self.status = 0
        self.route = route_of(scope["path"])
        self.headers: dict[bytes, bytes] = dict(scope["headers"])
        given = self.headers.get(b"x-request-id")
        if given is not None and _REQUEST_ID.fullmatch(given):
            self.request_id = given
        else:
            self.request_id = secrets.token_hex(8).encode()

    async def send(self, message: Message) -> None:
        """Send on, with the headers that every response has."""
        kind = message["type"]
        if kind == "websocket.send":
            try:
                await self._send(message)
            except RuntimeError as error:
                # uvicorn has closed the socket itself, for a fault of the client's.
                raise ConnectionError("the server has closed the socket") from error
            return
        if kind in _STARTS:
            self.status = message["status"]
            message["headers"] = self._complete(message.get("headers", ()))
        elif kind == "websocket.accept":
            self.status = _SWITCHED
        if kind in _SOCKET_ANSWERS:
            HANDSHAKES.labels(self._framework, self.status).inc()
        await self._send(message)

    def _complete(self, headers: HeaderList) -> HeaderList:
        complete = [*headers, *_SECURITY, (b"x-request-id", self.request_id)]
        if self.route == "/static":  # else old scripts may be kept for a new page
            complete = [each for each in complete if each[0] != b"cache-control"]
            complete.append((b"cache-control", b"no-cache"))
        if _POLICY not in dict(headers):
            complete.append(_NO_CONTENT)
        if self._origins:
            complete += cors.headers_for(self.headers, self._origins)
        return complete

    async def refuse(self, status: int, body: bytes) -> None:
        """Answer with a problem, if nothing has been said yet."""
        if not self.status:
            headers = [(b"content-type", PROBLEM_JSON.encode())]
            await respond(self._scope, self.send, status, headers, body)

    def finish(self) -> None:
        """Count and log, unless it was a socket: its seat logs the life of one."""
        if self.status == _SWITCHED:
            return
        seconds = perf_counter() - self._began
        method = self._scope.get("method", "GET")  # a handshake's, without saying so
        if self._scope["type"] == "http":
            known = method if method in _METHODS else "other"
            seen = http_seconds(self._framework, known, self.route, self.status)
            seen.observe(seconds)
        if _access_log.isEnabledFor(logging.INFO):
            fields = {
                "framework": self._framework,
                "method": method,
                "path": quote(self._scope["path"], errors="replace"),
                "status": self.status,
                "duration_seconds": round(seconds, 6),
                "client": (self._scope.get("client") or [None])[0],
            }
            _access_log.info("request", extra={"fields": fields})


def _may_have_body(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    # HTTP/2, which hypercorn speaks too, announces no body by a header.
    announced = b"content-length" in headers or b"transfer-encoding" in headers
    return announced or scope["http_version"] not in {"1.0", "1.1"}
