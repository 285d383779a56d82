"""Errors: each is a problem (RFC 9457), whatever went wrong and wherever."""

import asyncio
import json
import sqlite3
from contextlib import closing, suppress
from urllib.parse import quote

import httpx
import pytest

from tests.contract.cells import Cell
from tests.contract.chat import new_room
from tests.contract.checks import city, client, places, problem, weather
from tests.contract.clauses import clause
from tests.contract.conftest import StartCell
from tests.contract.raw import Connection, ask, head
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

ROOM = "/chat/problems/messages"
READ = ["GET", "HEAD"]
METHODS = {
    "/": READ,
    "/healthz": READ,
    "/readyz": READ,
    "/metrics": READ,
    "/openapi.json": READ,
    "/asyncapi.json": READ,
    "/docs": READ,
    "/static/index.html": READ,
    "/weather": READ,
    "/weather/paris": READ,
    ROOM: [*READ, "POST"],
}
"""The methods of every path that there is."""

MEGABYTE = 1_000_000
GOOD = {"name": "ann", "text": "hello"}
JSON = {"Content-Type": "application/json"}
DEEP = "[" * 60_000

NO_JSON = {
    "nothing": b"",
    "garbage": b"{name}",
    "cut off": b'{"name": "ann"',
    "trailing": b'{"name": "ann", "text": "hello"}x',
    "single quotes": b"{'name': 'ann', 'text': 'hello'}",
    "60,000 arrays": DEEP.encode(),
    "60,000 arrays in a field": b'{"name": "ann", "text": ' + DEEP.encode(),
    "10,000 objects": b'{"a":' * 10_000,
    "no UTF-8": b'{"name": "ann", "text": "\xff"}',
    "only a byte order mark": b"\xff\xfe",
    "UTF-16": json.dumps(GOOD).encode("utf-16"),
    "NUL": b"\x00",
}
"""Bodies that are not JSON."""

NO_OBJECT = {
    "null": b"null",
    "array": b"[]",
    "array of objects": b'[{"name": "ann", "text": "hello"}]',
    "text": b'"hello"',
    "number": b"1",
    "huge number": b"9" * 5_000,
    "not a number": b"NaN",
}
"""Bodies that are JSON, or what some take for it, but not an object."""

BAD_FIELDS = {
    "no text": ({"name": "ann"}, "body.text"),
    "no name": ({"text": "hello"}, "body.name"),
    "text null": (GOOD | {"text": None}, "body.text"),
    "text number": (GOOD | {"text": 1}, "body.text"),
    "text infinite": (GOOD | {"text": float("inf")}, "body.text"),
    "text not a number": (GOOD | {"text": float("nan")}, "body.text"),
    "text array": (GOOD | {"text": ["hello"]}, "body.text"),
    "text lone surrogate": (GOOD | {"text": "\ud800"}, "body.text"),
    "name lone surrogate": (GOOD | {"name": "\udc00"}, "body.name"),
    "name object": (GOOD | {"name": {}}, "body.name"),
    "ref number": (GOOD | {"ref": 1}, "body.ref"),
    "one field more": (GOOD | {"room": "other"}, "body.room"),
}
"""Objects of which one field breaks a rule, and its place."""

WRONG_TYPES = [
    None,
    "",
    "garbage",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
]
"""Content types that are not JSON's."""


@clause("H-01", "H-02", "H-04")
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
async def test_unknown_path_is_404(http: httpx.AsyncClient, method: str) -> None:
    """Whatever the method, a path that there is not is a problem with 404."""
    said = problem(await http.request(method, "/no/such/path?x=1"), 404)
    assert said["type"] == "about:blank"
    assert said["instance"] == "/no/such/path"


@clause("H-04")
async def test_path_of_the_socket_is_404_without_a_handshake(
    http: httpx.AsyncClient,
) -> None:
    """`/chat` is a socket's path only, to every method."""
    for method in ("GET", "POST", "PUT", "OPTIONS"):
        problem(await http.request(method, "/chat"), 404)


@clause("H-01", "H-05")
@pytest.mark.parametrize("path", METHODS)
async def test_wrong_method_is_405(http: httpx.AsyncClient, path: str) -> None:
    """It says in `Allow` all that the path does take."""
    for method in {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - set(METHODS[path]):
        answer = await http.request(method, path)
        said = problem(answer, 405)
        assert said["instance"] == path
        assert sorted(answer.headers["allow"].split(", ")) == METHODS[path]


@clause("H-05")
async def test_wrong_method_is_405_where_an_answer_is_kept(
    http: httpx.AsyncClient,
) -> None:
    """A report that was asked for before is nothing to post to."""
    path = weather(city("fine"))
    assert (await http.get(path)).status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        problem(await http.request(method, path), 405)


@clause("H-05")
async def test_method_that_nobody_knows_is_no_failure(target: Target) -> None:
    """It is a 405, or a 400 of the server's own."""
    answer = await ask(target, "/healthz", method="BREW")
    assert answer.status in {400, 405}


@clause("H-01", "H-06")
@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/*",
        "image/png, text/html;q=0.9",
        "application/json;q=0",
        "*/*;q=0.5, application/json;q=0.0",
        "application/xml",
    ],
)
async def test_who_takes_no_json_gets_406(http: httpx.AsyncClient, accept: str) -> None:
    """On the routes that answer with JSON of the two services."""
    headers = {"Accept": accept}
    problem(await http.get("/weather/paris", headers=headers), 406)
    problem(await http.get("/weather?city=paris", headers=headers), 406)
    problem(await http.get(ROOM, headers=headers), 406)
    problem(await http.post(ROOM, json=GOOD, headers=headers), 406)


@clause("H-06")
@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/*",
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "text/html, application/json;q=0.1",
        "text/html, */*;q=0.1",
    ],
)
async def test_who_takes_json_gets_it(http: httpx.AsyncClient, accept: str) -> None:
    """However the header says it."""
    answer = await http.get(ROOM, headers={"Accept": accept})
    assert answer.status_code == 200


@clause("H-06")
@pytest.mark.parametrize("path", ["/healthz", "/metrics", "/openapi.json", "/"])
async def test_other_routes_answer_whatever_is_accepted(
    http: httpx.AsyncClient, path: str
) -> None:
    """What operators and browsers ask for comes in the one form that it has."""
    answer = await http.get(path, headers={"Accept": "image/png"})
    assert answer.status_code == 200


@clause("H-01", "H-07")
@pytest.mark.parametrize("path", ["/healthz", "/weather/paris", ROOM, "/nowhere"])
async def test_large_body_is_413(http: httpx.AsyncClient, path: str) -> None:
    """On every path, and also for a method that has no use for a body."""
    for method in ("GET", "POST"):
        answer = await http.request(method, path, content=b"x" * 65_537, headers=JSON)
        assert problem(answer, 413)["instance"] == path


@clause("H-07")
async def test_body_as_large_as_allowed_is_read(http: httpx.AsyncClient) -> None:
    """At 64 KiB it is its content that is judged."""
    body = json.dumps({"name": "ann", "text": ""}).encode()
    padded = body + b" " * (65_536 - len(body))
    assert places(await http.post(ROOM, content=padded, headers=JSON)) == ["body.text"]


@clause("H-07")
async def test_large_body_in_chunks_is_413(target: Target) -> None:
    """Without a Content-Length too."""
    headers = {"Transfer-Encoding": "chunked", **JSON}
    chunk = b"x" * 10_000
    body = b"2710\r\n" + chunk + b"\r\n"
    answer = await ask(
        target, ROOM, method="POST", headers=headers, body=body * 10 + b"0\r\n\r\n"
    )
    problem(answer, 413)


@clause("H-07")
@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
async def test_sender_of_a_large_body_can_read_the_refusal(
    target: Target, *, chunked: bool
) -> None:
    """It is not cut off while it is still sending a few megabytes."""
    length = (
        {"Transfer-Encoding": "chunked"}
        if chunked
        else {"Content-Length": str(4 * MEGABYTE)}
    )
    part = b"x" * MEGABYTE
    piece = b"%x\r\n%b\r\n" % (len(part), part) if chunked else part
    async with await Connection.open(target, send_buffer=65_536) as connection:
        await connection.send(head(target, ROOM, method="POST", headers=length | JSON))
        answer, _ = await asyncio.gather(
            connection.read_response(),
            connection.send(piece * 4 + (b"0\r\n\r\n" if chunked else b"")),
        )
    problem(answer, 413)


@clause("H-07")
async def test_endless_body_is_cut_off(target: Target, http: httpx.AsyncClient) -> None:
    """Its sender gets 413 or an end, and nobody else notices."""
    async with await Connection.open(target) as connection:
        await connection.send(
            head(target, ROOM, method="POST", headers={"Content-Length": str(10**12)})
        )
        sending = asyncio.gather(
            connection.send(b"x" * (16 * MEGABYTE)), return_exceptions=True
        )
        with suppress(EOFError, ConnectionError):
            problem(await connection.read_response(timeout=10), 413)
        sending.cancel()
    assert (await http.get("/healthz")).status_code == 200


@clause("H-03", "H-08")
@pytest.mark.parametrize("body", NO_JSON.values(), ids=NO_JSON)
async def test_body_that_is_no_json_is_422(
    http: httpx.AsyncClient, body: bytes
) -> None:
    """It is the body as a whole that is wrong."""
    assert places(await http.post(ROOM, content=body, headers=JSON)) == ["body"]


@clause("H-03", "H-08")
@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
async def test_body_that_is_no_object_is_422(
    http: httpx.AsyncClient, body: bytes
) -> None:
    """JSON of another kind is as wrong as none."""
    assert places(await http.post(ROOM, content=body, headers=JSON)) == ["body"]


@clause("H-03", "H-08")
@pytest.mark.parametrize(("body", "place"), BAD_FIELDS.values(), ids=BAD_FIELDS)
async def test_bad_field_is_422(
    http: httpx.AsyncClient, body: object, place: str
) -> None:
    """The error names the field."""
    content = json.dumps(body).encode()
    assert places(await http.post(ROOM, content=content, headers=JSON)) == [place]


@clause("H-03")
async def test_every_bad_field_is_named(http: httpx.AsyncClient) -> None:
    """Not only the first."""
    answer = await http.post(ROOM, json={"name": "", "text": "", "ref": ""})
    assert sorted(places(answer)) == ["body.name", "body.ref", "body.text"]


@clause("H-08")
@pytest.mark.parametrize("kind", WRONG_TYPES)
async def test_body_that_does_not_say_it_is_json_is_422(
    target: Target, kind: str | None
) -> None:
    """A page of another site can post such a body without asking first."""
    body = json.dumps(GOOD).encode()
    headers = {"Content-Length": str(len(body))}
    headers |= {} if kind is None else {"Content-Type": kind}
    answer = await ask(target, ROOM, method="POST", headers=headers, body=body)
    assert places(answer) == ["body"]


@clause("H-09")
async def test_body_that_breaks_off_does_nothing(
    target: Target, http: httpx.AsyncClient
) -> None:
    """Also if what has come looks whole."""
    uri = f"/chat/{new_room()}/messages"
    length = {"Content-Length": "1000", **JSON}
    async with await Connection.open(target) as connection:
        await connection.send(head(target, uri, method="POST", headers=length))
        await connection.send(json.dumps(GOOD).encode())
        connection.half_close()
        said = await connection.read_to_end()
    assert not said or said.startswith(b"HTTP/1.1 400 ")
    whole = await http.post(uri, json={"name": "bob", "text": "whole"})
    assert whole.json()["seq"] == 1
    (message,) = (await http.get(uri)).json()["messages"]
    assert message["name"] == "bob"


@clause("H-02")
async def test_problem_names_the_path(http: httpx.AsyncClient) -> None:
    """Percent-encoded, so that it is a URI reference whatever was asked for."""
    for name in ("a b", "ü", "\x01", '"', "%"):
        uri = f"/nowhere/{quote(name)}"
        said = problem(await http.get(uri), 404)
        assert said["instance"] == uri


@clause("H-02")
async def test_problem_of_the_core_has_a_type(http: httpx.AsyncClient) -> None:
    """A program can tell it from others with the same status."""
    answer = await http.get(weather(city("not-found")))
    problem(answer, 404, "unknown-city")


@clause("H-10", "H-25")
async def test_failure_inside_says_nothing_of_the_inside(
    cell: Cell, start_cell: StartCell
) -> None:
    """With a journal that is broken, the client learns that, and not how."""
    own = start_cell(cell.name)
    path = own.env["TANDEM_JOURNAL"].removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as journal:
        journal.execute("DROP TABLE messages")
        journal.commit()
    async with client(own.http_url) as http:
        answers = [
            await http.get("/readyz"),
            await http.get(ROOM),
            await http.post(ROOM, json=GOOD),
        ]
    for answer in answers:
        said = problem(answer, 503, "unavailable")
        assert int(answer.headers["retry-after"]) >= 1
        for secret in ("table", "sql", "error", path, "traceback"):
            assert secret not in said["detail"].lower()
