"""What a client may send, and what becomes of everything else."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from tests.contract import raw
from tests.contract.chat import (
    Member,
    chat_path,
    history,
    join,
    join_all,
    new_room,
    said,
    shake,
)
from tests.contract.clauses import clause
from tests.contract.targets import Target

pytestmark = pytest.mark.asyncio

FRAME_MAX_BYTES = 16_384

TEXTS = (
    "x",
    "two\nlines\tand a tab",
    "\x00\x01\x1b[31m\x7f\x80\x9f",
    "line\u2028paragraph\u2029next\u0085end",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇫🇷",
    "\U0001f600" * 1_000,
    "e\u0301 and \u00e9",
    "שלום \u202eolleh\u202c مرحبا",
    "zero\u200bwidth\ufeffmark",
    "\uffff \U0010ffff \ue000",
    '"quoted" \\backslash\\ /slash/ \\u0041 \\ud800',
    "</script><b>&amp;",
    "x" * 2_000,
)
"""Texts that something on the way might change."""

NOT_JSON = (
    "",
    " ",
    "{",
    "hello",
    "{'text': 'a'}",
    '{"text": "a"',
    '{"text": "a",}',
    '{"text": "a"} {"text": "b"}',
    '{"text": "\x01"}',
    '{"text": "\\ud800"}',
    '{"text": "\\udc00\\ud800"}',
    '{"text": "\\x41"}',
    '{"text": undefined}',
    "[" * 16_000,
    '{"text":' * 2_000,
)
"""Frames that are no JSON text."""

NO_MESSAGE = (
    "null",
    "1",
    "NaN",
    '"hello"',
    "[]",
    '[{"text": "a"}]',
    "{}",
    '{"ref": "r"}',
    '{"text": null}',
    '{"text": 1}',
    '{"text": ["a"]}',
    '{"text": ""}',
    '{"text": " \\n\\t\\u2003"}',
    json.dumps({"text": "x" * 2_001}),
    '{"text": "a", "ref": 1}',
    '{"text": "a", "ref": ""}',
    json.dumps({"text": "a", "ref": "r" * 65}),
    '{"text": "a", "name": "eve"}',
    '{"text": "a", "type": "message", "seq": 1}',
    '{"Text": "a"}',
    '{"text": "a", "": 1e999}',
    json.dumps({"text": "a", "room": "x" * 16_000}),
)
"""JSON texts that are no message."""


@pytest_asyncio.fixture
async def pair(target: Target) -> AsyncIterator[tuple[Member, Member]]:
    """Two members of a room of their own."""
    async with join_all(target, new_room(), ("ann", "bob")) as (ann, bob):
        yield ann, bob


@clause("C-14")
async def test_a_text_is_trimmed(pair: tuple[Member, Member]) -> None:
    """White space around it goes, that within it stays."""
    ann, bob = pair
    await ann.say(" \t\r\n\u3000 a  b\n\nc \u2003\n")
    assert (await bob.wait_for(type="message"))["text"] == "a  b\n\nc"


@clause("C-14", "C-15")
async def test_a_text_arrives_as_it_was_sent(
    pair: tuple[Member, Member], http: httpx.AsyncClient
) -> None:
    """Live, replayed and over HTTP: no character is lost, changed or composed."""
    ann, bob = pair
    for text in TEXTS:
        await ann.send(json.dumps({"text": text}, ensure_ascii=False))
        await ann.send(json.dumps({"text": text}, ensure_ascii=True))
    longest = "\U0001f600" * 2_000  # with escapes it would not fit into a frame
    await ann.send(json.dumps({"text": longest}, ensure_ascii=False))
    expected = [*(text for text in TEXTS for _ in range(2)), longest]
    await bob.wait_for_seq(len(expected))
    assert [message["text"] for message in bob.messages] == expected
    kept = await history(http, bob.welcome["room"])
    assert [message["text"] for message in kept] == expected


@clause("C-14")
async def test_a_ref_has_up_to_64_characters(pair: tuple[Member, Member]) -> None:
    """Of any kind; null is the same as none."""
    ann, _ = pair
    for ref in ("r", "🦊" * 64, " ", "\x00\n"):
        assert (await ann.post("hello", ref))["ref"] == ref
    await ann.send('{"text": "hello", "ref": null}')
    assert (await ann.wait_for(type="message"))["ref"] is None


@clause("C-16")
async def test_a_message_may_come_in_fragments(target: Target) -> None:
    """Cut anywhere, even within a character, with a ping between them."""
    room = new_room()
    data = said("zwölf 🦊 Füchse", "r").encode()
    cuts = [data[:1], data[1 : data.index(b"\xf0") + 2], b""]
    rest = data[len(b"".join(cuts)) :]
    async with AsyncExitStack() as stack:
        bob = await stack.enter_async_context(join(target, room))
        ann = await stack.enter_async_context(
            await raw.WebSocket.open(target, chat_path(room))
        )
        await ann.send(raw.Op.TEXT, cuts[0], fin=False)
        await ann.send(raw.Op.CONTINUATION, cuts[1], fin=False)
        await ann.send(raw.Op.PING, b"between")
        await ann.send(raw.Op.CONTINUATION, cuts[2], fin=False)
        await ann.send(raw.Op.CONTINUATION, rest)
        message = await bob.wait_for(type="message")
        assert message["text"] == "zwölf 🦊 Füchse"
        while (frame := await ann.receive()).op != raw.Op.PONG:
            pass
        assert frame.payload == b"between"


@clause("C-16")
async def test_frames_are_not_compressed(target: Target) -> None:
    """A browser offers to, and is not taken at its word."""
    offer = {"Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits"}
    shaken = await shake(target, "/chat", offer)
    assert shaken.status == 101
    assert "sec-websocket-extensions" not in shaken.headers


@clause("C-17", "C-18")
async def test_a_frame_that_is_no_json_is_refused(pair: tuple[Member, Member]) -> None:
    """Its sender alone is told, may go on, and nothing is broadcast."""
    await _assert_refused(pair, NOT_JSON, "invalid_json")


@clause("C-17", "C-19")
async def test_a_frame_that_is_no_message_is_refused(
    pair: tuple[Member, Member],
) -> None:
    """Its sender alone is told, may go on, and nothing is broadcast."""
    await _assert_refused(pair, NO_MESSAGE, "invalid_message")


async def _assert_refused(
    pair: tuple[Member, Member], frames: tuple[str, ...], code: str
) -> None:
    ann, bob = pair
    for frame in frames:
        await ann.send(frame)
        refusal = await ann.wait_for(type="error")
        assert refusal.keys() == {"type", "code", "detail", "ref"}, frame
        assert refusal["code"] == code, frame
        assert isinstance(refusal["detail"], str)
        assert refusal["detail"]
    last = await ann.post("still here")
    assert last["seq"] == 1
    await bob.wait_for_seq(1)
    assert [frame["type"] for frame in bob.frames if "code" in frame] == []
    assert bob.messages == [last]


@clause("C-19")
async def test_a_refusal_names_the_message_and_the_reason(
    pair: tuple[Member, Member],
) -> None:
    """The `ref` comes back if it is one, and the detail says which field is wrong."""
    ann, _ = pair
    for frame, ref, field in (
        ({"text": "", "ref": "r1"}, "r1", "text"),
        ({"text": "x" * 2_001, "ref": "r" * 64}, "r" * 64, "text"),
        ({"ref": "r2"}, "r2", "text"),
        ({"text": "a", "ref": "r3", "colour": "blue"}, "r3", "colour"),
        ({"text": "a", "ref": ""}, None, "ref"),
        ({"text": "a", "ref": ["r"]}, None, "ref"),
    ):
        await ann.send(json.dumps(frame))
        refusal = await ann.wait_for(type="error", code="invalid_message")
        assert refusal["ref"] == ref
        assert field in refusal["detail"]


@clause("C-33")
async def test_a_binary_frame_ends_the_connection(target: Target) -> None:
    """With 1003, an empty one too, and nothing is broadcast."""
    async with join(target, new_room()) as bob:
        room = bob.welcome["room"]
        for frame in (said("binary").encode(), b"", b"\xff\x00"):
            async with join(target, room) as ann:
                await ann.say("before")
                await ann.send(frame)
                code, reason = await ann.wait_until_closed()
                assert code == 1003
                assert reason
        await bob.post("after")
        assert {message["text"] for message in bob.messages} == {"before", "after"}


@clause("C-34")
async def test_a_text_frame_may_have_16_kib(pair: tuple[Member, Member]) -> None:
    """What it holds is judged as that of any other."""
    ann, bob = pair
    await ann.send(said("hello").ljust(FRAME_MAX_BYTES))
    assert (await bob.wait_for(type="message"))["text"] == "hello"
    await ann.send(json.dumps({"text": "€" * 2_001}, ensure_ascii=True))
    assert (await ann.wait_for(type="error"))["code"] == "invalid_message"


@clause("C-34")
async def test_a_longer_text_frame_ends_the_connection(target: Target) -> None:
    """With 1009: bytes count and not characters, fragments count together."""
    async with join(target, new_room()) as bob:
        room = bob.welcome["room"]
        spaces = " " * (FRAME_MAX_BYTES - len(said("hello")))
        in_characters = said("hello") + "\u3000" * (len(spaces) // 2)
        for frame in (
            said("hello") + spaces + " ",
            in_characters,
            "x" * 100_000,
            [said("hello"), spaces, " "],
        ):
            async with join(target, room) as ann:
                await ann.connection.send(frame)
                code, reason = await ann.wait_until_closed()
                assert code == 1009
                assert reason
        last = await bob.post("after")
        assert bob.messages == [last]


FAULTS = {
    "invalid UTF-8": raw.frame(raw.Op.TEXT, b'{"text":"\xff\xfe"}'),
    "an encoded surrogate": raw.frame(raw.Op.TEXT, b'{"text":"\xed\xa0\x80"}'),
    "UTF-8 cut off": raw.frame(raw.Op.TEXT, b'{"text":"a"}\xf0\x9f'),
    "a reserved bit": raw.frame(raw.Op.TEXT | 0x40, said("bit").encode()),
    "no mask": raw.frame(raw.Op.TEXT, said("no mask").encode(), mask=False),
    "a reserved opcode": raw.frame(3, said("opcode 3").encode()),
    "a reserved control opcode": raw.frame(11, b""),
    "a continuation of nothing": raw.frame(raw.Op.CONTINUATION, said("a").encode()),
    "a text within a text": raw.frame(raw.Op.TEXT, b'{"text":', fin=False)
    + raw.frame(raw.Op.TEXT, said("within").encode()),
    "a ping in fragments": raw.frame(raw.Op.PING, b"a", fin=False),
    "a ping too long": raw.frame(raw.Op.PING, b"a" * 126),
    "over the server's limit": raw.frame(raw.Op.TEXT, b" " * (2 << 20)),
    "a claim of 2^62 bytes": raw.frame(raw.Op.TEXT, b" " * (2 << 20), length=1 << 62),
}
"""What the servers reject before an app sees it."""


@clause("C-36")
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_in_the_protocol_ends_the_connection(
    target: Target, fault: str
) -> None:
    """The close frame, if one comes, is the server's; nothing is broadcast."""
    room = new_room()
    async with AsyncExitStack() as stack:
        bob = await stack.enter_async_context(join(target, room))
        ann = await stack.enter_async_context(
            await raw.WebSocket.open(target, chat_path(room))
        )
        try:
            await ann.connection.send(FAULTS[fault])
            await ann.receive_close()
        except (ConnectionError, EOFError):
            pass  # it may end without a close frame, even before all is sent
        last = await bob.post("after")
        assert bob.messages == [last]
