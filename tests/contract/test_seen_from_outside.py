"""What operators see: metrics with fixed names, and a log that nobody can forge."""

import asyncio
import json

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.contract import raw
from tests.contract.cells import Cell
from tests.contract.chat import Json, Member, chat_path, join_all, new_room, shake
from tests.contract.checks import city, client, problem, weather
from tests.contract.clauses import clause
from tests.contract.conftest import StartCell
from tests.contract.metrics import Metrics, wait_for_metrics
from tests.contract.patience import TIMEOUT, within
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

METRICS: dict[str, set[str]] = {
    "http_request_duration_seconds": {"framework", "method", "route", "status"},
    "chat_handshakes_total": {"framework", "status"},
    "chat_open_sockets": set(),
    "chat_max_sockets": set(),
    "chat_sockets_closed_total": {"code"},
    "chat_socket_duration_seconds": set(),
    "chat_messages_posted_total": set(),
    "chat_messages_delivered_total": set(),
    "chat_frames_refused_total": {"code"},
    "chat_lag_messages": set(),
    "chat_catch_up_messages": set(),
    "journal_append_duration_seconds": set(),
    "journal_append_failures_total": set(),
    "journal_commit_messages": set(),
    "weather_cache_lookups_total": {"outcome"},
    "weather_upstream_duration_seconds": {"outcome"},
    "worker_restarts_total": set(),
}

Change = tuple[str, dict[str, str], float]


async def _wait_for(
    http: httpx.AsyncClient, before: Metrics, changes: list[Change]
) -> None:
    """Wait until each has grown by as much; then it has not grown by more."""

    def grown(seen: Metrics) -> list[float]:
        return [seen(name, **at) - before(name, **at) for name, at, _ in changes]

    expected = [by for _, _, by in changes]
    seen = await wait_for_metrics(
        http,
        lambda seen: all(map(float.__ge__, grown(seen), map(float, expected))),
        f"{changes}",
    )
    assert grown(seen) == expected


@clause("H-36")
async def test_metrics_have_their_names_and_labels(
    target: Target, http: httpx.AsyncClient
) -> None:
    """All of them, from the start, and no others."""
    problem(await shake(target, "/nowhere"), 404)
    assert (await Metrics.of(http)).labels() == METRICS


@clause("H-37")
async def test_handshakes_and_ends_are_counted(
    target: Target, http: httpx.AsyncClient
) -> None:
    """By status and by code; what is open is seen while it is."""
    before = await Metrics.of(http)
    problem(await shake(target, "/chat?room=NO"), 422)
    async with join_all(target, new_room(), ("ann", "bob")) as (ann, _):
        open_now = (await Metrics.of(http))("chat_open_sockets")
        assert open_now >= 2
        await ann.send(b"binary")
        assert (await ann.wait_until_closed())[0] == 1003
    await _wait_for(
        http,
        before,
        [
            ("chat_handshakes_total", {"status": "422"}, 1),
            ("chat_handshakes_total", {"status": "101"}, 2),
            ("chat_sockets_closed_total", {"code": "1003"}, 1),
        ],
    )
    await wait_for_metrics(
        http,
        lambda seen: (
            seen("chat_open_sockets") <= open_now - 2
            and seen("chat_sockets_closed_total", code="gone")
            > before("chat_sockets_closed_total", code="gone")
            and seen("chat_socket_duration_seconds_count")
            >= before("chat_socket_duration_seconds_count") + 2
        ),
        "two sockets less",
    )
    assert before("chat_max_sockets") > 0


@clause("H-37")
async def test_messages_are_counted(target: Target, http: httpx.AsyncClient) -> None:
    """In once each, wherever they come from, and out once for each member."""
    room = new_room()
    before = await Metrics.of(http)
    async with join_all(target, room, ("ann", "bob", "cat")) as members:
        for number in range(5):
            await members[0].post(str(number), ref=f"r{number}")
        await members[0].say("again", ref="r0")
        await members[0].send("no json")
        await members[0].wait_for(type="error")
        new = {"name": "web", "text": "hi"}
        answer = await http.post(f"/chat/{room}/messages", json=new)
        assert answer.status_code == 201
        for member in members:
            await member.wait_for_seq(6)
        await _wait_for(
            http,
            before,
            [
                ("chat_messages_posted_total", {}, 6),
                ("chat_messages_delivered_total", {}, 18),
                ("chat_frames_refused_total", {"code": "invalid_json"}, 1),
                ("journal_append_duration_seconds_count", {}, 7),
                ("journal_append_failures_total", {}, 0),
            ],
        )
    gone = before("chat_sockets_closed_total", code="gone") + 3
    seen = await wait_for_metrics(
        http,
        lambda seen: seen("chat_sockets_closed_total", code="gone") >= gone,
        "all gone",
    )
    delivered = "chat_messages_delivered_total"
    assert seen(delivered) - before(delivered) == 18
    commits = "journal_commit_messages_count"
    assert before(commits) < seen(commits) <= before(commits) + 7


@clause("H-37")
async def test_look_ups_are_counted(http: httpx.AsyncClient) -> None:
    """At the cache and at the source, by what became of them."""
    fine, failing, unknown = (city(kind) for kind in ("fine", "400", "not-found"))
    before = await Metrics.of(http)
    answers = await asyncio.gather(*(http.get(weather(fine)) for _ in range(4)))
    answers += [await http.get(weather(name)) for name in (fine, failing, unknown)]
    answers += [await http.get(weather(unknown))]
    statuses = [answer.status_code for answer in answers]
    assert statuses == [200] * 5 + [502, 404, 404]
    cache, source = "weather_cache_lookups_total", "weather_upstream_duration_seconds"
    await _wait_for(
        http,
        before,
        [
            (cache, {"outcome": "miss"}, 3),
            (cache, {"outcome": "unknown"}, 1),
            (cache, {"outcome": "stale"}, 0),
            (cache, {}, 8),
            (f"{source}_count", {"outcome": "ok"}, 1),
            (f"{source}_count", {"outcome": "upstream-broken"}, 1),
            (f"{source}_count", {"outcome": "unknown-city"}, 1),
        ],
    )


def _logged(cell: Cell) -> list[Json]:
    """All that a cell has logged, each line of it one JSON object."""
    lines = cell.output().splitlines()
    start = [line for line in lines if line.startswith(f"{cell.name} on http://")]
    logged = [json.loads(line) for line in lines if line not in start]
    assert start
    assert all(isinstance(each, dict) for each in logged)
    return logged


async def _lines(cell: Cell, request_id: str) -> list[Json]:
    """The lines about one request, once there are any."""
    async with within(TIMEOUT, f"a line about {request_id}"):
        while True:
            found = [x for x in _logged(cell) if x.get("request_id") == request_id]
            if found:
                return found
            await asyncio.sleep(0.02)  # the pace of looking, nothing depends on it


@pytest.fixture
def talkative(cell: Cell, start_cell: StartCell) -> Cell:
    """A cell that logs all there is."""
    return start_cell(cell.name, TANDEM_LOG_LEVEL="info")


@clause("H-39")
async def test_each_request_is_one_line(talkative: Cell) -> None:
    """With what it was and what became of it."""
    async with client(talkative.http_url) as http:
        headers = {"X-Request-ID": "one"}
        await http.get("/weather/a%0Ab%1B%5B31m?country=secret", headers=headers)
    (line,) = await _lines(talkative, "one")
    assert 0 < line["duration_seconds"] < TIMEOUT
    assert line["client"] == "127.0.0.1"
    assert (line["method"], line["status"]) == ("GET", 422)
    assert line["path"] == "/weather/a%0Ab%1B%5B31m"
    assert "secret" not in talkative.output()


@clause("H-39")
async def test_each_socket_is_one_line(talkative: Cell) -> None:
    """Of its whole life; a handshake that was refused is a request."""
    room, name = new_room(), '"}, ann {"é'
    uri = talkative.ws_url + chat_path(room, name=name)
    headers = {"X-Request-ID": "life"}
    async with connect(uri, additional_headers=headers) as connection:
        ann = Member(connection, json.loads(await connection.recv()))
        await ann.post("a secret text")
        await ann.send("secret, and no json")
        await ann.wait_for(type="error")
        await ann.send(b"binary")
        await ann.wait_until_closed()
    (line,) = await _lines(talkative, "life")
    assert (line["room"], line["name"]) == (room, ann.welcome["name"])
    assert 0 < line["duration_seconds"] < TIMEOUT
    assert (line["messages_in"], line["messages_out"]) == (3, 1)
    assert (line["code"], line["reason"]) == (1003, "text frames only")
    headers = {"X-Request-ID": "refused"}
    problem(await shake(talkative, "/chat?room=SECRET", headers), 422)
    (line,) = await _lines(talkative, "refused")
    assert (line["method"], line["path"], line["status"]) == ("GET", "/chat", 422)
    assert "secret" not in talkative.output().lower()


@clause("H-39")
async def test_servers_log_in_the_same_form_or_not_at_all(talkative: Cell) -> None:
    """Whatever clients do to them."""
    async with await raw.Connection.open(talkative) as connection:
        await connection.send(b"\x16\x03\x01no http\x1b[31m\r\n\r\n")
        await connection.read_to_end()
    async with await raw.WebSocket.open(talkative, "/chat?room=den") as websocket:
        await websocket.send(raw.Op.TEXT, b"\xff\xfe")
        await websocket.receive()
    async with client(talkative.http_url) as http:
        await http.get("/healthz", headers={"X-Request-ID": "last"})
    await _lines(talkative, "last")
    talkative.terminate()
    assert await asyncio.to_thread(talkative.wait, TIMEOUT) == 0
    assert {each["level"] for each in _logged(talkative)} >= {"info"}
