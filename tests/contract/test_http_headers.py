"""Headers that every response has, HEAD, and the form of JSON."""

import json
import re

import httpx
import pytest

from tests.contract.cells import ALLOWED_ORIGIN
from tests.contract.checks import city, places, problem, weather
from tests.contract.clauses import clause
from tests.contract.raw import Connection, WebSocket, ask, head
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

ROOM = "/chat/headers/messages"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
URIS = {
    "page": "/",
    "health": "/healthz",
    "readiness": "/readyz",
    "OpenAPI": "/openapi.json",
    "AsyncAPI": "/asyncapi.json",
    "docs": "/docs",
    "file": "/static/index.html",
    "weather": "/weather/paris",
    "weather of many": "/weather?city=paris&city=tokyo",
    "history": ROOM,
    "404": "/nowhere",
    "422": "/weather/a%00b",
}
"""What HEAD and GET answer alike."""

ANSWERS = {
    **{name: ("GET", uri) for name, uri in URIS.items()},
    "metrics": ("GET", "/metrics"),
    "405": ("DELETE", "/weather/paris"),
    "413": ("POST", "/413"),
    "preflight": ("OPTIONS", ROOM),
}
"""One answer of every kind."""

_CHANGING = {"date", "x-request-id", "age", "cache-control", "expires"}


async def _answer(http: httpx.AsyncClient, kind: str, **headers: str) -> httpx.Response:
    method, uri = ANSWERS[kind]
    body = b"x" * 70_000 if method == "POST" else None
    if method == "OPTIONS":
        asked = {"Origin": ALLOWED_ORIGIN, "Access-Control-Request-Method": "POST"}
        headers = {**asked, **headers}
    return await http.request(method, uri, content=body, headers=headers)


@clause("H-16")
@pytest.mark.parametrize("uri", URIS.values(), ids=URIS)
async def test_head_is_get_without_the_body(http: httpx.AsyncClient, uri: str) -> None:
    """The status and the headers are those of GET, its Content-Length among them."""
    got = await http.get(uri)
    asked = await http.head(uri)
    assert asked.status_code == got.status_code
    assert _steady(asked.headers) == _steady(got.headers)
    assert int(asked.headers["content-length"]) == len(got.content)
    assert asked.content == b""


@clause("H-16")
@pytest.mark.parametrize("uri", ["/", "/metrics", "/weather/paris", "/nowhere"])
async def test_nothing_follows_the_head(target: Target, uri: str) -> None:
    """Not one byte of a body is on the wire: the next response comes at once."""
    async with await Connection.open(target) as connection:
        await connection.send(head(target, uri, method="HEAD"))
        first = await connection.read_response(to_head=True)
        await connection.send(
            head(target, "/healthz", headers={"Connection": "close"}),
        )
        second = await connection.read_response()
        rest = await connection.read_to_end()
    assert int(first.headers["content-length"]) > 0
    assert second.status == 200
    assert json.loads(second.body)["status"] == "ok"
    assert rest == b""


@clause("H-17")
async def test_json_is_utf_8_as_it_is(http: httpx.AsyncClient) -> None:
    """Nothing is escaped that needs no escaping, and no space is wasted."""
    posted = await http.post(ROOM, json={"name": "Zoë", "text": "日本 🦊 </b>"})
    for answer in (posted, await http.get(ROOM)):
        assert answer.headers["content-type"] == "application/json"
        assert '"name":"Zoë","text":"日本 🦊 </b>"'.encode() in answer.content
    report = await http.get(weather("são paulo"))
    assert '"name":"São Paulo"'.encode() in report.content


@clause("H-17")
async def test_keys_stand_in_the_order_of_the_model(http: httpx.AsyncClient) -> None:
    """Not sorted: a reader finds what belongs together side by side."""
    posted = (await http.post(ROOM, json={"name": "ann", "text": "hello"})).json()
    assert list(posted) == ["seq", "room", "name", "text", "at", "ref"]
    page = (await http.get(ROOM)).json()
    assert list(page) == ["epoch", "messages", "next"]
    assert list(page["messages"][0]) == list(posted)
    health = (await http.get("/healthz")).json()
    assert list(health) == ["status", "framework", "version"]


@clause("H-18")
async def test_times_say_their_offset(http: httpx.AsyncClient) -> None:
    """As RFC 3339 writes them."""
    posted = (await http.post(ROOM, json={"name": "ann", "text": "now"})).json()
    report = (await http.get("/weather/paris")).json()
    for time in (posted["at"], report["observed_at"], report["fetched_at"]):
        assert RFC_3339.fullmatch(time)


@clause("H-19")
@pytest.mark.parametrize("kind", ANSWERS)
async def test_request_id_is_taken_over(http: httpx.AsyncClient, kind: str) -> None:
    """One that is well-formed comes back with whatever is answered."""
    for given in ("a", "Order-66_a.b", "z" * 64):
        answer = await _answer(http, kind, **{"X-Request-ID": given})
        assert answer.headers.get_list("x-request-id") == [given]


@clause("H-19")
@pytest.mark.parametrize(
    "given", ["", "a b", "z" * 65, "a/b", "<b>", "\xfc", "a,b", "a\tb"]
)
async def test_bad_request_id_is_replaced(target: Target, given: str) -> None:
    """By one that is made, as where there is none."""
    answer = await ask(target, "/healthz", headers={"X-Request-ID": given})
    (made,) = answer.headers.get_list("x-request-id")
    assert made != given
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", made)


@clause("H-19")
async def test_made_request_ids_differ(http: httpx.AsyncClient) -> None:
    """So that one finds one request in a log."""
    answers = [await http.get("/healthz") for _ in range(20)]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 20


@clause("H-19", "H-20")
async def test_refused_handshake_has_the_headers_too(target: Target) -> None:
    """A handshake is a request like any other."""
    headers = {"X-Request-ID": "mine", "Origin": "https://evil.example"}
    async with await WebSocket.open(target, headers=headers) as websocket:
        answer = websocket.response
    problem(answer, 403, "foreign-origin")
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["x-content-type-options"] == "nosniff"


@clause("H-20")
@pytest.mark.parametrize("kind", ANSWERS)
async def test_security_headers(http: httpx.AsyncClient, kind: str) -> None:
    """Each once, on whatever is answered."""
    headers = (await _answer(http, kind)).headers
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("referrer-policy") == ["no-referrer"]
    assert headers.get_list("x-frame-options") == ["DENY"]
    (policy,) = headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy


@clause("H-21")
@pytest.mark.parametrize("uri", ["/weather/paris", ROOM, "/healthz"])
async def test_preflight_of_an_allowed_origin(
    http: httpx.AsyncClient, uri: str
) -> None:
    """It learns what its pages may do."""
    asked = {
        "Origin": ALLOWED_ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-request-id",
    }
    answer = await http.options(uri, headers=asked)
    assert answer.status_code == 204
    assert answer.content == b""
    assert "content-length" not in answer.headers
    assert answer.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
    methods = answer.headers["access-control-allow-methods"].split(", ")
    assert {"GET", "HEAD", "POST"} <= set(methods)
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    named = {"authorization", "content-type", "if-none-match", "x-request-id"}
    assert named <= set(allowed)
    assert int(answer.headers["access-control-max-age"]) > 0
    assert answer.headers["vary"] == "Origin"


@clause("H-21")
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://allowed.example",
        "https://allowed.example:8443",
        "https://allowed.example.evil.example",
        "https://sub.allowed.example",
    ],
)
async def test_preflight_of_any_other_origin(
    http: httpx.AsyncClient, origin: str
) -> None:
    """It is refused, and the browser keeps the page from going on."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    answer = await http.options(ROOM, headers=asked)
    problem(answer, 403, "foreign-origin")
    assert "access-control-allow-origin" not in answer.headers


@clause("H-21")
async def test_options_that_is_no_preflight(http: httpx.AsyncClient) -> None:
    """It is a method as any other, which no path takes."""
    problem(await http.options(ROOM, headers={"Origin": ALLOWED_ORIGIN}), 405)
    headers = {"Access-Control-Request-Method": "POST"}
    problem(await http.options(ROOM, headers=headers), 405)


@clause("H-22")
@pytest.mark.parametrize("kind", ANSWERS)
async def test_pages_of_an_allowed_origin_may_read(
    http: httpx.AsyncClient, kind: str
) -> None:
    """Errors too, and the headers that have a meaning here."""
    headers = (await _answer(http, kind, Origin=ALLOWED_ORIGIN)).headers
    assert headers.get_list("access-control-allow-origin") == [ALLOWED_ORIGIN]
    exposed = headers["access-control-expose-headers"].split(", ")
    assert {"age", "etag", "retry-after", "x-request-id"} <= set(exposed)
    assert "access-control-allow-credentials" not in headers
    assert headers["vary"] == "Origin"


@clause("H-22")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
async def test_pages_of_other_origins_may_not(
    http: httpx.AsyncClient, origin: str | None
) -> None:
    """They get an answer that their browser keeps from them, and caches apart."""
    headers = {} if origin is None else {"Origin": origin}
    for uri in ("/weather/paris", "/nowhere"):
        answer = await http.get(uri, headers=headers)
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["vary"] == "Origin"


@clause("H-01", "H-16")
async def test_head_of_what_fails_behind(http: httpx.AsyncClient) -> None:
    """A failing source gives HEAD the status that it gives GET."""
    uri = weather(city("500"))
    assert (await http.head(uri)).status_code == 502
    problem(await http.get(uri), 502, "upstream-broken")


@clause("H-03", "H-16")
async def test_head_of_bad_input(http: httpx.AsyncClient) -> None:
    """As long as what GET says is wrong."""
    asked = await http.head(f"{ROOM}?limit=0")
    got = await http.get(f"{ROOM}?limit=0")
    assert places(got) == ["query.limit"]
    assert asked.headers["content-length"] == got.headers["content-length"]


def _steady(headers: httpx.Headers) -> dict[str, str]:
    return {name: each for name, each in headers.items() if name not in _CHANGING}
