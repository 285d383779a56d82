"""The load generator's sockets: every delivery counts, and what is wrong is told."""

import pytest

from benchmarks.load import rooms
from benchmarks.load.jobs import Fan, Hold, Outcome, Storm
from benchmarks.load.sockets import Held, storm
from benchmarks.load.tally import Tally, percentile
from tests.benchmarks.misbehaving import answer, frame, relaying, serving

pytestmark = pytest.mark.asyncio

TEXT = "x" * 150


def _fan(port: int, members: int = 5, stalled: int = 0) -> Fan:
    return Fan(port, "/", TEXT, "x", TEXT, 1, members, 4, 0.1, 0.02, stalled)


async def test_every_delivery_is_counted() -> None:
    """A message to five members is five; what is no message is none."""
    noise = frame(b'{"type":"presence"}')
    async with relaying(lambda text, _: frame(text) + noise) as port:
        outcome = await rooms.run(_fan(port))
    assert (outcome.errors, outcome.wrong) == (0, 0)
    assert outcome.count > 0
    assert outcome.rate == pytest.approx(5 * outcome.exchanges, rel=0.5)
    assert outcome.in_flight == pytest.approx(4)


async def test_wrong_content_of_frames_is_caught() -> None:
    """Of one frame in 61, so that a server that garbles them is found soon."""
    async with relaying(lambda text, _: frame(b"x" * (len(text) - 1) + b"y")) as port:
        outcome = await rooms.run(_fan(port))
    assert outcome.wrong > 0
    assert "a wrong frame" in outcome.reasons[0]


async def test_a_member_that_is_left_out_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All of a room must have had the same number of messages in the end."""
    monkeypatch.setattr(rooms, "_DRAIN_SECONDS", 0.2)
    relay = lambda text, number: frame(text) * (number != 3)  # noqa: E731 -- a server in a line
    async with relaying(relay) as port:
        outcome = await rooms.run(_fan(port))
    assert outcome.reasons == ["not every member of a room got every message"]


async def test_a_closed_socket_is_an_error() -> None:
    """With the code that the server gave."""
    close = frame((1011).to_bytes(2, "big"), 0x88)
    async with relaying(lambda *_: close) as port:
        outcome = await rooms.run(_fan(port))
    assert outcome.errors > 0
    assert "the server closed a socket with 1011" in outcome.reasons


async def test_a_binary_frame_is_wrong() -> None:
    """The chat's frames are text."""
    async with relaying(lambda text, _: frame(text) + frame(b"\0", 0x82)) as port:
        outcome = await rooms.run(_fan(port))
    assert outcome.wrong > 0


async def test_a_refused_handshake_is_an_error() -> None:
    """The job ends at once."""
    async with serving(lambda _: answer(b"", b"403 Forbidden")) as port:
        outcome = await rooms.run(_fan(port))
    assert outcome.errors == 5
    assert "403" in outcome.reasons[0]


async def test_who_does_not_read_is_not_counted() -> None:
    """Nor waited for."""
    async with relaying(lambda text, _: frame(text)) as port:
        outcome = await rooms.run(_fan(port, members=5, stalled=2))
    assert outcome.errors == 0
    assert outcome.rate == pytest.approx(3 * outcome.exchanges, rel=0.5)


async def test_a_handshake_counts_with_its_greeting() -> None:
    """And each socket is broken off then."""
    async with relaying(lambda text, _: frame(text)) as port:
        outcome = await storm(Storm(port, "/", "{}", 4, 0.1, 0.02))
    assert (outcome.errors, outcome.wrong) == (0, 0)
    assert outcome.count > 0


async def test_another_greeting_is_wrong() -> None:
    """A socket that was let in without the welcome is not in its room."""
    async with relaying(lambda text, _: frame(text), frame(b"hello")) as port:
        outcome = await storm(Storm(port, "/", "{}", 4, 0.1, 0.02))
    assert outcome.wrong > 0


async def test_idle_sockets_are_held_until_they_are_released() -> None:
    """Asked for more, it opens those that are missing only."""
    async with relaying(lambda text, _: frame(text)) as port:
        held = Held()
        first = await held.hold(Hold(port, "/{room}", "{}", 60))
        more = await held.hold(Hold(port, "/{room}", "{}", 75))
        released = held.release()
    assert (first.count, more.count) == (60, 15)
    assert released.errors == 0


async def test_a_held_socket_that_breaks_is_an_error() -> None:
    """It is told when they are released."""
    close = frame(b"{}") + frame((1013).to_bytes(2, "big"), 0x88)
    async with relaying(lambda text, _: frame(text), close) as port:
        held = Held()
        await held.hold(Hold(port, "/", "{}", 3))
        assert held.release().errors == 3


async def test_a_window_begins_anew() -> None:
    """What was counted in the warm-up is forgotten, faults are not."""
    tally = Tally()
    tally.count = 5
    tally.latencies.append(9.0)
    tally.error("early")
    tally.begin()
    outcome: Outcome = tally.faults(tally.end())
    assert (outcome.count, outcome.max_ms, outcome.errors) == (0, 0, 1)


async def test_percentiles_are_values_that_were_there() -> None:
    """By the nearest rank."""
    ranked = [float(each) for each in range(1, 101)]
    assert [percentile(ranked, each) for each in (0.5, 0.99, 1.0)] == [50, 99, 100]
    assert percentile([], 0.5) == 0
