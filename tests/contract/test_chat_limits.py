"""What a target does at its limits; some are too wide to test unless narrowed."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from websockets.exceptions import ConnectionClosed

from tests.contract import raw
from tests.contract.cells import ROOT, Cell
from tests.contract.chat import (
    BURST,
    PER_SECOND,
    Json,
    Member,
    chat_path,
    history,
    join,
    join_all,
    new_room,
    own_cell,
    said,
)
from tests.contract.checks import client, problem
from tests.contract.clauses import clause
from tests.contract.patience import TIMEOUT, within
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

NARROW_BURST = 5
RETENTION = 8
OVER = 60
"""So many more than a burst that some are refused, and too few to be closed for it."""


@pytest.fixture(scope="module")
def strict(cell: Cell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    """A cell with narrow limits."""
    with own_cell(
        cell,
        tmp_path_factory.mktemp("strict"),
        TANDEM_MESSAGE_BURST=f"{NARROW_BURST}",
        TANDEM_MESSAGES_PER_SECOND="2",
        TANDEM_CHAT_RETENTION_MESSAGES=f"{RETENTION}",
        TANDEM_JOURNAL_TIMEOUT_SECONDS="0.4",
    ) as own:
        yield own


@clause("C-20")
async def test_messages_over_the_limit_are_refused(target: Target) -> None:
    """Only those; who waits as long as it is told may go on."""
    async with join_all(target, new_room(), ("ann", "bob")) as (ann, bob):
        refs = [f"r{number}" for number in range(BURST + OVER)]
        for ref in refs:
            await ann.say(ref, ref)
        while len(ann.messages) + len(refused := _errors(ann)) < len(refs):
            await ann.receive()
        assert refused
        for refusal in refused:
            assert refusal.keys() == {
                "type",
                "code",
                "detail",
                "ref",
                "retry_after_seconds",
            }
            assert refusal["code"] == "rate_limited"
            assert 0 < refusal["retry_after_seconds"] <= 1 / PER_SECOND + 0.01
        taken = [message["ref"] for message in ann.messages]
        assert taken[:BURST] == refs[:BURST]
        late = {refusal["ref"] for refusal in refused}
        assert taken == [ref for ref in refs if ref not in late]
        # The wait is what is tested here, and nothing is waited for by it.
        await asyncio.sleep(refused[-1]["retry_after_seconds"])
        last = await ann.post("after the wait", refused[-1]["ref"])
        await bob.wait_for_seq(last["seq"])
        assert [message["ref"] for message in bob.messages] == [*taken, last["ref"]]


@clause("C-20")
async def test_refused_frames_count_too(target: Target) -> None:
    """Nonsense uses up the limit as messages do."""
    async with join(target, new_room()) as ann:
        for _ in range(BURST + OVER):
            await ann.send("nonsense")
        while len(refused := _errors(ann)) < BURST + OVER:
            await ann.receive()
    codes = [refusal["code"] for refusal in refused]
    assert codes[:BURST] == ["invalid_json"] * BURST
    assert "rate_limited" in codes


def _errors(member: Member) -> list[Json]:
    return [frame for frame in member.frames if frame["type"] == "error"]


@clause("C-21")
async def test_who_never_stops_is_closed(strict: Cell) -> None:
    """With 1008, after 100 refusals in a row."""
    async with join(strict, new_room(), name="ann") as ann:
        refusals = 0
        with suppress(ConnectionClosed):
            # Each answer is waited for: of a connection that ends with something unread
            # the kernel drops what was sent last, the close frame.
            while refusals < 100:
                await ann.say("and again")
                answer = await ann.receive()
                while answer["type"] == "presence":
                    answer = await ann.receive()
                refusals = refusals + 1 if answer["type"] == "error" else 0
        assert refusals == 99
        code, reason = await ann.wait_until_closed()
        assert code == 1008
        assert reason


@clause("C-21", "C-31")
async def test_a_flood_harms_nobody(strict: Cell) -> None:
    """Who goes on sending, closed or not, is cut; others are served meanwhile."""
    async with (
        client(strict.http_url) as http,
        await raw.WebSocket.open(strict, chat_path(new_room())) as flooding,
        asyncio.TaskGroup() as at_once,
    ):
        flood = at_once.create_task(_flood_until_cut(flooding))
        while not flood.done():
            assert (await http.get("/healthz", timeout=4)).status_code == 200


async def _flood_until_cut(flooding: raw.WebSocket) -> None:
    frames = raw.frame(raw.Op.TEXT, said("x").encode()) * 5_000
    with suppress(ConnectionError):
        while True:
            await flooding.connection.send(frames)


@clause("C-42")
async def test_posting_over_the_limit_is_refused(strict: Cell) -> None:
    """With the time to wait; another name, and reading, are not held up."""
    path = f"/chat/{new_room()}/messages"
    async with client(strict.http_url) as http:
        new = {"name": "fast", "text": "hello"}
        taken = 0  # more than the burst, if posting takes long enough to earn some
        async with within(TIMEOUT, "a refusal"):
            while (answer := await http.post(path, json=new)).status_code == 201:
                taken += 1
        assert taken >= NARROW_BURST
        problem(answer, 429, "rate-limited")
        assert int(answer.headers["retry-after"]) >= 1
        other = await http.post(path, json={"name": "slow", "text": "hello"})
        assert other.status_code == 201
        assert other.json()["seq"] == taken + 1
        assert (await http.get(path)).status_code == 200


@clause("C-06", "C-43")
async def test_old_messages_go(strict: Cell) -> None:
    """A cursor from before the oldest is not resumed; one just there is."""
    room = new_room()
    last, first = 2 * NARROW_BURST, 2 * NARROW_BURST - RETENTION + 1
    async with client(strict.http_url) as http:
        for name in ("ann", "bob") * NARROW_BURST:
            new = {"name": name, "text": "hello"}
            answer = await http.post(f"/chat/{room}/messages", json=new)
            assert answer.status_code == 201
    async with join(strict, room, name="cat", after=first - 2) as cat:
        assert cat.welcome["resumed"] is False
        live = await cat.post("live")
        assert cat.messages == [live]
    first, last = first + 1, last + 1
    async with join(strict, room, name="dan", after=first - 1) as dan:
        assert dan.welcome["resumed"] is True
        await dan.wait_for_seq(last)
        assert dan.seqs == list(range(first, last + 1))
    async with join(strict, room, name="eve") as eve:
        await eve.wait_for_seq(last)
        assert eve.seqs == list(range(first, last + 1))
    async with client(strict.http_url) as http:
        kept = await history(http, room)
        assert [message["seq"] for message in kept] == eve.seqs


@clause("C-22", "H-25")
async def test_a_journal_that_does_not_answer_loses_nothing(strict: Cell) -> None:
    """The sender is told, and what it sends again is there once."""
    path = strict.env["TANDEM_JOURNAL"].removeprefix("sqlite:///")
    room = new_room()
    route = f"/chat/{room}/messages"
    new = {"name": "web", "text": "posted", "ref": "r1"}
    async with (
        client(strict.http_url) as http,
        join_all(strict, room, ("ann", "bob")) as (ann, bob),
    ):
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            await ann.say("said", "r1")
            answer = await http.post(route, json=new)
            problem(answer, 503, "unavailable")
            assert int(answer.headers["retry-after"]) >= 1
            refusal = await ann.wait_for(type="error")
            assert refusal.keys() == {"type", "code", "detail", "ref"}
            assert refusal["code"] == "unavailable"
            assert refusal["ref"] == "r1"
            assert refusal["detail"]
        await ann.say("said", "r1")
        await ann.wait_for(type="message", name="ann", ref="r1")
        assert (await http.post(route, json=new)).status_code in {200, 201}
        last = await ann.post("after")
        assert last["seq"] == 3
        await bob.wait_for_seq(3)
        assert bob.messages == ann.messages
        texts = [message["text"] for message in bob.messages]
        assert sorted(texts) == ["after", "posted", "said"]


@clause("C-45")
async def test_a_second_process_on_one_journal_is_refused(strict: Cell) -> None:
    """One sentence names the process that has it, which goes on undisturbed."""
    second = await asyncio.create_subprocess_exec(
        *strict.command[:-1],
        "0",
        cwd=ROOT,
        env={**os.environ, **strict.env},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with join(strict, new_room()) as ann, asyncio.timeout(TIMEOUT):
            output, _ = await second.communicate()
            assert (await ann.post("still here"))["seq"] == 1
    finally:
        with suppress(ProcessLookupError):  # it has ended, as it should
            os.killpg(second.pid, signal.SIGKILL)
    told = output.decode()
    assert second.returncode not in {0, None}
    assert "Traceback" not in told
    pids = [each.pid for each in strict.processes()]
    assert any(f"in use by process {pid}:" in told for pid in pids), told
    assert "redis://" in told
