"""The frames: what is taken, what is refused and how, what goes out."""

import json
import random
import re
import string
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError

from shared.chat.frames import (
    PRINTABLE,
    ClientFrame,
    ErrorFrame,
    HistoryQuery,
    Join,
    Message,
    Name,
    NewMessage,
    Presence,
    RateLimitedFrame,
    Room,
    Text,
    Welcome,
    decode,
    encode,
    encode_message,
    guest,
)

SURROGATES = "\ud800\udc00\udfff"
CHARACTERS = string.printable + "äß李🙂\0\u202e\ufeff" + SURROGATES
KEYS = ["text", "ref", "name", "type", "", "\0", "ä"]


class Garbage:
    """Random input, the same in every run."""

    def __init__(self) -> None:
        self._random = random.Random(7)

    def text(self, longest: int = 12) -> str:
        """Characters that a client, or a careless server, may let through."""
        length = self._random.randint(0, longest)
        return "".join(self._random.choices(CHARACTERS, k=length))

    def value(self, depth: int = 3) -> Any:
        """Anything that JSON has, and some things that Python's JSON has besides."""
        pick, below = self._random.choice, depth - 1
        kinds: list[Callable[[], Any]] = [
            lambda: pick([None, True, False, 0, -1.5, 1e300, 10**400]),
            lambda: pick([float("nan"), float("inf"), float("-inf")]),
            lambda: self.text(pick([1, 70, 2_100])),
        ]
        if depth:
            kinds.append(lambda: [self.value(below) for _ in range(pick([0, 1, 3]))])
            kinds.append(lambda: {key: self.value(below) for key in self._some_keys()})
        return pick(kinds)()

    def json(self) -> str:
        """A value as JSON, in one of the ways that it can be written."""
        value = {key: self.value() for key in self._some_keys()}
        return json.dumps(value, ensure_ascii=self._random.random() < 0.5)

    def broken_json(self) -> str:
        """JSON with one character gone or changed."""
        text = self.json()
        at = self._random.randrange(len(text))
        return text[:at] + self.text(1) + text[at + 1 :]

    def _some_keys(self) -> list[str]:
        return self._random.sample(KEYS, self._random.randint(0, 3))


def check(text: str) -> str:
    """It is taken, or refused with a frame that can be sent; the outcome."""
    frame = decode(text)
    if isinstance(frame, ErrorFrame):
        assert frame.detail
        encode(frame).encode()
        return frame.code
    assert 1 <= len(frame.text) <= 2_000
    assert frame.text == frame.text.strip()
    assert frame.ref is None or 1 <= len(frame.ref) <= 64
    frame.text.encode()
    return "taken"


def test_whatever_comes_is_answered() -> None:
    """`decode` never raises, and each of its three outcomes comes about."""
    garbage = Garbage()
    outcomes = {
        check(make())
        for make in (garbage.text, garbage.json, garbage.broken_json)
        for _ in range(1_000)
    }
    assert outcomes == {"taken", "invalid_json", "invalid_message"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "{",
        '{"text": "hi"} {"text": "again"}',
        '{"text": "hi"',
        '{"text": "\\ud800"}',
        '{"text": "\ud800"}',
        '\ufeff{"text": "hi"}',
        "[" * 100_000,
        '{"text": ' + '{"text": ' * 5_000,
        '{"text": "hi", "ref": ' + "1" * 5_000 + "}",
    ],
    ids=[
        "nothing",
        "a word",
        "a brace",
        "two objects",
        "cut off",
        "half a character, escaped",
        "half a character",
        "a byte order mark",
        "deep",
        "deep and cut off",
        "a huge number",
    ],
)
def test_what_is_no_json(text: str) -> None:
    """One code, one sentence; nothing of the frame is told back."""
    expected = ErrorFrame(code="invalid_json", detail="The frame is not valid JSON.")
    assert decode(text) == expected


@pytest.mark.parametrize(
    ("sent", "detail"),
    [
        (None, "frame: Input should be an object"),
        ([], "frame: Input should be an object"),
        ("hi", "frame: Input should be an object"),
        (7, "frame: Input should be an object"),
        ({}, "text: Field required"),
        ({"text": None}, "text: Input should be a valid string"),
        ({"text": 7}, "text: Input should be a valid string"),
        ({"text": ""}, "text: String should have at least 1 character"),
        ({"text": " \n\t"}, "text: String should have at least 1 character"),
        ({"text": "x" * 2_001}, "text: String should have at most 2000 characters"),
        ({"text": "x", "ref": 7}, "ref: Input should be a valid string"),
        ({"text": "x", "ref": ""}, "ref: String should have at least 1 character"),
        (
            {"text": "x", "ref": "r" * 65},
            "ref: String should have at most 64 characters",
        ),
        ({"text": "x", "name": "eve"}, "name: Extra inputs are not permitted"),
        (
            {"ref": 7, "seq": 1},
            (
                "text: Field required; ref: Input should be a valid string;"
                " seq: Extra inputs are not permitted"
            ),
        ),
    ],
)
def test_what_is_no_message(sent: Any, detail: str) -> None:
    """The detail names each place and the reason."""
    frame = decode(json.dumps(sent))
    assert isinstance(frame, ErrorFrame)
    assert (frame.code, frame.detail) == ("invalid_message", detail)


@pytest.mark.parametrize(
    ("sent", "ref"),
    [
        ({"text": "", "ref": "r"}, "r"),
        ({"text": "", "ref": "r" * 64}, "r" * 64),
        ({"text": "", "ref": "r" * 65}, None),
        ({"text": "", "ref": ""}, None),
        ({"text": "", "ref": 7}, None),
        ({"text": ""}, None),
        (["ref"], None),
    ],
)
def test_a_refusal_carries_the_ref(sent: Any, ref: str | None) -> None:
    """Its sender knows which frame it was, if that had a ref worth the name."""
    frame = decode(json.dumps(sent))
    assert isinstance(frame, ErrorFrame)
    assert frame.ref == ref


def test_the_ends_of_a_text_are_trimmed() -> None:
    """Then it is counted; a ref is taken as it is."""
    frame = decode(json.dumps({"text": f"\n {'x' * 2_000} ", "ref": " r "}))
    assert frame == ClientFrame(text="x" * 2_000, ref=" r ")


@pytest.mark.parametrize("room", ["lobby", "a", "0", "-", "a-b-9", "x" * 64])
def test_a_room(room: str) -> None:
    """Small letters, digits and hyphens, 1 to 64 of them."""
    assert TypeAdapter(Room).validate_python(room) == room


@pytest.mark.parametrize(
    "room", ["", "x" * 65, "Lobby", "a b", "a_b", "ä", "a/b", "lobby\n", "\nlobby"]
)
def test_no_room(room: str) -> None:
    """Anything else is none."""
    with pytest.raises(ValidationError):
        TypeAdapter(Room).validate_python(room)


@pytest.mark.parametrize("name", ["a", "Zoë", "李小龍", "🙂", "x" * 32, "a b"])
def test_a_name(name: str) -> None:
    """1 to 32 printable characters of any script, spaces within."""
    assert TypeAdapter(Name).validate_python(f" {name}\n") == name


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 33, "a\nb", "a\x00", "a\u202eb", "\ud800"]
)
def test_no_name(name: str) -> None:
    """Nothing that hides, breaks a line or turns the writing round."""
    with pytest.raises(ValidationError):
        TypeAdapter(Name).validate_python(name)


def test_the_documented_pattern_of_a_name_says_the_same() -> None:
    """Character by character, but for those that Unicode has not assigned yet."""
    pattern = TypeAdapter(Annotated[str, StringConstraints(pattern=PRINTABLE)])
    name = TypeAdapter[str](Name)
    characters = [chr(code) for code in range(0x110000)]
    assigned = [c for c in characters if unicodedata.category(c) not in {"Cn", "Cs"}]
    assert len(assigned) > 100_000
    assert [c for c in assigned if _takes(pattern, c) != _takes(name, c)] == []
    for text in ("ann b", "ann  b"):
        assert _takes(pattern, text)
    for text in ("", " ", "ann\tb", "ann\u200b"):
        assert not _takes(pattern, text)


def test_the_documented_pattern_of_a_text_says_the_same() -> None:
    """Nothing but space, of whatever kind, is no text."""
    pattern = NewMessage.model_json_schema()["properties"]["text"]["pattern"]
    for space in (" ", "\n", "\x85", "\xa0", "\u2028", "\u3000"):
        assert not re.search(pattern, space)
        assert not _takes(TypeAdapter(Text), space)
    assert re.search(pattern, " a ")


def _takes(kind: TypeAdapter[str], text: str) -> bool:
    try:
        kind.validate_python(text)
    except ValidationError:
        return False
    return True


def test_why_a_name_is_none() -> None:
    """The client is told, in the words of pydantic's own reasons."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Name).validate_python("a\nb")
    assert [error["msg"] for error in caught.value.errors()] == [
        "Value error, Input should hold printable characters only"
    ]


def test_a_join_by_default() -> None:
    """The lobby, under a name of one's own, from now on."""
    join, other = Join.model_validate({}), Join.model_validate({})
    assert (join.room, join.after, join.epoch) == ("lobby", None, None)
    assert join.name != other.name


def test_a_join_in_full() -> None:
    """Everything comes as text."""
    query = {"room": "attic", "name": "ann", "after": "41", "epoch": "e"}
    join = Join.model_validate(query)
    assert (join.room, join.name, join.after, join.epoch) == ("attic", "ann", 41, "e")


@pytest.mark.parametrize(
    "query",
    [
        {"room": "UPPER"},
        {"name": ""},
        {"after": "-1"},
        {"after": "x"},
        {"after": ""},
        {"after": "1.5"},
        {"after": str(2**63)},
        {"after": "9" * 5_000},
        {"epoch": "e" * 65},
    ],
)
def test_no_join(query: dict[str, str]) -> None:
    """A query that breaks a rule is refused whole."""
    with pytest.raises(ValidationError):
        Join.model_validate(query)


def test_a_page_by_default() -> None:
    """The first 50."""
    assert HistoryQuery.model_validate({}) == HistoryQuery(after=0, limit=50)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"after": "-1"}])
def test_no_page(query: dict[str, str]) -> None:
    """1 to 200 messages, after a cursor that counts."""
    with pytest.raises(ValidationError):
        HistoryQuery.model_validate(query)


def test_a_guest() -> None:
    """`guest-` and four letters."""
    assert re.fullmatch(r"guest-[a-z]{4}", guest())


@pytest.mark.parametrize(
    "query",
    [{"text": "hi"}, {"name": "ann"}, {"name": "ann", "text": "hi", "room": "attic"}],
)
def test_no_new_message(query: dict[str, str]) -> None:
    """Over HTTP a name is needed, and nothing else is taken."""
    with pytest.raises(ValidationError):
        NewMessage.model_validate(query)


def test_a_message_goes_out_as_compact_utf8() -> None:
    """Every key, in the contract's order; times with an offset."""
    at = datetime(2024, 1, 20, 12, 30, 0, 250_000, tzinfo=UTC)
    message = Message(seq=7, room="lobby", name="Zoë", text="Grüße 🙂", at=at, ref=None)
    assert encode_message(message) == (
        '{"type":"message","seq":7,"room":"lobby","name":"Zoë","text":"Grüße 🙂",'
        '"at":"2024-01-20T12:30:00.250000Z","ref":null}'
    )


def test_the_other_frames_go_out_whole() -> None:
    """Every key is there, in the contract's order."""
    welcome = Welcome(
        room="lobby", name="ann", epoch="e", seq=3, resumed=True, members=2
    )
    assert encode(welcome) == (
        '{"type":"welcome","room":"lobby","name":"ann","epoch":"e","seq":3,'
        '"resumed":true,"members":2}'
    )
    presence = Presence(members=2, joined=["ann"], left=[])
    assert encode(presence) == (
        '{"type":"presence","members":2,"joined":["ann"],"left":[]}'
    )
    unavailable = ErrorFrame(code="unavailable", detail="Try again.")
    assert encode(unavailable) == (
        '{"type":"error","code":"unavailable","detail":"Try again.","ref":null}'
    )
    limited = RateLimitedFrame(detail="Wait.", ref="r", retry_after_seconds=0.05)
    assert encode(limited) == (
        '{"type":"error","code":"rate_limited","detail":"Wait.","ref":"r",'
        '"retry_after_seconds":0.05}'
    )
