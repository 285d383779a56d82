"""Paths and queries that no polite client sends, said byte by byte."""

from contextlib import suppress

import httpx
import pytest

from tests.contract.checks import places, problem
from tests.contract.clauses import clause
from tests.contract.raw import Connection, WebSocket, ask, head
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

ROOM = "/chat/paths/messages"

NOWHERE = {
    "slash at the end": "/healthz/",
    "slash after a collection": "/weather/",
    "slash after a city": "/weather/paris/",
    "slash after a room": f"{ROOM}/",
    "slash after the socket": "/chat/",
    "two slashes": "//",
    "two slashes before": "//weather/paris",
    "two slashes between": "/weather//paris",
    "no room": "/chat//messages",
    "encoded slash": "/%2F",
    "encoded slash before": "/%2Fhealthz",
    "encoded slash in a city": "/weather/a%2Fb",
    "encoded slash as a city": "/weather/%2F",
    "encoded slash in a room": "/chat/a%2Fb/messages",
    "dot": "/./healthz",
    "dots": "/weather/../healthz",
    "encoded dots": "/weather/%2e%2e/healthz",
    "upper case": "/Healthz",
    "upper case before a city": "/WEATHER/paris",
    "NUL": "/%00",
    "NUL after": "/healthz%00",
    "line feed": "/%0A",
    "line feed after": "/healthz%0A",
    "carriage return": "/healthz%0D",
    "space after": "/healthz%20",
    "no UTF-8": "/%FF",
    "no UTF-8 after": "/healthz%FF",
    "semicolon": "/healthz;x=1",
    "10 KB": "/" + "x" * 10_000,
    "more after": "/weather/paris/now",
    "less": "/chat/paths",
}
"""Targets at which there is nothing."""

CITIES = {
    "dots": "..",
    "encoded dots": "%2e%2e",
    "no UTF-8": "%FF",
    "cut UTF-8": "%C3",
    "overlong UTF-8": "%C0%AF",
    "surrogate": "%ED%A0%80",
    "percent alone": "%",
    "percent and garbage": "%zz",
    "semicolon": "a;b",
    "question mark": "a%3Fb",
    "fragment": "a%23b",
    "backslash": "..%5C..",
    "NUL": "%00",
    "NUL inside": "a%00b",
    "line feed inside": "a%0Ab",
    "header inside": "a%0D%0AX-Evil:%201",
    "escape": "%1B[31m",
    "delete": "%7F",
    "next line": "%C2%85",
    "line separator": "%E2%80%A8",
    "space": "%20",
    "101": "x" * 101,
    "10 KB": "x" * 10_000,
}
"""Cities that there are not, as they stand in a path."""

ROOMS = {
    "upper case": "Lobby",
    "underscore": "a_b",
    "space": "a%20b",
    "dots": "..",
    "NUL": "%00",
    "line feed": "lobby%0A",
    "no UTF-8": "%FF",
    "umlaut": "%C3%BC",
    "other digits": "%D9%A3",
    "65": "x" * 65,
    "10 KB": "x" * 10_000,
}
"""Rooms that there cannot be, as they stand in a path."""

BAD_QUERIES = {
    "limit=abc": "query.limit",
    "limit=": "query.limit",
    "limit": "query.limit",
    "limit=0": "query.limit",
    "limit=201": "query.limit",
    "limit=-1": "query.limit",
    "limit=1.5": "query.limit",
    "limit=1e999": "query.limit",
    "limit=NaN": "query.limit",
    "limit=true": "query.limit",
    "limit=%zz": "query.limit",
    "limit=%FF": "query.limit",
    "limit=%00": "query.limit",
    "limit=" + "9" * 30: "query.limit",
    "limit=" + "9" * 5_000: "query.limit",
    "limit=1&limit=abc": "query.limit",
    "after=-1": "query.after",
    f"after={2**63}": "query.after",
    "after=soon": "query.after",
}
"""Queries that break a rule, and the place that does."""

GOOD_QUERIES = [
    "",
    "limit=1",
    "limit=200",
    f"after={2**63 - 1}",
    "limit=abc&limit=2",
    "unknown=1&limit=1",
    "limit[]=abc",
    "limit=5&limit%5B%5D=0",
    "&&&=&==",
    "%zz=%zz",
    "%FF=%FF",
    "x=" + "y" * 5_000,
]
"""Queries with something odd in them that harms nobody."""

BAD_HOSTS = ["a..b", ".", "x" * 64, f"{'x' * 300}.example", "\xfc.example"]


@clause("H-04", "H-11", "H-12")
@pytest.mark.parametrize("uri", NOWHERE.values(), ids=NOWHERE)
async def test_nothing_is_there(target: Target, uri: str) -> None:
    """A path is what it is: nothing is cut off, folded or redirected."""
    answer = await ask(target, uri)
    assert problem(answer, 404)["type"] == "about:blank"  # not, say, an unknown city
    assert "location" not in answer.headers


@clause("H-12")
@pytest.mark.parametrize("name", CITIES.values(), ids=CITIES)
async def test_odd_city_is_404_or_422(target: Target, name: str) -> None:
    """Never a failure, and never another path."""
    answer = await ask(target, f"/weather/{name}")
    said = problem(answer, answer.status)
    assert said["status"] in {404, 422}
    assert said["instance"].startswith("/weather/")
    assert "x-evil" not in answer.headers


@clause("H-12")
@pytest.mark.parametrize("name", ROOMS.values(), ids=ROOMS)
async def test_odd_room_is_422(target: Target, name: str) -> None:
    """A room that cannot be is bad input, to every method."""
    assert places(await ask(target, f"/chat/{name}/messages")) == ["path.room"]


@clause("H-04", "H-12")
@pytest.mark.parametrize(
    "uri", ["/", "/nowhere", "/chat/", "//chat", "/chat%0A", "/chat/lobby", "/Chat"]
)
async def test_no_socket_is_there(target: Target, uri: str) -> None:
    """A handshake is refused with 404 where there is no socket."""
    async with await WebSocket.open(target, uri) as websocket:
        problem(websocket.response, 404)


@clause("H-13")
@pytest.mark.parametrize("query", BAD_QUERIES)
async def test_bad_query_is_422(target: Target, query: str) -> None:
    """A value that breaks a rule is never taken for the default."""
    assert places(await ask(target, f"{ROOM}?{query}")) == [BAD_QUERIES[query]]


@clause("H-13")
@pytest.mark.parametrize("query", GOOD_QUERIES)
async def test_odd_query_does_no_harm(target: Target, query: str) -> None:
    """What has no meaning has no effect; of a key given twice the last counts."""
    assert (await ask(target, f"{ROOM}?{query}")).status == 200


@clause("H-13")
async def test_of_two_values_the_last_counts(http: httpx.AsyncClient) -> None:
    """Alike for every key that takes one value."""
    uri = "/chat/two-values/messages"
    for text in ("one", "two", "three"):
        await http.post(uri, json={"name": "ann", "text": text})
    page = (await http.get(f"{uri}?limit=1&after=2&limit=2&after=0")).json()
    assert [message["text"] for message in page["messages"]] == ["one", "two"]
    assert (await http.get("/weather/paris?country=DE&country=FR")).status_code == 200


@clause("H-13")
async def test_no_key_has_another_spelling(http: httpx.AsyncClient) -> None:
    """Brackets, with which some frameworks mark lists, make another key."""
    answer = await http.get("/weather/paris?country[]=germany")
    assert answer.json()["place"]["country_code"] == "FR"
    assert places(await http.get("/weather?city[]=paris")) == ["query.city"]


@clause("H-14")
@pytest.mark.parametrize("host", BAD_HOSTS)
async def test_host_that_cannot_be_is_400(target: Target, host: str) -> None:
    """As RFC 9112 wants it."""
    for uri in ("/healthz", "/weather/paris", "/nowhere"):
        problem(await ask(target, uri, headers={"Host": host}), 400)
    async with await WebSocket.open(target, headers={"Host": host}) as websocket:
        problem(websocket.response, 400)


@clause("H-14")
@pytest.mark.parametrize(
    "host", ["", "localhost", "other.example:80", "[::1]:8000", "a_b", "x" * 63]
)
async def test_any_other_host_is_fine(target: Target, host: str) -> None:
    """The service does not ask by what name it is called."""
    assert (await ask(target, "/healthz", headers={"Host": host})).status == 200


@clause("H-15")
@pytest.mark.parametrize(
    "request_",
    [
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /health z HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
        b"POST /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"HELLO\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"\x00" * 1_000 + b"\r\n\r\n",
    ],
    ids=[
        "long path",
        "space in the path",
        "NUL in a header",
        "length is no number",
        "length is negative",
        "other protocol",
        "TLS",
        "zeros",
    ],
)
async def test_what_no_server_reads_gets_4xx_or_an_end(
    target: Target, http: httpx.AsyncClient, request_: bytes
) -> None:
    """Never a 5xx, and the next client is served."""
    async with await Connection.open(target) as connection:
        with suppress(ConnectionError):
            await connection.send(request_)
        connection.half_close()
        said = await connection.read_to_end()
    assert not said or said.startswith(b"HTTP/1.1 4")
    assert (await http.get("/healthz")).status_code == 200


@clause("H-15")
async def test_long_header(target: Target, http: httpx.AsyncClient) -> None:
    """Refused or ignored, and the next client is served."""
    async with await Connection.open(target) as connection:
        with suppress(ConnectionError):
            await connection.send(
                head(target, "/healthz", headers={"X": "x" * 500_000})
            )
        connection.half_close()
        said = await connection.read_to_end()
    assert not said or said.startswith((b"HTTP/1.1 4", b"HTTP/1.1 200 "))
    assert (await http.get("/healthz")).status_code == 200


@clause("H-15")
@pytest.mark.parametrize("uri", ["/weather/ü".encode(), b"/weather/\xff"])
async def test_bytes_that_want_encoding(target: Target, uri: bytes) -> None:
    """Refused by the server, or read as if they were encoded."""
    assert (await ask(target, uri)).status in {400, 404, 422}


@clause("H-15")
@pytest.mark.parametrize("uri", ["*", "http://other.example/healthz", "/healthz#x"])
async def test_target_of_another_form(target: Target, uri: str) -> None:
    """Refused, or read as the path that is in it."""
    assert (await ask(target, uri)).status in {200, 400, 404}


@clause("H-12")
async def test_many_requests_on_one_connection(target: Target) -> None:
    """What was odd in one request has no effect on the next."""
    uris = ["/weather/%00", "/healthz", "//", "/healthz?%zz", "/nowhere"]
    async with await Connection.open(target) as connection:
        await connection.send(b"".join(head(target, uri) for uri in uris))
        answers = [await connection.read_response() for _ in uris]
    assert [answer.status for answer in answers] == [422, 200, 404, 200, 404]
