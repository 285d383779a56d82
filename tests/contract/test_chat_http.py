"""The two HTTP routes of a room."""

import asyncio
import json

import httpx
import pytest

from tests.contract.chat import fill, join, join_all, new_room
from tests.contract.checks import places, problem
from tests.contract.clauses import clause
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

BODY_MAX_BYTES = 65_536

BAD_PAGES = {
    "after=-1": "query.after",
    "after=": "query.after",
    "after=x": "query.after",
    f"after={2**63}": "query.after",
    "limit=0": "query.limit",
    "limit=201": "query.limit",
    "limit=-1": "query.limit",
    "limit=": "query.limit",
    "limit=ten": "query.limit",
}

BAD_POSTS = {
    "": "body",
    "{": "body",
    "[" * 20_000: "body",
    "null": "body",
    "[]": "body",
    "{}": "body.name",
    '{"name": "ann"}': "body.text",
    '{"text": "a"}': "body.name",
    '{"name": 1, "text": "a"}': "body.name",
    '{"name": " ", "text": "a"}': "body.name",
    '{"name": "a\\nb", "text": "a"}': "body.name",
    json.dumps({"name": "n" * 33, "text": "a"}): "body.name",
    '{"name": "ann", "text": null}': "body.text",
    '{"name": "ann", "text": "\\n "}': "body.text",
    '{"name": "ann", "text": "\\ud800"}': "body.text",
    '{"name": "\\udc00", "text": "a"}': "body.name",
    '{"name": "ann", "text": "a", "ref": "\\ud800"}': "body.ref",
    '{"name": "ann", "text": "a", "\\ud800": 1}': "body",
    json.dumps({"name": "ann", "text": "x" * 2_001}): "body.text",
    '{"name": "ann", "text": "a", "ref": ""}': "body.ref",
    '{"name": "ann", "text": "a", "ref": 7}': "body.ref",
    json.dumps({"name": "ann", "text": "a", "ref": "r" * 65}): "body.ref",
    '{"name": "ann", "text": "a", "seq": 7}': "body.seq",
}


@clause("C-37")
async def test_an_empty_room_has_an_empty_history(
    target: Target, http: httpx.AsyncClient
) -> None:
    """A room needs no founding; the epoch is that of the sockets."""
    room = new_room()
    async with join(target, room) as ann:
        answer = await http.get(f"/chat/{room}/messages")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    epoch = ann.welcome["epoch"]
    assert answer.json() == {"epoch": epoch, "messages": [], "next": None}


@clause("C-37")
async def test_a_history_comes_in_pages(
    target: Target, http: httpx.AsyncClient
) -> None:
    """Oldest first; `next` leads to the next page and is null on the last."""
    room = new_room()
    await fill(target, room, 200)
    await fill(target, room, 30)
    for query, seqs, following in (
        ("", range(1, 51), 50),
        ("?after=50", range(51, 101), 100),
        ("?limit=1", range(1, 2), 1),
        ("?limit=200", range(1, 201), 200),
        ("?after=30&limit=200", range(31, 231), None),
        ("?after=200&limit=200", range(201, 231), None),
        ("?after=229&limit=1", range(230, 231), None),
        ("?after=228&limit=1", range(229, 230), 229),
        ("?after=230", (), None),
        ("?after=1000", (), None),
        (f"?after={2**63 - 1}", (), None),
    ):
        page = (await http.get(f"/chat/{room}/messages{query}")).json()
        assert [message["seq"] for message in page["messages"]] == list(seqs), query
        assert page["next"] == following, query


@clause("C-38")
async def test_a_bad_page_is_refused(http: httpx.AsyncClient) -> None:
    """The problem names the parameter."""
    for query, place in BAD_PAGES.items():
        answer = await http.get(f"/chat/lobby/messages?{query}")
        assert places(answer) == [place], query


@clause("C-38", "C-41")
async def test_a_bad_room_is_refused(http: httpx.AsyncClient) -> None:
    """For reading and for writing."""
    for room in ("Lobby", "a_b", "a%20b", "r" * 65, "%C3%A9"):
        path = f"/chat/{room}/messages"
        new = {"name": "ann", "text": "hello"}
        for answer in (await http.get(path), await http.post(path, json=new)):
            assert places(answer) == ["path.room"]


@clause("C-39", "C-40")
async def test_a_message_can_be_posted_over_http(
    target: Target, http: httpx.AsyncClient
) -> None:
    """It is answered with what the sockets of the room are sent, and history has."""
    room = new_room()
    async with join_all(target, room, ("ann", "bob")) as (ann, bob):
        new = {"name": " web ", "text": "  hello 🦊 ", "ref": "r1"}
        answer = await http.post(f"/chat/{room}/messages", json=new)
        assert answer.status_code == 201
        posted = answer.json()
        assert posted == {
            "seq": 1,
            "room": room,
            "name": "web",
            "text": "hello 🦊",
            "at": posted["at"],
            "ref": "r1",
        }
        for member in (ann, bob):
            expected = {"type": "message", **posted}
            assert await member.wait_for(type="message") == expected
    page = (await http.get(f"/chat/{room}/messages")).json()
    assert page["messages"] == [posted]


@clause("C-24", "C-39")
async def test_a_ref_posted_again_brings_the_first_message(
    target: Target, http: httpx.AsyncClient
) -> None:
    """With 200 in place of 201, also for what came over a socket; nothing is sent."""
    room = new_room()
    path = f"/chat/{room}/messages"
    async with join_all(target, room, ("ann", "bob")) as (ann, bob):
        first = await ann.post("first", "r1")
        again = {"name": "ann", "text": "something else", "ref": "r1"}
        for _ in range(2):
            answer = await http.post(path, json=again)
            assert answer.status_code == 200
            assert {"type": "message", **answer.json()} == first
        for other in (
            {"name": "bob", "text": "another's r1", "ref": "r1"},
            {"name": "ann", "text": "another ref", "ref": "r2"},
            {"name": "ann", "text": "no ref"},
            {"name": "ann", "text": "no ref"},
        ):
            assert (await http.post(path, json=other)).status_code == 201
        elsewhere = f"/chat/{new_room()}/messages"
        assert (await http.post(elsewhere, json=again)).status_code == 201
        await bob.wait_for_seq(5)
        assert bob.seqs == [1, 2, 3, 4, 5]


@clause("C-24")
async def test_a_ref_posted_many_times_at_once_is_one_message(
    target: Target, http: httpx.AsyncClient
) -> None:
    """One of the requests makes it, the others are told of it."""
    room = new_room()
    new = {"name": "ann", "text": "once", "ref": "r1"}
    answers = await asyncio.gather(
        *(http.post(f"/chat/{room}/messages", json=new) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert all(answer.json() == answers[0].json() for answer in answers)
    page = (await http.get(f"/chat/{room}/messages")).json()
    assert page["messages"] == [answers[0].json()]


@clause("C-41")
async def test_a_bad_message_is_refused(
    target: Target, http: httpx.AsyncClient
) -> None:
    """The problem names the field, and nothing is broadcast."""
    async with join(target, new_room()) as ann:
        path = f"/chat/{ann.welcome['room']}/messages"
        headers = {"content-type": "application/json"}
        for body, place in BAD_POSTS.items():
            answer = await http.post(path, content=body.encode(), headers=headers)
            assert place in places(answer), body
        last = await ann.post("after")
        assert ann.messages == [last]


@clause("H-07")
async def test_a_body_over_64_kib_is_refused(
    target: Target, http: httpx.AsyncClient
) -> None:
    """At exactly 64 KiB it is still judged by what it holds."""
    path = f"/chat/{new_room()}/messages"
    headers = {"content-type": "application/json"}
    body = b'{"name": "ann", "text": "hello"}'.ljust(BODY_MAX_BYTES)
    answer = await http.post(path, content=body, headers=headers)
    assert answer.status_code == 201
    problem(await http.post(path, content=body + b" ", headers=headers), 413)
    page = (await http.get(path)).json()
    assert len(page["messages"]) == 1
