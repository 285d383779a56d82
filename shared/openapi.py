"""What both OpenAPI documents say alike."""

from typing import Any

from pydantic import BaseModel

from shared.errors import PROBLEM_JSON, FieldError, Problem

TITLE = "Tandem"
VERSION = "1.0.0"
DESCRIPTION = "One chat and one weather service, implemented in Quart and in FastAPI."


class Health(BaseModel):
    """The process lives."""

    status: str
    framework: str
    version: str


class Ready(BaseModel):
    """The process can do its work."""

    status: str


def _problem_schema() -> dict[str, Any]:
    schema = Problem.model_json_schema()
    schema.pop("$defs")
    schema["properties"]["errors"] = {
        "type": "array",
        "items": FieldError.model_json_schema(),
    }
    return schema


BEARER = "bearer"
"""The name of the scheme by which both documents say how a token comes."""

SECURITY: list[dict[str, list[str]]] = [{BEARER: []}, {}]
"""A token, or none: whether one is needed is for who runs it to say."""

TOKEN_OPTIONAL: dict[str, Any] = {"security": SECURITY[1:]}
"""What FastAPI, which takes a scheme for required, has to add."""

NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The client has it already (RFC 9110, section 15.4.5)."}
}
"""The documented response to who names a report's ETag in `If-None-Match`."""

PROBLEMS: dict[int | str, dict[str, Any]] = {
    statuses: {
        "description": "A problem (RFC 9457).",
        "content": {PROBLEM_JSON: {"schema": _problem_schema()}},
    }
    for statuses in ("4XX", "5XX")
}
"""The documented response to whatever goes wrong."""
