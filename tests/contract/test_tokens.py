"""Who may come in, where tokens are asked for: which are good, and what they allow."""

import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import jwt
import pytest
from websockets.asyncio.client import connect

from tests.contract.cells import Cell
from tests.contract.chat import Member, chat_path, new_room, shake
from tests.contract.checks import client, places, problem
from tests.contract.clauses import clause
from tests.contract.conftest import TOKEN_SECRET
from tests.contract.patience import TIMEOUT, within
from tests.contract.raw import Connection, Response, WebSocket, ask
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

HOUR = 3_600
SUBPROTOCOL = "Sec-WebSocket-Protocol"
RSA_HEADER = {"alg": "RS256", "typ": "JWT"}


def token(room: str, **changed: Any) -> str:
    """A token for Ann, a room and an hour, but for these claims, None for no claim."""
    claims = {"sub": "ann", "rooms": [room], "exp": time.time() + HOUR, **changed}
    kept = {name: each for name, each in claims.items() if each is not None}
    return jwt.encode(kept, TOKEN_SECRET, "HS256")


def forged(header: Mapping[str, object], room: str) -> str:
    """A token with that header, and the signature of another."""
    good = token(room).split(".")
    return ".".join([_part(json.dumps(header).encode()), *good[1:]])


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def bearer(given: str) -> dict[str, str]:
    """The header with which most clients show a token."""
    return {"Authorization": f"Bearer {given}"}


def as_browser(given: str) -> dict[str, str]:
    """The header with which a browser shows it."""
    return {SUBPROTOCOL: f"tandem.v1, bearer.{given}"}


@asynccontextmanager
async def let_in(
    guarded: Cell, uri: str, headers: Mapping[str, str]
) -> AsyncIterator[Member]:
    """A member who shows a token."""
    async with connect(
        guarded.ws_url + uri, additional_headers=headers, compression=None
    ) as connection:
        yield Member(connection, json.loads(await connection.recv()))


async def answers(
    guarded: Cell, room: str, headers: Mapping[str, str], **named: str
) -> dict[str, Response]:
    """What a handshake, a post and a look at the history are answered with."""
    uri = f"/chat/{room}/messages"
    body = json.dumps({"name": "ann", "text": "hi", **named}).encode()
    sent = {**headers, "Content-Type": "application/json"}
    sent["Content-Length"] = str(len(body))
    return {
        "socket": await shake(guarded, chat_path(room, **named), headers),
        "post": await ask(guarded, uri, method="POST", headers=sent, body=body),
        "history": await ask(guarded, uri, headers=headers),
    }


def unauthorized(response: Response) -> str:
    """Check a 401; what it says to the person."""
    told = problem(response, 401, "unauthorized")
    assert response.headers["www-authenticate"].startswith("Bearer")
    return str(told["detail"])


@clause("C-57")
async def test_the_subprotocol_is_spoken(target: Target) -> None:
    """To whoever offers it, among others or alone, and no other ever is."""
    for offered, spoken in (
        ("tandem.v1", "tandem.v1"),
        ("chat, tandem.v1", "tandem.v1"),
        ("tandem.v1, bearer.abc", "tandem.v1"),
        ("tandem.v2", None),
        ("bearer.abc", None),
        ("TANDEM.V1", None),
    ):
        answer = await shake(target, "/chat", {SUBPROTOCOL: offered})
        assert answer.status == 101, offered
        assert answer.headers.get(SUBPROTOCOL) == spoken
    assert SUBPROTOCOL not in (await shake(target, "/chat")).headers


@clause("C-58")
async def test_nobody_comes_in_without_a_token(guarded: Cell) -> None:
    """By no way: the answer says what is missing, before anything else is looked at."""
    room = new_room()
    for headers in ({}, {"Authorization": "Basic YTpi"}, {SUBPROTOCOL: "tandem.v1"}):
        for answer in (await answers(guarded, room, headers)).values():
            unauthorized(answer)
            assert answer.headers["www-authenticate"] == "Bearer"
    for body in (b"{", b"\xff", b"", b'{"name":"","text":1}'):
        unauthorized(await _post(guarded, room, body))
        assert (await _post(guarded, room, body, bearer(token(room)))).status == 422
    unauthorized(await shake(guarded, "/chat?room=BAD"))
    unauthorized(await ask(guarded, "/chat/BAD/messages"))
    in_query = await shake(guarded, chat_path(room, access_token=token(room)))
    unauthorized(in_query)


async def _post(
    guarded: Cell, room: str, body: bytes, headers: Mapping[str, str] | None = None
) -> Response:
    sent = {"Content-Type": "application/json", "Content-Length": f"{len(body)}"}
    uri = f"/chat/{room}/messages"
    sent |= headers or {}
    return await ask(guarded, uri, method="POST", headers=sent, body=body)


@clause("C-58")
async def test_a_token_lets_its_holder_in(guarded: Cell) -> None:
    """By header, its scheme in any case, and for a handshake by subprotocol."""
    room = new_room()
    good = token(room)
    for scheme in ("Bearer", "bearer", "BEARER"):
        found = await answers(guarded, room, {"Authorization": f"{scheme} {good}"})
        statuses = {way: answer.status for way, answer in found.items()}
        assert statuses == {"socket": 101, "post": 201, "history": 200}
    browser = await shake(guarded, chat_path(room), as_browser(good))
    assert browser.status == 101
    assert browser.headers[SUBPROTOCOL] == "tandem.v1"
    two_lines = {SUBPROTOCOL: f"tandem.v1\r\n{SUBPROTOCOL}: bearer.{good}"}
    assert (await shake(guarded, chat_path(room), two_lines)).status == 101


@clause("C-58")
async def test_all_else_is_open(guarded: Cell) -> None:
    """The weather, the probes and the documents are for everybody."""
    for uri in ("/weather/paris", "/healthz", "/readyz", "/openapi.json", "/", "/docs"):
        assert (await ask(guarded, uri)).status == 200, uri


@clause("C-58")
async def test_a_subprotocol_is_no_token_of_a_request(guarded: Cell) -> None:
    """Only a handshake shows one so."""
    room = new_room()
    uri = f"/chat/{room}/messages"
    unauthorized(await ask(guarded, uri, headers=as_browser(token(room))))


@clause("C-59")
@pytest.mark.parametrize(
    "changed",
    [
        {"exp": None},
        {"exp": 1},
        {"exp": 0},
        {"exp": -1},
        {"exp": "soon"},
        {"exp": str(2**33)},
        {"exp": []},
        {"exp": {}},
        {"exp": True},
        {"exp": float("inf")},
        {"exp": 10**400},
        {"exp": 10**18},
        {"nbf": 2**33},
        {"nbf": []},
        {"iat": 2**33},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"sub": "n" * 33},
        {"sub": "a\nb"},
        {"sub": "a\u202eb"},
        {"sub": "\ud800"},
        {"rooms": None},
        {"rooms": "lobby"},
        {"rooms": {"lobby": 1}},
        {"rooms": [7]},
        {"rooms": ["*", "Lobby"]},
        {"aud": "somebody else"},
    ],
    ids=repr,
)
async def test_claims_that_break_a_rule_open_nothing(
    guarded: Cell, changed: dict[str, Any]
) -> None:
    """Even in a token that is signed as it should be."""
    room = new_room()
    bad = token(room, **changed)
    for answer in (await answers(guarded, room, bearer(bad))).values():
        unauthorized(answer)
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@clause("C-59")
async def test_what_others_signed_opens_nothing(guarded: Cell) -> None:
    """By another secret, algorithm, or nobody; cut short, changed, or made up."""
    room = new_room()
    good = token(room)
    first, second, third = good.split(".")
    claims = {"sub": "ann", "rooms": [room], "exp": time.time() + HOUR}
    for bad in (
        jwt.encode(claims, "x" * 64, "HS256"),
        jwt.encode(claims, TOKEN_SECRET, "HS512"),
        jwt.encode(claims, TOKEN_SECRET, "HS384"),
        jwt.encode(claims, None, "none"),
        forged({"alg": "none"}, room),
        forged({"alg": "NONE"}, room),
        forged(RSA_HEADER, room),
        forged({"alg": "HS256", "crit": ["x"]}, room),
        forged({"alg": ["HS256"]}, room),
        forged({}, room),
        f"{first}.{second}.",
        f"{first}.{second}",
        f"{first}.{_part(json.dumps({**claims, 'rooms': ['*']}).encode())}.{third}",
        f"{_part(b'[' * 2_900)}.{second}.{third}",
        f"{_part(b'{')}.{second}.{third}",
        good[:-1],
        good + "A",
        "",
        ".",
        "..",
        "\xff",
        "a b",
        "null",
    ):
        for answer in (await answers(guarded, room, bearer(bad))).values():
            unauthorized(answer)


@clause("C-59")
async def test_a_token_may_have_4_kib(guarded: Cell) -> None:
    """And its end may be far away."""
    room = new_room()
    filler = ["r" * 64] * 42
    big = token(room, rooms=[*filler, room], exp=253_402_300_799, x="y")
    assert 3_800 < len(big) <= 4_096
    assert (await shake(guarded, chat_path(room), as_browser(big))).status == 101
    too_big = token(room, rooms=[*filler, *filler[:4], room])
    assert len(too_big) > 4_096
    for answer in (await answers(guarded, room, bearer(too_big))).values():
        unauthorized(answer)


@clause("C-59")
async def test_only_one_token_may_come(guarded: Cell) -> None:
    """Which of two counts is nothing that anybody should have to guess."""
    room = new_room()
    good = token(room)
    twice = f"Bearer {good}\r\nAuthorization: Bearer {good}"
    for answer in (await answers(guarded, room, {"Authorization": twice})).values():
        unauthorized(answer)
    both = {**bearer(good), **as_browser(good)}
    unauthorized(await shake(guarded, chat_path(room), both))
    two = f"tandem.v1, bearer.{good}, bearer.{good}"
    unauthorized(await shake(guarded, chat_path(room), {SUBPROTOCOL: two}))
    # A proxy's own login is no token: browsers send it along with a socket.
    login = {"Authorization": "Basic YTpi", **as_browser(good)}
    assert (await shake(guarded, chat_path(room), login)).status == 101


@clause("C-59")
async def test_a_token_that_has_expired_says_so(guarded: Cell) -> None:
    """A person can then get another one."""
    room = new_room()
    late = token(room, exp=time.time() - 1)
    for answer in (await answers(guarded, room, bearer(late))).values():
        assert "expired" in unauthorized(answer)


@clause("C-60")
async def test_a_token_opens_the_rooms_that_it_names(guarded: Cell) -> None:
    """And no other, whatever it resembles."""
    room, other = new_room(), new_room()
    both = bearer(token(room, rooms=[room, other]))
    for each in (room, other):
        assert (await shake(guarded, chat_path(each), both)).status == 101
    one = bearer(token(room))
    for closed in (other, "lobby", f"{room}-", room[:-1]):
        for answer in (await answers(guarded, closed, one)).values():
            problem(answer, 403, "forbidden")
    for answer in (
        await answers(guarded, room, bearer(token(room, rooms=[])))
    ).values():
        problem(answer, 403, "forbidden")
    problem(await shake(guarded, "/chat", one), 403, "forbidden")
    # What breaks a rule is still told as such.
    assert places(await shake(guarded, "/chat?room=BAD", one)) == ["query.room"]


@clause("C-61")
async def test_the_name_is_the_tokens(guarded: Cell) -> None:
    """On a socket with or without `name`, and in what is posted either way."""
    room = new_room()
    headers = bearer(token(room, sub="Zoë"))
    for uri in (chat_path(room), chat_path(room, name="Zoë")):
        async with let_in(guarded, uri, headers) as zoe:
            assert zoe.welcome["name"] == "Zoë"
            assert (await zoe.post("hi"))["name"] == "Zoë"
    async with client(guarded.http_url) as http:
        posted = await http.post(
            f"/chat/{room}/messages",
            json={"name": "Zoë", "text": "hi"},
            headers=headers,
        )
    assert posted.status_code == 201
    assert posted.json()["name"] == "Zoë"


@clause("C-61")
async def test_nobody_speaks_under_another_name(guarded: Cell) -> None:
    """It is refused, not put right: who asked for it should know."""
    room = new_room()
    found = await answers(guarded, room, bearer(token(room)), name="bob")
    problem(found["socket"], 403, "forbidden")
    problem(found["post"], 403, "forbidden")
    assert json.loads(found["history"].body)["messages"] == []


@clause("C-62")
async def test_a_socket_ends_with_its_token(guarded: Cell) -> None:
    """With 1008, whether its client is busy or silent; another's goes on."""
    room = new_room()
    ends = time.time() + 1.5
    short, long = bearer(token(room, exp=ends)), bearer(token(room))
    uri = chat_path(room)
    async with let_in(guarded, uri, short) as ann, let_in(guarded, uri, long) as other:
        await ann.post("while I may")
        assert (await ann.wait_until_closed())[0] == 1008
        assert ends - 1 <= time.time() <= ends + 2
        assert (await other.post("still here"))["seq"] == 2
    assert "expired" in unauthorized(await shake(guarded, uri, short))


@clause("C-63")
async def test_a_token_shows_up_nowhere(guarded: Cell) -> None:
    """Neither a good one nor a bad one: in no answer, metric or line of the log."""
    room = new_room()
    good = token(room)
    signature = good.rpartition(".")[2]
    told = []
    for headers in (bearer(good), bearer(good[1:]), as_browser(good)):
        for way in (room, "BAD", "another"):
            found = await answers(guarded, way, headers, name="ann")
            told += [f"{each.headers} {each.body!r}" for each in found.values()]
    told.append(str(await shake(guarded, "/nowhere", as_browser(good))))
    broken = f"{SUBPROTOCOL}: bearer.{good}\r\nAuthorization: Bearer {good}\r\n"
    async with await Connection.open(guarded) as connection:
        await connection.send(b"BAD\x00 / HTTP/1.1\r\n" + broken.encode() + b"\r\n")
        told.append(repr(await connection.read_to_end()))
    async with await WebSocket.open(
        guarded, chat_path(room), headers=as_browser(good)
    ) as socket:
        await socket.send(1, b"\xff")  # which a server may log as a fault
        told.append(repr(await socket.connection.read_to_end()))
    last = new_room()
    async with within(TIMEOUT, "the log of the last request"):
        while last not in guarded.output():
            metrics = await ask(guarded, "/metrics", headers={"X-Request-ID": last})
            told.append(repr(metrics.body))
    told.append(guarded.output())
    for each in told:
        assert signature not in each
        assert TOKEN_SECRET not in each
