"""The AsyncAPI document: valid by AsyncAPI's own schema, true to the frames."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from shared.chat.asyncapi import document
from shared.chat.frames import (
    ClientFrame,
    ErrorFrame,
    Message,
    Presence,
    RateLimitedFrame,
    Welcome,
    encode,
    encode_message,
)

SCHEMA = json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text())

FRAMES = {
    "welcome": encode(
        Welcome(room="lobby", name="ann", epoch="e", seq=0, resumed=False, members=1)
    ),
    "message": encode_message(
        Message(
            seq=1, room="lobby", name="ann", text="hi", at=datetime.now(UTC), ref=None
        )
    ),
    "presence": encode(Presence(members=1, joined=["ann"], left=[])),
    "error": encode(ErrorFrame(code="invalid_json", detail="No.")),
    "rateLimited": encode(RateLimitedFrame(detail="Wait.", retry_after_seconds=0.5)),
    "post": ClientFrame(text="hi").model_dump_json(),
}


@pytest.fixture(autouse=True)
def _made_anew() -> None:
    """Each test holds all the code that makes the document to what it says."""
    document.cache_clear()


def references(node: Any) -> Iterator[str]:
    """Every $ref below."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


def resolve(reference: str) -> Any:
    """What it refers to in the document."""
    node: Any = document()
    assert reference.startswith("#/")
    for key in reference[2:].split("/"):
        node = node[key]
    return node


def payload(name: str) -> dict[str, Any]:
    """The schema of a message's payload."""
    found: dict[str, Any] = document()["components"]["messages"][name]["payload"]
    return found


def test_it_is_valid_asyncapi() -> None:
    """By the schema of AsyncAPI 3.0."""
    errors = Draft7Validator(SCHEMA).iter_errors(json.loads(json.dumps(document())))
    assert [error.message for error in errors] == []


def test_the_schema_finds_what_is_wrong() -> None:
    """A check that nothing fails would prove nothing."""
    broken = json.loads(json.dumps(document()))
    broken["operations"]["tell"]["action"] = "shout"
    del broken["info"]["version"]
    broken["channels"]["chat"]["bindings"]["ws"]["query"] = {"type": "nothing"}
    assert len(list(Draft7Validator(SCHEMA).iter_errors(broken))) >= 3


def test_every_reference_leads_somewhere() -> None:
    """All are within the document."""
    found = list(references(document()))
    assert len(found) > 10
    assert found.count("#/channels/chat") == 2
    for reference in found:
        assert resolve(reference)


@pytest.mark.parametrize("name", FRAMES)
def test_a_payload_describes_its_frame(name: str) -> None:
    """It is a JSON Schema, and what goes over the wire fits it."""
    Draft202012Validator.check_schema(payload(name))
    Draft202012Validator(payload(name)).validate(json.loads(FRAMES[name]))


def test_every_message_is_described() -> None:
    """And nothing else."""
    assert set(document()["components"]["messages"]) == set(FRAMES)


@pytest.mark.parametrize("name", ["welcome", "message", "presence", "error"])
def test_every_key_of_what_we_send_is_there(name: str) -> None:
    """No client need ask whether a key came; they are in the order of the frame."""
    keys = list(json.loads(FRAMES[name]))
    assert list(payload(name)["properties"]) == payload(name)["required"] == keys


def test_a_message_is_told_by_its_type() -> None:
    """As the other frames are, though what the journal keeps has none."""
    kind = payload("message")["properties"]["type"]
    assert kind == {"const": "message", "type": "string"}


def test_a_client_need_not_send_a_ref() -> None:
    """What it sends is described by what it must send."""
    assert payload("post")["required"] == ["text"]
    assert payload("post")["additionalProperties"] is False


def test_the_query_is_described() -> None:
    """Each key of it, none of them required."""
    query = document()["channels"]["chat"]["bindings"]["ws"]["query"]
    assert set(query["properties"]) == {"room", "name", "after", "epoch"}
    assert "required" not in query


def test_each_side_has_its_messages() -> None:
    """`send` is what the application sends."""
    told = {
        operation["action"]: {
            each["$ref"].rpartition("/")[2] for each in operation["messages"]
        }
        for operation in document()["operations"].values()
    }
    assert told == {"send": set(FRAMES) - {"post"}, "receive": {"post"}}
