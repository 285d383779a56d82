"""A request's body, read within a bound."""

from typing import Any

import pytest

from shared.body import read_body, replay_body
from tests.core.asgi import Wire, body_parts

pytestmark = pytest.mark.asyncio

MIB = 1_048_576


@pytest.mark.parametrize(
    "parts", [(b"",), (b"hello",), (b"hel", b"lo"), (b"", b"hello", b"")]
)
async def test_a_body_is_read_whole(parts: tuple[bytes, ...]) -> None:
    """However many parts it comes in."""
    wire = Wire(*body_parts(*parts))
    assert await read_body(wire.receive, 5) == b"".join(parts)
    assert wire.received == []


async def test_a_body_event_may_be_empty() -> None:
    """ASGI has defaults for both of its keys."""
    assert await read_body(Wire({"type": "http.request"}).receive, 5) == b""


@pytest.mark.parametrize("parts", [(b"hello!",), (b"hello", b"!"), (b"x" * 99, b"")])
async def test_a_body_over_the_limit_is_refused(parts: tuple[bytes, ...]) -> None:
    """By one byte; it is read to its end, so that its sender can read the answer."""
    wire = Wire(*body_parts(*parts))
    assert await read_body(wire.receive, 5) == 413
    assert wire.received == []


async def test_a_body_without_end_is_not_read_to_it() -> None:
    """There is an end to patience, too."""
    wire = Wire(*body_parts(*[b"x" * MIB] * 20))
    assert await read_body(wire.receive, 5) == 413
    assert len(wire.received) == 11


async def test_a_body_that_is_broken_off_is_refused() -> None:
    """What came may look whole, and is not."""
    parts: list[Any] = [*body_parts(b'{"text": "hi"}', b"")[:1]]
    assert await read_body(Wire(*parts).receive, 99) == 400


async def test_a_body_is_replayed_once() -> None:
    """Then comes what the connection gives."""
    replayed = replay_body(b"hello", Wire().receive)
    assert await replayed() == {
        "type": "http.request",
        "body": b"hello",
        "more_body": False,
    }
    assert await replayed() == {"type": "http.disconnect"}
