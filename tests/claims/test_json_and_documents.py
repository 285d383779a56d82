"""What is said of JSON, of validation and of OpenAPI."""

import json
import subprocess
import sys
from contextlib import suppress
from importlib.metadata import requires
from typing import Any

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.exceptions import FastAPIDeprecationWarning
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse, ORJSONResponse
from packaging.requirements import Requirement
from pydantic import BaseModel
from quart import Quart, websocket
from quart_schema import (
    QuartSchema,
    SchemaValidationError,
    validate_request,
    validate_response,
)

from tests.contract.cells import ROOT
from tests.contract.raw import WebSocket as Client
from tests.contract.raw import ask
from tests.serving import served

_WITHOUT_ORJSON = """
import sys
sys.modules["orjson"] = sys.modules["ujson"] = None  # so that neither can be imported
from fastapi import FastAPI
from fastapi.testclient import TestClient
app = FastAPI()
@app.get("/")
async def home():
    return {"city": "Köln"}
print(TestClient(app).get("/").text)
"""


class City(BaseModel):
    """A model."""

    name: str


def plain_quart() -> Quart:
    """Quart alone."""
    app = Quart("quart")

    @app.post("/cities")
    async def add() -> dict[str, str]:
        return {"name": "Oslo"}

    @app.websocket("/chat")
    async def chat() -> None:
        pass

    return app


def quart_with_schema() -> Quart:
    """Quart with quart-schema."""
    app = Quart("quart")
    QuartSchema(app)

    @app.post("/cities")
    @validate_request(City)
    @validate_response(City)
    async def add(data: City) -> City:
        return data

    @app.websocket("/chat")
    async def chat() -> None:
        pass

    return app


def plain_fastapi() -> FastAPI:
    """FastAPI alone."""
    app = FastAPI()

    @app.post("/cities")
    async def add(city: City) -> City:
        return city

    @app.websocket("/chat")
    async def chat(websocket: WebSocket) -> None:
        pass

    return app


@pytest.mark.asyncio
async def test_quart_alone_has_no_openapi() -> None:
    """Neither a document nor a page of it is served."""
    async with served(plain_quart()) as target:
        assert (await ask(target, "/openapi.json")).status == 404
        assert (await ask(target, "/docs")).status == 404


@pytest.mark.parametrize("make", [quart_with_schema, plain_fastapi])
@pytest.mark.asyncio
async def test_models_become_json_schema(make: Any) -> None:
    """FastAPI by itself, and Quart with its extension, document a model."""
    async with served(make()) as target:
        document = json.loads((await ask(target, "/openapi.json")).body)
    assert document["openapi"].startswith("3.1")
    assert '"type": "string"' in json.dumps(document["paths"]) + json.dumps(
        document["components"]
    )
    assert list(document["paths"]) == ["/cities"]


@pytest.mark.asyncio
async def test_a_frame_is_validated_by_quart_schema_only() -> None:
    """It makes a model of a frame, or raises; FastAPI's socket has only JSON."""
    app = Quart("quart")
    QuartSchema(app)

    @app.websocket("/chat")
    async def chat() -> None:
        while True:
            try:
                city: City = await websocket.receive_as(City)  # type: ignore[attr-defined]  # QuartSchema adds it
            except SchemaValidationError:
                await websocket.send("no city")
            else:
                await websocket.send(city.name)

    async with served(app) as target, await Client.open(target) as client:
        for frame, answer in (('{"name": "Oslo"}', "Oslo"), ("{}", "no city")):
            await client.send_text(frame)
            assert (await client.receive()).text == answer
    of_fastapi = {name for name in dir(WebSocket) if name.startswith("receive")}
    assert of_fastapi == {"receive", "receive_bytes", "receive_json", "receive_text"}


@pytest.mark.parametrize("make", [quart_with_schema, plain_fastapi])
@pytest.mark.asyncio
async def test_the_document_tells_of_no_socket(make: Any) -> None:
    """OpenAPI 3.1 has no words for a WebSocket, and neither adds any."""
    async with served(make()) as target:
        document = (await ask(target, "/openapi.json")).body
    assert b"/cities" in document
    assert b"/chat" not in document


@pytest.mark.parametrize("make", [quart_with_schema, plain_fastapi])
@pytest.mark.asyncio
async def test_the_docs_page_is_loaded_from_a_cdn(make: Any) -> None:
    """Without the internet it stays empty."""
    async with served(make()) as target:
        page = (await ask(target, "/docs")).body.decode()
    assert '<script src="https://cdn' in page


@pytest.mark.asyncio
async def test_the_docs_page_can_be_loaded_from_elsewhere() -> None:
    """Both take the addresses of a script and a style of one's own."""
    script, style = "/static/swagger-ui.js", "/static/swagger-ui.css"
    quart_app, fastapi_app = Quart("quart"), FastAPI(docs_url=None)
    quart_app.config["QUART_SCHEMA_SWAGGER_JS_URL"] = script
    quart_app.config["QUART_SCHEMA_SWAGGER_CSS_URL"] = style
    QuartSchema(quart_app)

    @fastapi_app.get("/docs")
    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url="/openapi.json",
            title="Cities",
            swagger_js_url=script,
            swagger_css_url=style,
            swagger_favicon_url="/static/icon.svg",
        )

    for app in (quart_app, fastapi_app):
        async with served(app) as target:
            page = (await ask(target, "/docs")).body.decode()
        assert f'<script src="{script}">' in page
        assert f'href="{style}"' in page
        assert "https://" not in page


def test_fastapi_needs_no_orjson() -> None:
    """It is not among what FastAPI requires, and JSON is served where it is missing."""
    asked = [Requirement(each) for each in requires("fastapi") or []]
    always = [each.name for each in asked if "extra" not in str(each.marker)]
    assert "starlette" in always
    assert "orjson" not in always
    done = subprocess.run(
        [sys.executable, "-c", _WITHOUT_ORJSON],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == {"city": "Köln"}


def test_fastapi_advises_against_its_orjson_response() -> None:
    """To use it is deprecated, whether orjson is there or not."""
    with (
        pytest.warns(FastAPIDeprecationWarning, match="ORJSONResponse is deprecated"),
        suppress(AssertionError),  # where orjson is not installed
    ):
        ORJSONResponse({})


@pytest.mark.asyncio
async def test_quart_validates_with_its_extension_only() -> None:
    """Alone it takes what FastAPI, and Quart with quart-schema, refuse."""
    answers = {}
    for make in (plain_quart, quart_with_schema, plain_fastapi):
        async with served(make()) as target:
            body = b'{"name": 1}'
            headers = {"Content-Type": "application/json", "Content-Length": "11"}
            answer = await ask(
                target, "/cities", method="POST", headers=headers, body=body
            )
        answers[make.__name__] = answer.status
    assert answers == {
        "plain_quart": 200,
        "quart_with_schema": 400,
        "plain_fastapi": 422,
    }
