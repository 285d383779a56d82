"""What is around both apps."""

import json
import logging
import re
from typing import Any

import pytest
from prometheus_client import REGISTRY

from shared.asgi import App, Message, Receive, Scope, Send
from shared.errors import ForeignOrigin
from shared.logs import REQUEST_ID
from shared.middleware import Middleware
from tests.core.asgi import (
    Hello,
    Wire,
    body_parts,
    failing,
    http_scope,
    socket_scope,
)
from tests.core.fakes import settings
from tests.core.samples import sample

pytestmark = pytest.mark.asyncio

FRIEND = "https://friend.example"
START: Message = {"type": "http.response.start", "status": 200, "headers": []}


async def ask(app: App, scope: Scope, *received: Message, **changed: Any) -> Wire:
    """What an app answers behind the middleware."""
    wire = Wire(*received)
    middleware = Middleware(app, "test", settings(**changed))
    await middleware(scope, wire.receive, wire.send)
    return wire


def problem_of(wire: Wire) -> dict[str, Any]:
    """The problem that it answered."""
    assert dict(wire.headers)["content-type"] == "application/problem+json"
    told: dict[str, Any] = json.loads(wire.body)
    assert told["status"] == wire.status
    return told


async def test_an_answer_gets_its_headers() -> None:
    """Those of the app come first; the body is the app's."""
    wire = await ask(Hello((b"content-type", b"text/plain")), http_scope())
    assert wire.headers[0] == ("content-type", "text/plain")
    headers = dict(wire.headers)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert re.fullmatch(r"[0-9a-f]{16}", headers["x-request-id"])
    assert (wire.status, wire.body) == (200, b"hello")


async def test_an_app_may_leave_out_headers() -> None:
    """ASGI has a default for them."""
    assert (await ask(Hello(), http_scope())).status == 200


async def test_a_policy_of_the_app_is_kept() -> None:
    """The page and the API reference have their own."""
    app = Hello((b"content-security-policy", b"default-src 'self'"))
    policies = [
        value
        for name, value in (await ask(app, http_scope())).headers
        if name == "content-security-policy"
    ]
    assert policies == ["default-src 'self'"]


@pytest.mark.parametrize("given", ["abc", "A-1_b.2", "x" * 64])
async def test_a_request_id_is_taken_over(given: str) -> None:
    """If it is well-formed."""
    wire = await ask(Hello(), http_scope(headers={"x-request-id": given}))
    assert dict(wire.headers)["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\nb", "ä", "a/b", "abc\n"])
async def test_a_malformed_request_id_is_replaced(given: str) -> None:
    """Nothing of it gets into headers and logs."""
    wire = await ask(Hello(), http_scope(headers={"x-request-id": given}))
    assert re.fullmatch(r"[0-9a-f]{16}", dict(wire.headers)["x-request-id"])


async def test_lifespan_is_passed_on() -> None:
    """It is no exchange."""
    app = Hello()
    await ask(app, {"type": "lifespan"}, {"type": "lifespan.startup"})
    assert app.scope == {"type": "lifespan"}
    assert app.events == [{"type": "lifespan.startup"}]


async def test_what_no_handler_caught_is_500(caplog: pytest.LogCaptureFixture) -> None:
    """It tells nothing of the inside; the log finds it by the request id."""
    wire = await ask(
        failing(ZeroDivisionError("a secret")),
        http_scope("/weather/x", headers={"x-request-id": "id-1"}),
    )
    told = problem_of(wire)
    assert told["status"] == 500
    assert "secret" not in json.dumps(told)
    assert dict(wire.headers)["x-request-id"] == "id-1"
    assert "request id-1 failed" in caplog.text
    assert "a secret" in caplog.text


async def test_a_failure_amid_an_answer_adds_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server cuts it off, which the client sees."""
    wire = await ask(failing(ZeroDivisionError(), dict(START)), http_scope())
    assert len(wire.sent) == 1
    assert "failed" in caplog.text


async def test_an_error_of_ours_is_its_problem() -> None:
    """Wherever it came from."""
    wire = await ask(failing(ForeignOrigin("Not you.")), http_scope())
    assert problem_of(wire)["detail"] == "Not you."
    assert wire.status == 403


async def test_a_handshake_that_fails_is_denied(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With a status and a problem, as long as it was not accepted."""
    wire = await ask(failing(ZeroDivisionError()), socket_scope())
    assert wire.sent[0]["type"] == "websocket.http.response.start"
    assert problem_of(wire)["status"] == 500
    accept = {"type": "websocket.accept"}
    wire = await ask(failing(ZeroDivisionError(), accept), socket_scope())
    assert wire.sent == [accept]


@pytest.mark.parametrize(
    "headers", [{}, {"content-length": "0"}, {"transfer-encoding": "chunked"}]
)
async def test_a_handshake_has_no_body(headers: dict[str, str]) -> None:
    """Its first event is the app's, whatever headers came with it."""
    seen: list[Message] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await receive())
        await send({"type": "websocket.accept"})

    connect = {"type": "websocket.connect"}
    wire = await ask(app, socket_scope(headers=headers), connect)
    assert seen == [connect]
    assert wire.sent == [{"type": "websocket.accept"}]


async def test_a_body_reaches_the_app_whole() -> None:
    """In one part; after it come the connection's own events."""
    app = Hello()
    scope = http_scope(method="POST", headers={"content-length": "5"})
    await ask(app, scope, *body_parts(b"hel", b"lo"))
    whole = {"type": "http.request", "body": b"hello", "more_body": False}
    assert app.events == [whole]


@pytest.mark.parametrize(
    "headers", [{"content-length": "11"}, {"transfer-encoding": "chunked"}]
)
async def test_a_body_over_the_limit_is_413(headers: dict[str, str]) -> None:
    """However it is announced; the app never sees it."""
    app = Hello()
    scope = http_scope("/chat/lobby/messages", method="POST", headers=headers)
    parts = body_parts(b"hello", b"hello!")
    wire = await ask(app, scope, *parts, body_max_bytes=10)
    assert problem_of(wire)["status"] == 413
    assert app.scope == {}


async def test_a_body_that_no_header_announces_is_limited_too() -> None:
    """HTTP/2 needs none."""
    scope = {**http_scope(method="POST"), "http_version": "2"}
    wire = await ask(
        Hello(), scope, *body_parts(b"hello", b"hello!"), body_max_bytes=10
    )
    assert wire.status == 413


async def test_a_body_that_is_broken_off_is_400() -> None:
    """The app never sees it."""
    app = Hello()
    scope = http_scope(method="POST", headers={"content-length": "11"})
    wire = await ask(app, scope, body_parts(b"hello", b"")[0])
    assert problem_of(wire)["status"] == 400
    assert app.scope == {}


@pytest.mark.parametrize("path", ["/weather", "/weather/paris", "/chat/lobby/messages"])
async def test_who_takes_no_json_is_told_so(path: str) -> None:
    """On the routes that answer with nothing else."""
    wire = await ask(Hello(), http_scope(path, headers={"accept": "text/html"}))
    assert problem_of(wire)["status"] == 406
    wire = await ask(Hello(), http_scope(path, headers={"accept": "text/html, */*"}))
    assert wire.status == 200


@pytest.mark.parametrize("path", ["/", "/docs", "/metrics", "/healthz", "/nowhere"])
async def test_other_routes_answer_anybody(path: str) -> None:
    """Browsers and probes accept what they like."""
    wire = await ask(Hello(), http_scope(path, headers={"accept": "image/png"}))
    assert wire.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "//weather",
        "/weather/",
        "/weather/paris\n",
        "/static/x/",
        "/static/" + "x" * 300,
    ],
)
async def test_a_path_over_which_the_frameworks_disagree_is_404(path: str) -> None:
    """One would find something there."""
    wire = await ask(Hello(), http_scope(path))
    assert problem_of(wire)["status"] == 404


@pytest.mark.parametrize(
    "host",
    ["", "localhost", "127.0.0.1:8001", "[::1]:8001", "a.example.", "x" * 63 + ".org"],
)
async def test_a_host(host: str) -> None:
    """Any name that could be one, or none."""
    assert (await ask(Hello(), http_scope(headers={"host": host}))).status == 200


@pytest.mark.parametrize("host", ["ä.example", "a..example", ".", "x" * 64, ":80"])
async def test_no_host(host: str) -> None:
    """What cannot be a name is a bad request."""
    wire = await ask(Hello(), http_scope(headers={"host": host}))
    assert problem_of(wire)["status"] == 400


async def test_files_go_out_whole() -> None:
    """One framework answers bad ranges with plain text."""
    app = Hello()
    headers = {"range": "bytes=5-2", "if-none-match": '"x"'}
    await ask(app, http_scope("/static/app.js", headers=headers))
    assert app.scope["headers"] == [(b"if-none-match", b'"x"')]
    await ask(app, http_scope("/weather", headers=headers))
    assert len(app.scope["headers"]) == 2


async def test_files_are_asked_for_anew() -> None:
    """Else old scripts may be kept for a new page."""
    start = {**START, "headers": [(b"cache-control", b"public")]}
    wire = await ask(failing(OSError(), start), http_scope("/static/app.js"))
    kept = [value for name, value in wire.headers if name == "cache-control"]
    assert kept == ["no-cache"]


async def test_a_client_that_leaves_amid_the_handshake_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The server says so by an error; a flood of them must not fill the log."""
    accept = {"type": "websocket.accept"}
    wire = await ask(failing(ConnectionResetError(), accept), socket_scope())
    assert wire.sent == [accept]
    assert caplog.text == ""


PREFLIGHT = {"origin": FRIEND, "access-control-request-method": "POST"}


async def test_a_preflight_is_answered_before_the_app() -> None:
    """With 204 and what is allowed."""
    app = Hello()
    scope = http_scope("/chat/lobby/messages", method="OPTIONS", headers=PREFLIGHT)
    wire = await ask(app, scope, origins=(FRIEND,))
    headers = dict(wire.headers)
    assert (wire.status, wire.body) == (204, b"")
    assert headers["access-control-allow-origin"] == FRIEND
    assert headers["vary"] == "Origin"
    assert "POST" in headers["access-control-allow-methods"]
    assert "x-request-id" in headers
    assert app.scope == {}


async def test_a_foreign_preflight_is_a_problem() -> None:
    """403, and no header that allows anything."""
    scope = http_scope("/weather", method="OPTIONS", headers=PREFLIGHT)
    wire = await ask(Hello(), scope)
    assert problem_of(wire)["type"] == "urn:tandem:problem:foreign-origin"
    assert not [name for name, _ in wire.headers if name.startswith("access-control")]


async def test_other_options_are_the_apps() -> None:
    """It knows its methods."""
    assert (await ask(Hello(), http_scope(method="OPTIONS"))).status == 200


@pytest.mark.parametrize(
    ("origins", "origin", "allowed", "varies"),
    [
        ((FRIEND,), FRIEND, FRIEND, True),
        ((FRIEND,), "https://evil.example", None, True),
        ((FRIEND,), None, None, True),
        ((), FRIEND, None, False),
    ],
)
async def test_a_page_of_another_origin(
    origins: tuple[str, ...],
    origin: str | None,
    allowed: str | None,
    *,
    varies: bool,
) -> None:
    """It may read if it is listed; caches are told, if any is."""
    headers = {} if origin is None else {"origin": origin}
    wire = await ask(Hello(), http_scope(headers=headers), origins=origins)
    told = dict(wire.headers)
    assert told.get("access-control-allow-origin") == allowed
    assert ("vary" in told) is varies


async def test_a_problem_of_ours_may_be_read_too() -> None:
    """By the pages that may read an answer."""
    wire = await ask(
        failing(ForeignOrigin("x")),
        http_scope(headers={"origin": FRIEND}),
        origins=(FRIEND,),
    )
    assert dict(wire.headers)["access-control-allow-origin"] == FRIEND


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/weather", "/weather"),
        ("/weather/S%C3%A3o", "/weather/{city}"),
        ("/weather/a/b", "other"),
        ("/chat", "/chat"),
        ("/chat/lobby/messages", "/chat/{room}/messages"),
        ("/chat/lobby/others", "other"),
        ("/healthz", "/healthz"),
        ("/readyz", "/readyz"),
        ("/metrics", "/metrics"),
        ("/docs", "/docs"),
        ("/openapi.json", "/openapi.json"),
        ("/asyncapi.json", "/asyncapi.json"),
        ("/static/app.js", "/static"),
        ("/static/a/b.js", "/static"),
        ("/wp-admin.php", "other"),
    ],
)
async def test_a_request_is_measured_by_its_route(path: str, route: str) -> None:
    """Not by its path: clients invent too many of these."""
    labels = {"framework": "test", "method": "GET", "route": route, "status": "200"}

    def count() -> float:
        name = "tandem_http_request_duration_seconds_count"
        return REGISTRY.get_sample_value(name, labels) or 0

    before = count()
    await ask(Hello(), http_scope(path))
    assert count() - before == 1


async def test_a_method_that_nobody_knows_is_other() -> None:
    """Clients may invent these, too."""
    await ask(Hello(), http_scope(method="BREW"))
    labels = {"framework": "test", "method": "other", "route": "/", "status": "200"}
    name = "tandem_http_request_duration_seconds_count"
    assert REGISTRY.get_sample_value(name, labels)


async def test_each_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """In one line, whatever the path holds."""
    caplog.set_level(logging.INFO, "tandem.access")
    scope = http_scope("/weather/a b\x00\x1b[31m", "BREW")
    await ask(Hello(), {**scope, "client": ("192.0.2.1", 4_711)})
    (record,) = caplog.records
    told = vars(record)["fields"]
    assert 0 < told.pop("duration_seconds") < 60
    assert told == {
        "framework": "test",
        "method": "BREW",
        "path": "/weather/a%20b%00%1B%5B31m",
        "status": 200,
        "client": "192.0.2.1",
    }


async def test_what_is_logged_meanwhile_has_the_request_s_id(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """And what is logged after it has none."""
    seen: list[str | None] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(REQUEST_ID.get())

    headers = {"x-request-id": "id-1"}
    await ask(app, http_scope(headers=headers))
    await ask(app, socket_scope(headers=headers))
    assert seen == ["id-1", "id-1"]
    assert REQUEST_ID.get() is None


async def test_a_path_that_is_no_text_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A server may hand over what it could not decode."""
    caplog.set_level(logging.INFO, "tandem.access")
    assert (await ask(Hello(), http_scope("/\udcff"))).status == 200
    assert len(caplog.records) == 1


async def test_the_log_may_be_silent(caplog: pytest.LogCaptureFixture) -> None:
    """Above `info`."""
    caplog.set_level(logging.WARNING, "tandem.access")
    await ask(Hello(), http_scope())
    assert caplog.records == []


async def test_a_refused_handshake_is_logged_as_a_request_is(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the status that it was refused with; it is counted as a handshake."""
    caplog.set_level(logging.INFO, "tandem.access")
    labels = {"framework": "test", "status": "403"}
    before = sample("tandem_chat_handshakes_total", **labels)
    await ask(failing(ForeignOrigin("x")), socket_scope())
    (record,) = caplog.records
    told = vars(record)["fields"]
    assert (told["method"], told["path"], told["status"]) == ("GET", "/chat", 403)
    assert told["client"] is None
    assert sample("tandem_chat_handshakes_total", **labels) - before == 1


async def test_a_socket_is_no_request(caplog: pytest.LogCaptureFixture) -> None:
    """It lives for hours: its handshake is counted at once, its seat logs its life."""
    caplog.set_level(logging.INFO, "tandem.access")
    labels = {"framework": "test", "status": "101"}
    before = sample("tandem_chat_handshakes_total", **labels)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        assert sample("tandem_chat_handshakes_total", **labels) - before == 1

    await ask(app, socket_scope())
    assert caplog.records == []
