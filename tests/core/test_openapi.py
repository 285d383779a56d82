"""What both OpenAPI documents say alike."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema import ValidationError as SchemaError

from shared.errors import PROBLEM_JSON, InvalidInput, problem
from shared.openapi import PROBLEMS, Health, Ready


@pytest.fixture
def schema() -> dict[str, Any]:
    """The schema of a problem."""
    found: dict[str, Any] = PROBLEMS["4XX"]["content"][PROBLEM_JSON]["schema"]
    return found


def test_the_problems_schema_stands_alone(schema: dict[str, Any]) -> None:
    """It is a JSON Schema without references, for it goes into two documents."""
    Draft202012Validator.check_schema(schema)
    assert "$ref" not in json.dumps(schema)
    assert "$defs" not in schema


@pytest.mark.parametrize(
    "body",
    [
        problem(404, "/nowhere"),
        InvalidInput.no_json().problem("/chat/lobby/messages"),
        problem(500, "/"),
    ],
)
def test_every_problem_fits_the_schema(schema: dict[str, Any], body: bytes) -> None:
    """With a list of errors, or without the key."""
    Draft202012Validator(schema).validate(json.loads(body))


def test_the_schema_is_not_for_anything(schema: dict[str, Any]) -> None:
    """It requires what every problem has."""
    told = json.loads(problem(404, "/"))
    for key in ("type", "title", "status", "detail", "instance"):
        less = {name: value for name, value in told.items() if name != key}
        with pytest.raises(SchemaError):
            Draft202012Validator(schema).validate(less)


def test_health_and_readiness() -> None:
    """Their answers."""
    health = Health(status="ok", framework="quart", version="1")
    assert list(health.model_dump()) == ["status", "framework", "version"]
    assert list(Ready(status="ready").model_dump()) == ["status"]
