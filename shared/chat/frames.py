"""What goes over the chat's wire, in and out; each event is encoded once."""

import secrets
import string
from datetime import datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
)
from pydantic_core import from_json

from shared.errors import InvalidInput
from shared.validation import QueryModel

SHOWN_NAMES = 20
"""The most names in each list of a presence frame."""

PRINTABLE = r"^[\p{L}\p{M}\p{N}\p{P}\p{S}][\p{L}\p{M}\p{N}\p{P}\p{S} ]*$"
"""A name as JSON Schema has it: no control or format characters, no other spaces."""


def _printable(name: str) -> str:
    if name.isprintable():
        return name
    raise ValueError("Input should hold printable characters only")


Room = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9-]{1,64}$", min_length=1, max_length=64),
    Field(examples=["lobby"]),
]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=32),
    AfterValidator(_printable),
    # Says it to programs; what is wrong with a name is better said in words.
    Field(json_schema_extra={"pattern": PRINTABLE}, examples=["ann"]),
]
Text = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=2_000,
        # Where nothing but space is left out, min_length says the same; this says it
        # to programs. Not all dialects of patterns count U+0085 as space.
        pattern=r"[^\s\x85]",
    ),
    Field(examples=["Hello!"]),
]
Ref = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Seq = Annotated[int, Field(ge=0, le=2**63 - 1)]


def guest() -> str:
    """A name for who gave none: `guest-` and four random letters."""
    letters = (secrets.choice(string.ascii_lowercase) for _ in range(4))
    return "guest-" + "".join(letters)


class Join(QueryModel):
    """The query of a socket that joins a room."""

    room: Room = "lobby"
    name: Name = Field(default_factory=guest)
    after: Seq | None = None
    epoch: Annotated[str, StringConstraints(max_length=64)] | None = None


class HistoryQuery(QueryModel):
    """The query of a page of a room's messages."""

    after: Seq = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ClientFrame(BaseModel):
    """What a client sends: a text for the room, with the client's own id for it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Text
    ref: Ref | None = None


class NewMessage(BaseModel):
    """A message to post over HTTP."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Name
    text: Text
    ref: Ref | None = None


class Message(BaseModel):
    """A message of a room; `seq` counts from 1 without a gap."""

    model_config = ConfigDict(frozen=True)

    seq: int
    room: str
    name: str
    text: str
    at: datetime
    ref: str | None


class History(BaseModel):
    """A page of a room's messages; `next` goes on as `after`, null at the end."""

    epoch: str
    messages: list[Message]
    next: int | None


class Welcome(BaseModel):
    """The first frame; `resumed` says whether all after the cursor follows."""

    type: Literal["welcome"] = "welcome"
    room: str
    name: str
    epoch: str
    seq: int
    resumed: bool
    members: int


class Presence(BaseModel):
    """Who came and went, live only; lists hold at most 20 names each."""

    type: Literal["presence"] = "presence"
    members: int
    joined: list[str]
    left: list[str]


class ErrorFrame(BaseModel):
    """A refused frame, told to its sender alone; the socket stays open."""

    type: Literal["error"] = "error"
    code: Literal["invalid_json", "invalid_message", "rate_limited", "unavailable"]
    detail: str
    ref: str | None = None


class RateLimitedFrame(ErrorFrame):
    """A frame refused by the rate limit."""

    code: Literal["rate_limited"] = "rate_limited"
    retry_after_seconds: float


def encode(frame: Welcome | Presence | ErrorFrame) -> str:
    """A frame as compact JSON text."""
    return frame.model_dump_json()


def encode_message(message: Message) -> str:
    """The frame that broadcasts a message; its `ref` acknowledges it to its sender."""
    return '{"type":"message",' + message.model_dump_json()[1:]


def decode(text: str) -> ClientFrame | ErrorFrame:
    """A client's text frame, or the error frame that answers what is none."""
    # As bytes, for pydantic raises TypeError at a str that holds lone surrogates.
    sent = text.encode(errors="surrogatepass")
    try:
        return ClientFrame.model_validate_json(sent)
    except ValidationError as error:
        found = error.errors()
    if found[0]["type"] == "json_invalid":
        return ErrorFrame(code="invalid_json", detail="The frame is not valid JSON.")
    invalid = InvalidInput.of(found).errors or []
    detail = "; ".join(f"{field.place or 'frame'}: {field.reason}" for field in invalid)
    return ErrorFrame(code="invalid_message", detail=detail, ref=_ref_of(sent))


def _ref_of(sent: bytes) -> str | None:
    """The `ref` of an invalid frame, so that its sender knows which one it was."""
    frame = from_json(sent)
    ref = frame.get("ref") if isinstance(frame, dict) else None
    return ref if isinstance(ref, str) and 1 <= len(ref) <= 64 else None
