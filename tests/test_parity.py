"""The two apps' OpenAPI documents say the same, each in its framework's words."""

import json
from typing import Any

import httpx
import pytest

import fastapi_app
import quart_app
from shared.settings import Settings
from tests.contract.clauses import clause

_WORDING = {"title", "description", "operationId", "summary"}
"""What a program that reads the document does not need."""


@clause("H-28")
@pytest.mark.asyncio
async def test_documents_are_equal() -> None:
    """After inlining the references and leaving out the wording."""
    settings = Settings(journal="memory://")
    quart = await _document(quart_app.create_app(settings))
    fastapi = await _document(fastapi_app.create_app(settings))
    assert _normal(quart["paths"], quart) == _normal(fastapi["paths"], fastapi)
    assert quart["info"] == fastapi["info"]
    assert quart["openapi"] == fastapi["openapi"]


@clause("H-28")
def test_normalising_keeps_what_matters() -> None:
    """A comparison that left out too much would pass too."""
    named = {"title": "Named", "type": "string", "maxLength": 9, "default": None}
    title = {"name": "title", "in": "query", "schema": {"$ref": "#/schemas/Named"}}
    body = {"properties": {"title": {"$ref": "#/schemas/Named"}}, "title": "Body"}
    document = {
        "schemas": {"Named": named},
        "/": {"get": {"summary": "Get.", "parameters": [title], "body": body}},
        "/none": {"get": {"parameters": []}},
    }
    said = {"type": "string", "maxLength": 9}
    assert _normal({key: document[key] for key in ("/", "/none")}, document) == {
        "/": {
            "get": {
                "parameters": [{"name": "title", "in": "query", "schema": said}],
                "body": {"properties": {"title": said}},
            }
        },
        "/none": {"get": {}},
    }


async def _document(app: Any) -> Any:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        answer = await client.get("/openapi.json")
    assert answer.status_code == 200
    return answer.json()


def _normal(found: Any, document: Any) -> Any:
    match found:
        case {"$ref": str(reference)}:
            target = document
            for step in reference.removeprefix("#/").split("/"):
                target = target[step]
            return _normal(target, document)
        case dict():
            kept = {key: each for key, each in found.items() if _matters(key, each)}
            return {key: _normal(each, document) for key, each in kept.items()}
        case list():
            return sorted((_normal(each, document) for each in found), key=_written)
        case _:
            return found


def _written(found: Any) -> str:
    return json.dumps(found, sort_keys=True)


def _matters(key: str, value: Any) -> bool:
    if key in _WORDING:
        return isinstance(value, dict)  # a property that happens to have such a name
    return (key, value) not in [("default", None), ("parameters", [])]
