"""Several processes on one journal: workers of a cell, beside the other framework's."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress

import httpx
import psutil
import pytest
from websockets.exceptions import InvalidStatus

from tests.contract.cells import Cell, CellError
from tests.contract.chat import Member, history, join, new_room
from tests.contract.checks import client
from tests.contract.clauses import clause
from tests.contract.conftest import StartCell
from tests.contract.metrics import Metrics
from tests.contract.patience import TIMEOUT, within
from tests.redis_server import RedisServer

pytestmark = pytest.mark.asyncio

WORKERS = 2
GONE_SECONDS = 15
RESTARTING = 1012

Both = tuple[Cell, Cell]


def _other(name: str) -> str:
    """The cell of the other framework on the same server."""
    framework, _, server = name.partition("@")
    return f"{'fastapi' if framework == 'quart' else 'quart'}@{server}"


@pytest.fixture(scope="session")
def both(
    cell: Cell, tmp_path_factory: pytest.TempPathFactory, redis: RedisServer
) -> Iterator[Both]:
    """The cell with two workers and the other framework's with one, on one journal."""
    env = {**cell.env, "TANDEM_JOURNAL": redis.url}
    names = (cell.name, _other(cell.name))
    folders = [tmp_path_factory.mktemp("both") for _ in names]
    with (
        Cell(names[0], folders[0], env, WORKERS) as many,
        Cell(names[1], folders[1], env) as one,
    ):
        yield many, one
        for each in (many, one):
            assert "Traceback" not in each.output(), each.output()


async def _join(stack: AsyncExitStack, cell: Cell, room: str, name: str) -> Member:
    return await stack.enter_async_context(join(cell, room, name=name))


async def _told(member: Member, members: int, timeout: float = TIMEOUT) -> list[str]:
    """Who has left, once the member knows that this many are there."""
    left: list[str] = []
    async with within(timeout, f"{members} members"):
        while True:
            frame = await member.wait_for(type="presence", timeout=timeout)
            left += frame["left"]
            if frame["members"] == members:
                return left


@clause("C-51")
async def test_all_get_what_is_posted_anywhere(both: Both) -> None:
    """Over sockets and HTTP, at both frameworks and all workers at once."""
    room, said = new_room(), 20
    async with AsyncExitStack() as stack:
        members = [
            await _join(stack, both[number % 2], room, f"m{number}")
            for number in range(10)
        ]

        async def talk(member: Member) -> None:
            for number in range(said):
                await member.say(f"{member.welcome['name']} {number}")

        async def post(cell: Cell) -> None:
            async with client(cell.http_url) as http:
                for number in range(said):
                    new = {"name": "web", "text": f"{cell.name} {number}"}
                    answer = await http.post(f"/chat/{room}/messages", json=new)
                    assert answer.status_code == 201, answer.text

        async with asyncio.TaskGroup() as at_once:
            for member in members:
                at_once.create_task(talk(member))
            for cell in both:
                at_once.create_task(post(cell))
        last = said * (len(members) + len(both))
        for member in members:
            await member.wait_for_seq(last)
            assert member.seqs == list(range(1, last + 1))
            assert member.messages == members[0].messages
    texts = [message["text"] for message in members[0].messages]
    assert len(set(texts)) == last
    for cell in both:
        async with client(cell.http_url) as http:
            kept = await history(http, room)
        assert [message["text"] for message in kept] == texts


@clause("C-24", "C-51")
async def test_a_ref_is_one_message_at_all_processes(both: Both) -> None:
    """Sent again to another one, the first message comes back."""
    room, many, one = new_room(), *both
    async with join(many, room, name="ann") as ann:
        first = await ann.post("once", ref="r")
    async with join(one, room, name="ann", after=first["seq"]) as ann:
        assert (await ann.post("twice", ref="r")) == first


@clause("C-05", "C-51")
async def test_who_comes_back_to_another_process_goes_on(both: Both) -> None:
    """A cursor means the same at all of them."""
    room, many, one = new_room(), *both
    async with AsyncExitStack() as stack:
        bob = await _join(stack, one, room, "bob")
        async with join(many, room, name="ann") as ann:
            await ann.post("first")
        for number in range(3):
            last = await bob.post(str(number))
        for cell in both:
            epoch = bob.welcome["epoch"]
            async with join(cell, room, after=1, epoch=epoch) as ann:
                assert ann.welcome["resumed"] is True
                await ann.wait_for_seq(last["seq"])
                assert ann.seqs == [2, 3, 4]


@clause("C-52")
async def test_members_are_those_of_all_processes(both: Both) -> None:
    """In the welcome at once, and told to all who are there."""
    room, many, one = new_room(), *both
    async with AsyncExitStack() as stack:
        ann = await _join(stack, many, room, "ann")
        async with AsyncExitStack() as others:
            for number, cell in enumerate((one, many, one, many)):
                other = await _join(others, cell, room, f"bob{number}")
                assert other.welcome["members"] == number + 2
            await _told(ann, 5)
        left = await _told(ann, 1)
        assert sorted(left) == ["bob0", "bob1", "bob2", "bob3"]


@clause("C-53")
async def test_the_members_of_a_killed_process_leave(
    both: Both, start_cell: StartCell
) -> None:
    """They are named and counted out at the processes that live."""
    room, many, one = new_room(), *both
    doomed = start_cell(one.name, TANDEM_JOURNAL=many.env["TANDEM_JOURNAL"])
    async with AsyncExitStack() as stack:
        watchers = [await _join(stack, each, room, "ann") for each in both]
        for name in ("bob", "eve"):
            await _join(stack, doomed, room, name)
        for watcher in watchers:
            await _told(watcher, 4)
        doomed.kill()
        async with within(GONE_SECONDS, "the members of the killed process gone"):
            for watcher in watchers:
                left = await _told(watcher, 2, GONE_SECONDS)
                assert sorted(left) == ["bob", "eve"]
        message = await watchers[0].post("still here")
        await watchers[1].wait_for_seq(message["seq"])


@clause("C-53")
async def test_a_killed_worker_is_replaced(
    cell: Cell, redis: RedisServer, start_cell: StartCell
) -> None:
    """Its members can come back at once; those of the other worker stay."""
    own = start_cell(cell.name, WORKERS, TANDEM_JOURNAL=redis.url)
    room = new_room()
    workers = await _workers(own)
    async with AsyncExitStack() as stack:
        members = [await _join(stack, own, room, f"m{number}") for number in range(16)]
        workers[0].kill()
        await asyncio.to_thread(workers[0].wait)
        async with join(own, room, name="comer") as comer:
            message = await comer.post("after the kill")
        ends = [asyncio.create_task(each.wait_until_closed()) for each in members]
        stay = 0
        for member, end in zip(members, ends, strict=True):
            while not end.done() and message["seq"] not in member.seqs:
                await asyncio.wait([end], timeout=0.05)
            stay += not end.done()
            end.cancel()
        async with within(GONE_SECONDS, "the members of the killed worker gone"):
            while True:
                async with join(own, room, name="counter") as counter:
                    if counter.welcome["members"] == stay + 1:
                        break
                await asyncio.sleep(0.1)
    assert {each.pid for each in await _workers(own)} >= {workers[1].pid}
    assert workers[0].pid not in {each.pid for each in await _workers(own)}


async def _workers(cell: Cell) -> list[psutil.Process]:
    """The worker processes of a cell, once all listen."""
    async with within(TIMEOUT, f"{WORKERS} workers"):
        while True:
            found = cell.worker_processes()
            if len(found) == WORKERS and all(map(_listens, found)):
                return found
            await asyncio.sleep(0.05)


def _listens(process: psutil.Process) -> bool:
    return any(
        each.status == psutil.CONN_LISTEN for each in process.net_connections("tcp")
    )


def _sockets(cell: Cell, worker: psutil.Process) -> int:
    return sum(
        bool(each.raddr)
        and each.laddr.port == cell.port
        and each.status == psutil.CONN_ESTABLISHED
        for each in worker.net_connections("tcp")
    )


async def _scrape(cell: Cell) -> Metrics:
    """What the worker that a new connection happens to reach says."""
    async with client(cell.http_url) as http:
        return await Metrics.of(http)


@clause("H-38")
async def test_any_worker_shows_the_sum_of_all(both: Both) -> None:
    """Of requests, messages and sockets, whichever of them had to do with it."""
    room, many, requests = new_room(), both[0], 24
    asked = {"route": "/weather", "status": "422"}
    count = "http_request_duration_seconds_count"
    await _workers(many)
    before = await _scrape(many)
    async with AsyncExitStack() as stack:
        members = [await _join(stack, many, room, f"m{n}") for n in range(12)]
        for member in members:
            await member.post("hello")
        for _ in range(requests):
            async with client(many.http_url) as http:
                assert (await http.get("/weather")).status_code == 422
        async with within(TIMEOUT, "all that was done, counted"):
            while (await _scrape(many))(count, **asked) < requests:
                pass
        for _ in range(12):
            seen = await _scrape(many)
            assert seen(count, **asked) - before(count, **asked) == requests
            assert seen("chat_open_sockets") - before("chat_open_sockets") == 12
            posted = "chat_messages_posted_total"
            assert seen(posted) - before(posted) == 12
            assert seen("chat_max_sockets") == WORKERS * 100


@clause("H-38")
async def test_counts_outlive_a_worker_and_sockets_do_not(
    cell: Cell, redis: RedisServer, start_cell: StartCell
) -> None:
    """What it had counted stays; what was open there is not open any more."""
    own = start_cell(cell.name, WORKERS, TANDEM_JOURNAL=redis.url)
    workers = await _workers(own)
    async with AsyncExitStack() as stack:
        members = [await _join(stack, own, new_room(), f"m{n}") for n in range(16)]
        for member in members:
            await member.post("hello")
        seen = await _scrape(own)
        assert (seen("chat_open_sockets"), seen("worker_restarts_total")) == (16, 0)
        full = max(workers, key=lambda each: _sockets(own, each))
        stay = 16 - _sockets(own, full)
        full.kill()
        async with within(TIMEOUT, "another worker in its place"):
            restarts = 0.0
            while not restarts:
                with suppress(httpx.TransportError):  # it went to the killed worker
                    restarts = (await _scrape(own))("worker_restarts_total")
        for _ in range(8):
            seen = await _scrape(own)
            assert seen("chat_messages_posted_total") == 16
            assert seen("chat_handshakes_total", status="101") == 16
            assert seen("chat_open_sockets") == stay
            assert seen("worker_restarts_total") == 1


@clause("C-46", "C-48")
async def test_sigterm_ends_all_workers_in_order(
    cell: Cell, redis: RedisServer, start_cell: StartCell
) -> None:
    """All are told, and what was acknowledged is there for the next to come."""
    own = start_cell(cell.name, WORKERS, TANDEM_JOURNAL=redis.url)
    room = new_room()
    async with AsyncExitStack() as stack:
        members = [await _join(stack, own, room, f"m{number}") for number in range(8)]
        last = await members[0].post("last")
        own.terminate()
        for member in members:
            assert (await member.wait_until_closed())[0] == RESTARTING
    assert await asyncio.to_thread(own.wait, TIMEOUT) == 0
    own.restart()
    async with client(own.http_url) as http:
        kept = await history(http, room)
    assert [{"type": "message", **message} for message in kept] == [last]


@pytest.mark.parametrize("journal", ["sqlite", "memory"])
@clause("C-54")
async def test_workers_on_a_journal_for_one_are_refused(
    cell: Cell, start_cell: StartCell, journal: str
) -> None:
    """With what to do instead, and exit code 2."""
    own = {"memory": {"TANDEM_JOURNAL": "memory://"}, "sqlite": {}}[journal]
    with pytest.raises(CellError) as caught:
        start_cell(cell.name, WORKERS, **own)
    said = str(caught.value)
    assert "ended with 2" in said
    assert f"A {journal}:// journal belongs to one process" in said
    assert "redis://" in said
    assert "Traceback" not in said


@clause("C-22", "C-55", "H-25")
async def test_a_journal_that_goes_away_and_comes_back(
    both: Both, redis: RedisServer
) -> None:
    """Everybody stays, and gets everything once."""
    room = new_room()
    async with AsyncExitStack() as stack:
        members = [
            await _join(stack, cell, room, f"m{number}")
            for number, cell in enumerate(both * 3)
        ]
        first = await members[0].post("before")
        for member in members:
            await member.wait_for_seq(first["seq"])
        redis.kill()
        try:
            for number, member in enumerate(members):
                await member.say("meanwhile", ref=f"r{number}")
                refused = await member.wait_for(type="error", ref=f"r{number}")
                assert refused["code"] == "unavailable"
            for cell in both:
                async with client(cell.http_url) as http:
                    assert (await http.get("/readyz")).status_code == 503
        finally:
            redis.start()
        for number, member in enumerate(members):
            await _post_again(member, f"r{number}")
        last = await members[0].post("after")
        for member in members:
            await member.wait_for_seq(last["seq"])
            assert member.seqs == list(range(1, last["seq"] + 1))
            refs = [each["ref"] for each in member.messages]
            assert sorted(refs[1:-1]) == [f"r{number}" for number in range(6)]


async def _post_again(member: Member, ref: str) -> None:
    """Send a message until it is acknowledged."""
    async with within(TIMEOUT, "an acknowledgement"):
        answer = {"type": "error"}
        while answer["type"] == "error":
            await member.say("meanwhile", ref=ref)
            answer = await member.wait_for(ref=ref)


async def _come_back(
    stack: AsyncExitStack, cell: Cell, room: str, **cursor: object
) -> Member:
    """Join, at a worker that may still have to learn of it and then refuses."""
    async with within(TIMEOUT, "a seat"):
        while True:
            with suppress(InvalidStatus):
                return await stack.enter_async_context(join(cell, room, **cursor))


@clause("C-06", "C-56")
async def test_a_journal_that_lost_all_begins_anew(
    both: Both, redis: RedisServer
) -> None:
    """Nobody is left with a cursor that means nothing."""
    room = new_room()
    async with AsyncExitStack() as stack:
        members = [await _join(stack, cell, room, "ann") for cell in both]
        epoch = members[0].welcome["epoch"]
        last = await members[0].post("lost")
        for member in members:
            await member.wait_for_seq(last["seq"])
        redis.ask("FLUSHALL")
        for member in members:
            assert (await member.wait_until_closed())[0] == RESTARTING
    epochs = set()
    for cell in both:
        async with AsyncExitStack() as stack:
            cursor = {"after": last["seq"], "epoch": epoch}
            ann = await _come_back(stack, cell, room, **cursor)
            assert ann.welcome["resumed"] is False
            epochs.add(ann.welcome["epoch"])
            await ann.post("anew")
    assert len(epochs - {epoch}) == 1
