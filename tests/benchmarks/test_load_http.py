"""The load generator's HTTP: it counts right answers, and every wrong one."""

import asyncio
import itertools
import time

import pytest

from benchmarks.load import loops
from benchmarks.load.http import Connection
from benchmarks.load.jobs import Answer, Outcome, Requests
from benchmarks.load.tally import Tally
from tests.benchmarks.misbehaving import Respond, answer, serving

pytestmark = pytest.mark.asyncio

RIGHT = b'{"name":"Paris"}'
WINDOW = 0.1


async def _asked(
    respond: Respond, expected: Answer | None = None, path: str = "/", rate: float = 0
) -> Outcome:
    async with serving(respond) as port:
        expected = expected or Answer(RIGHT.decode(), whole=True)
        return await loops.run(
            Requests(port, path, expected, 4, WINDOW, 0.02, rate=rate)
        )


async def test_right_answers_are_counted() -> None:
    """With their latencies, and nothing is wrong."""
    served = itertools.count()

    def respond(_: bytes) -> bytes:
        next(served)
        return answer(RIGHT)

    outcome = await _asked(respond)
    assert (outcome.errors, outcome.wrong) == (0, 0)
    assert 0 < outcome.count <= next(served)
    assert outcome.rate == pytest.approx(outcome.count / outcome.seconds)
    assert 0 < outcome.p50_ms <= outcome.p90_ms <= outcome.p99_ms <= outcome.max_ms
    assert outcome.in_flight == pytest.approx(4)


@pytest.mark.parametrize(
    "body",
    [b'{"name":"Rome!"}', RIGHT + b" ", b" " + RIGHT, RIGHT[:-1], b""],
    ids=["another", "longer", "shifted", "cut", "empty"],
)
async def test_wrong_content_is_caught(body: bytes) -> None:
    """Though the status is 200 and the length as announced."""
    outcome = await _asked(lambda _: answer(body))
    assert outcome.wrong > 0
    assert "a wrong body" in outcome.reasons[0]


async def test_content_wrong_once_in_a_thousand_is_caught() -> None:
    """Every answer is looked at, not only some."""
    served = itertools.count()

    def respond(_: bytes) -> bytes:
        return answer(b'{"name":"Perth"}' if next(served) == 20 else RIGHT)

    outcome = await _asked(respond)
    assert outcome.count > 21
    assert outcome.wrong == 1


async def test_a_wrong_status_is_an_error() -> None:
    """Though the body is right."""
    outcome = await _asked(lambda _: answer(RIGHT, b"503 Service Unavailable"))
    assert outcome.errors > 0
    assert "503" in outcome.reasons[0]


async def test_a_closed_connection_is_an_error() -> None:
    """And the job comes to its end all the same."""
    outcome = await _asked(lambda _: None)
    assert outcome.errors >= 4
    assert outcome.reasons == ["the server closed a connection under load"]


async def test_an_answer_in_pieces_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its Content-Length tells where it ends, and one that never ends is an error."""
    whole = answer(RIGHT)
    for at in (5, len(whole) - len(RIGHT), len(whole) - 1):
        connection = _Recorded()
        connection.protocol.ask((b"", RIGHT), 0)
        connection.protocol.data_received(whole[:at])
        assert connection.tally.count == 0
        connection.protocol.data_received(whole[at:])
        assert (connection.tally.count, connection.tally.wrong) == (1, 0)
    monkeypatch.setattr(loops, "_DRAIN_SECONDS", 0.1)
    outcome = await _asked(lambda _: answer(RIGHT, length=len(RIGHT) + 1))
    assert "an answer took more than 0.1 s" in outcome.reasons


async def test_what_nobody_asked_for_is_wrong() -> None:
    """A second answer to one request is a fault of the server."""
    connection = _Recorded()
    connection.protocol.ask((b"", RIGHT), 0)
    connection.protocol.data_received(answer(RIGHT))
    connection.protocol.data_received(answer(RIGHT))
    assert connection.tally.wrong == 1


class _Asked:
    """A connection that only notes when its request was due."""

    def __init__(self) -> None:
        self.protocol = _Recorded().protocol
        self.due = 0.0
        self.protocol.ask = self._ask  # type: ignore[method-assign,assignment]

    def _ask(self, _: object, due: float) -> None:
        self.due = due


class _Nowhere(asyncio.Transport):
    def write(self, data: object) -> None:
        """Let it go."""


class _Recorded:
    """A connection whose transport goes nowhere."""

    def __init__(self) -> None:
        self.tally = Tally()
        job = Requests(1, "/", Answer(RIGHT.decode(), whole=True), 1, 1, 0)
        self.protocol = Connection(job, self.tally, lambda _: None)
        self.protocol.connection_made(_Nowhere())


async def test_each_request_has_a_number_of_its_own() -> None:
    """And its answer must have the same."""
    seen = []

    def respond(head: bytes) -> bytes:
        number = head.partition(b"/c")[2].partition(b" ")[0]
        seen.append(number)
        return answer(b'{"name":"c%s"}' % number)

    outcome = await _asked(respond, Answer('"name":"c{n}"'), "/c{n}")
    assert (outcome.errors, outcome.wrong) == (0, 0)
    assert len(seen) == len(set(seen)) > 4


async def test_the_answer_to_another_request_is_wrong() -> None:
    """An answer that was mixed up is caught."""
    outcome = await _asked(lambda _: answer(b'"name":"c1"'), Answer("c{n}"), "/c{n}")
    assert outcome.wrong > 0


async def test_requests_are_due_at_a_constant_rate(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the server does; who is due while all connections wait comes next."""
    now = 100.0
    monkeypatch.setattr(time, "perf_counter", lambda: now)
    connections = [_Asked(), _Asked()]
    tally = Tally()
    load = loops._Open(Requests(1, "/", Answer(""), 2, 1, 0, rate=500), tally)
    load.start([each.protocol for each in connections])
    now += 0.0061  # as if the generator had been held up
    tally.running = False
    load._tick()
    assert tally.in_flight == 4
    assert sorted(each.due for each in connections) == pytest.approx([100, 100.002])
    tally.running = True
    first = min(connections, key=lambda each: each.due)
    load.free(first.protocol)
    assert first.due == pytest.approx(100.004)
    assert max(tally.late) == pytest.approx(0.0041)


async def test_a_stall_counts_for_all_who_were_due() -> None:
    """Latency counts from when a request was due, so no stall is left out."""
    served = itertools.count()

    def respond(_: bytes) -> bytes:
        if next(served) == 20:
            time.sleep(0.08)  # the server stands still while 80 requests fall due
        return answer(RIGHT)

    outcome = await _asked(respond, rate=1_000)
    assert outcome.max_ms > 70
    assert outcome.p90_ms > 30  # of four connections four alone would have waited
