"""The two apps say the same of themselves, each in its framework's words."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from jsonschema import Draft7Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.contract.clauses import clause
from tests.parity import (
    ACCEPT,
    Documents,
    apps,
    committed,
    differences,
    fastapi_routes,
    normal,
    quart_routes,
    said,
)

ASYNCAPI = Path(__file__).parent / "core" / "asyncapi-3.0.0.json"
SAMPLES = {"{city}": "paris", "{room}": "lobby", "{path}": "style.css"}
"""What stands for a parameter of a path."""


@pytest_asyncio.fixture
async def both() -> dict[str, Documents]:
    """What each app says."""
    quart, fastapi = await said()
    return {"quart": quart, "fastapi": fastapi}


@clause("H-28", "H-29")
@pytest.mark.asyncio
async def test_the_apps_say_the_same(both: dict[str, Documents]) -> None:
    """Their routes, the undocumented ones too, OpenAPI and AsyncAPI."""
    found = differences(both["quart"], both["fastapi"], "quart", "fastapi")
    assert not found, f"\n{found}"


@clause("H-28", "H-29")
@pytest.mark.asyncio
@pytest.mark.parametrize("framework", ["quart", "fastapi"])
async def test_an_app_says_what_is_committed(
    both: dict[str, Documents], framework: str
) -> None:
    """What changes for clients shows in a review."""
    found = differences(committed(), both[framework], "docs/api", framework)
    assert not found, f"\n{found}\n{ACCEPT}"


@clause("H-05", "H-28")
@pytest.mark.asyncio
@pytest.mark.parametrize("framework", ["quart", "fastapi"])
async def test_an_app_takes_what_its_router_says(framework: str) -> None:
    """Asked with any other method it names just these; a socket's path takes none."""
    quart, fastapi = apps()
    app: Any = {"quart": quart, "fastapi": fastapi}[framework]
    routes = {"quart": quart_routes(quart), "fastapi": fastapi_routes(fastapi)}
    taken: dict[str, set[str]] = {}
    for route in routes[framework]:
        method, _, path = route.partition(" ")
        taken.setdefault(path, set()).add(method)
    assert {"/", "/chat", "/metrics", "/static/{path}"} <= taken.keys()
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
        for path, methods in taken.items():
            target = path
            for parameter, sample in SAMPLES.items():
                target = target.replace(parameter, sample)
            answer = await client.request("TRACE", target)
            assert answer.status_code == (404 if methods == {"SOCKET"} else 405), path
            allow = answer.headers.get("allow", "SOCKET")
            assert set(allow.split(", ")) == methods, path


@clause("H-27")
def test_the_openapi_document_is_valid() -> None:
    """The normalised one, as it is committed, by the rules of OpenAPI 3.1."""
    document = json.loads(committed()["openapi.json"])
    errors = OpenAPIV31SpecValidator(document).iter_errors()
    assert [error.message for error in errors] == []


@clause("H-29")
def test_the_asyncapi_document_is_valid() -> None:
    """As it is committed, by AsyncAPI's own schema."""
    document = json.loads(committed()["asyncapi.json"])
    errors = Draft7Validator(json.loads(ASYNCAPI.read_text())).iter_errors(document)
    assert [error.message for error in errors] == []


@clause("H-28")
def test_a_difference_can_be_read() -> None:
    """It names the file, both sides, the line and what is around it."""
    old = {"routes.txt": "GET /\nGET /docs\n", "same.txt": "same\n"}
    new = {"routes.txt": "GET /\nGET /doc\n", "same.txt": "same\n", "new.txt": "new\n"}
    assert differences(old, new, "docs/api", "quart") == (
        "--- docs/api: new.txt\n+++ quart: new.txt\n@@ -0,0 +1 @@\n+new\n"
        "--- docs/api: routes.txt\n+++ quart: routes.txt\n@@ -1,2 +1,2 @@\n"
        " GET /\n-GET /docs\n+GET /doc\n"
    )
    assert differences(old, old, "docs/api", "quart") == ""


NAMED = {"title": "Named", "type": "string", "maxLength": 9, "default": None}
DOCUMENT: dict[str, Any] = {
    "info": {"title": "Tandem", "version": "1"},
    "components": {"Named": NAMED},
    "paths": {
        "/": {
            "get": {
                "summary": "Get.",
                "parameters": [
                    {
                        "name": "title",
                        "in": "query",
                        "required": True,
                        "schema": {"$ref": "#/components/Named"},
                    },
                    {"name": "limit", "in": "query", "schema": {"default": 50}},
                ],
                "body": {
                    "properties": {"title": {"$ref": "#/components/Named"}},
                    "required": ["title", "other"],
                    "examples": [2, 1],
                    "title": "Body",
                },
                "responses": {"200": {"description": "Fine.", "content": {"a/b": {}}}},
            }
        },
        "/none": {"get": {"parameters": []}},
    },
}


@clause("H-28")
def test_normalising_leaves_out_the_wording() -> None:
    """And follows references, and sorts what is a set; the rest stays."""
    told = {"type": "string", "maxLength": 9}
    assert normal(DOCUMENT) == {
        "components": {"securitySchemes": {}},
        "info": {"title": "Tandem", "version": "1"},
        "paths": {
            "/": {
                "get": {
                    "parameters": [
                        {"name": "limit", "in": "query", "schema": {"default": 50}},
                        {
                            "name": "title",
                            "in": "query",
                            "required": True,
                            "schema": told,
                        },
                    ],
                    "body": {
                        "properties": {"title": told},
                        "required": ["other", "title"],
                        "examples": [2, 1],
                    },
                    "responses": {"200": {"description": "", "content": {"a/b": {}}}},
                }
            },
            "/none": {"get": {}},
        },
    }


def _operation(document: Any) -> Any:
    return document["paths"]["/"]["get"]


CHANGES: dict[str, Callable[[Any], object]] = {
    "the version": lambda it: it["info"].update(version="2"),
    "a path": lambda it: it["paths"].pop("/none"),
    "a method": lambda it: it["paths"]["/none"].update(post={}),
    "a response": lambda it: _operation(it)["responses"].update({"404": {}}),
    "a media type": lambda it: _operation(it)["responses"]["200"]["content"].popitem(),
    "a rule, by reference": lambda it: it["components"]["Named"].update(maxLength=8),
    "a type, by reference": lambda it: it["components"]["Named"].update(type="null"),
    "a parameter": lambda it: _operation(it)["parameters"].pop(),
    "a parameter's place": lambda it: _operation(it)["parameters"][0].update({"in": 1}),
    "what is required": lambda it: _operation(it)["parameters"][0].pop("required"),
    "a default": lambda it: _operation(it)["parameters"][1]["schema"].clear(),
    "a required property": lambda it: _operation(it)["body"]["required"].pop(),
    "a property's name": lambda it: _operation(it)["body"]["properties"].popitem(),
    "an order": lambda it: _operation(it)["body"]["examples"].reverse(),
}


@clause("H-28")
@pytest.mark.parametrize("change", CHANGES)
def test_normalising_keeps_what_matters(change: str) -> None:
    """A comparison that left out too much would pass too."""
    changed = copy.deepcopy(DOCUMENT)
    CHANGES[change](changed)
    assert normal(changed) != normal(DOCUMENT)
