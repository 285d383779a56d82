"""The error tree, and the problem body (RFC 9457) that every error becomes."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from shared import errors
from shared.errors import (
    CloseSocket,
    InvalidInput,
    NotAcceptable,
    StartError,
    TandemError,
    Unavailable,
    problem,
)

DRAWN = re.compile(
    r"[├└]── (\w+) +(\d+)  ([^\n]+?)(?: +(Retry-After|WWW-Authenticate))?$",
    re.MULTILINE,
)


def subclasses(kind: type[TandemError]) -> Iterator[type[TandemError]]:
    """All classes below."""
    for each in kind.__subclasses__():
        if each.__module__ == errors.__name__:
            yield each
            yield from subclasses(each)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    """Each class with its status and type, or its close code and reason."""
    drawn = {
        (name, int(number), text)
        for name, number, text, _ in DRAWN.findall(errors.__doc__ or "")
    }
    closes = set(subclasses(CloseSocket))
    found: set[tuple[str, int, str]] = {
        (each.__name__, each.code, each.reason)
        for each in closes
        if issubclass(each, CloseSocket)
    }
    for each in set(subclasses(TandemError)) - closes - {CloseSocket}:
        found.add((each.__name__, each.status, each.slug or "about:blank"))
    assert found == drawn


def test_every_close_can_be_sent() -> None:
    """A close code an endpoint may send, and a reason that fits its frame."""
    for each in subclasses(CloseSocket):
        assert issubclass(each, CloseSocket)
        assert each.code in {1003, 1008, 1009, 1011, 1012, 1013}
        assert len(each.reason.encode()) <= 123
        assert str(each())


def test_a_start_error_is_no_answer_to_a_client() -> None:
    """It is for the person who starts the process."""
    assert not issubclass(StartError, TandemError)


def test_a_problem_is_whole() -> None:
    """Every member, and no list of errors where there is none."""
    error = Unavailable("The journal is on fire.", retry_after=3)
    assert json.loads(error.problem("/chat/lobby/messages")) == {
        "type": "urn:tandem:problem:unavailable",
        "title": "Service Unavailable",
        "status": 503,
        "detail": "The journal is on fire.",
        "instance": "/chat/lobby/messages",
    }
    assert error.headers == {"Retry-After": "3"}


def test_an_error_without_a_slug_is_its_status() -> None:
    """`about:blank` says that the status says it all; a detail comes with it."""
    told = json.loads(NotAcceptable().problem("/weather"))
    assert (told["type"], told["title"]) == ("about:blank", "Not Acceptable")
    assert "application/json" in told["detail"]
    assert NotAcceptable().headers == {}


@pytest.mark.parametrize("status", [400, 404, 405, 406, 413, 500])
def test_a_frameworks_own_error_gets_a_sentence(status: int) -> None:
    """The same on both, whatever the framework would have said."""
    told = json.loads(problem(status, "/"))
    assert (told["status"], told["type"]) == (status, "about:blank")
    assert told["detail"].endswith(".")


def test_another_status_gets_the_standards_words() -> None:
    """A framework may have more statuses than we have sentences."""
    told = json.loads(problem(409, "/"))
    assert (told["title"], told["detail"]) == ("Conflict", "Request conflict")


@pytest.mark.parametrize(
    ("path", "instance"),
    [
        ("/weather/Paris", "/weather/Paris"),
        ("/weather/São Paulo", "/weather/S%C3%A3o%20Paulo"),
        ("/a\x00b\n%?#", "/a%00b%0A%25%3F%23"),
        ("/\udcff", "/%3F"),
        ('/<script>"', "/%3Cscript%3E%22"),
    ],
)
def test_the_instance_is_a_uri_reference(path: str, instance: str) -> None:
    """Whatever path was asked for."""
    assert json.loads(problem(404, path))["instance"] == instance


def test_a_problem_is_utf8() -> None:
    """Unescaped, as all our JSON."""
    assert "Zürich 🏔".encode() in problem(404, "/", "There is no Zürich 🏔.")


class Query(BaseModel):
    """Something to be broken."""

    limit: int
    names: list[str]


def found(given: dict[str, Any]) -> list[Any]:
    """What pydantic finds."""
    with pytest.raises(ValidationError) as caught:
        Query.model_validate(given)
    return caught.value.errors()


def test_invalid_input_names_every_place() -> None:
    """As a path with dots, from where the input stood."""
    error = InvalidInput.of(found({"limit": "x", "names": ["a", 1]}), "query")
    told = json.loads(error.problem("/"))
    assert (told["status"], told["type"]) == (422, "urn:tandem:problem:invalid-input")
    assert told["errors"] == [
        {
            "place": "query.limit",
            "reason": "Input should be a valid integer,"
            " unable to parse string as an integer",
        },
        {"place": "query.names.1", "reason": "Input should be a valid string"},
    ]


def test_what_is_no_json_is_said_in_one_way() -> None:
    """However the framework came to know it."""
    expected = [{"place": "body", "reason": "The body is not valid JSON."}]
    from_fastapi = [{"type": "json_invalid", "loc": ("body", 7), "msg": "JSON decode"}]
    for error in (InvalidInput.no_json(), InvalidInput.of(from_fastapi)):
        assert json.loads(error.problem("/"))["errors"] == expected


def test_a_body_that_is_no_object_is_said_in_one_way() -> None:
    """Each framework asks pydantic in its own way, which words it differently."""
    wordings = [
        {"type": "model_attributes_type", "loc": (), "msg": "Input should be a dict"},
        {"type": "dataclass_type", "loc": (), "msg": "Input should be an object"},
    ]
    for each in wordings:
        told = json.loads(InvalidInput.of([each], "body").problem("/"))
        expected = {"place": "body", "reason": "The body is not a JSON object."}
        assert told["errors"] == [expected]


def test_an_error_reads_as_its_detail() -> None:
    """In a log and in an error frame."""
    assert str(Unavailable("Gone.")) == "Gone."
    assert str(NotAcceptable()).startswith("This path answers application/json only")
