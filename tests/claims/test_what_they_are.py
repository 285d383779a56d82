"""What the two are made of."""

import pytest
from fastapi import FastAPI
from fastapi.templating import Jinja2Templates
from flask import Flask
from flask.sansio.app import App
from jinja2 import DictLoader, Environment
from quart import Quart, render_template_string
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from benchmarks.footprint import required
from tests.claims.footprint import brought_along
from tests.contract.raw import ask
from tests.serving import served


def test_quart_is_built_on_flask() -> None:
    """Quart is a class on Flask's own base, and Flask is among what it requires."""
    assert issubclass(Quart, App)
    assert issubclass(Flask, App)
    assert "flask" in required("quart")
    assert "quart" not in required("quart")


def test_fastapi_is_built_on_starlette() -> None:
    """FastAPI is a class on Starlette's, and requires its package and Pydantic's."""
    assert issubclass(FastAPI, Starlette)
    assert {"starlette", "pydantic"} <= required("fastapi")


def test_fastapi_knows_nothing_of_quart_nor_quart_of_fastapi() -> None:
    """Neither is among all the packages that the other brings along."""
    assert "fastapi" not in brought_along("quart")
    assert "starlette" not in brought_along("quart")
    assert "quart" not in brought_along("fastapi")


def test_quart_brings_more_packages_and_quart_schema_more_still() -> None:
    """By the number of packages, Quart is not the lighter of the two."""
    assert len(brought_along("quart")) > len(brought_along("fastapi"))
    assert brought_along("quart-schema") > brought_along("quart")


def test_quart_brings_a_server_and_templates_and_fastapi_neither() -> None:
    """Part of what Quart brings is what FastAPI leaves to its user."""
    assert {"hypercorn", "jinja2"} <= brought_along("quart")
    assert not {"hypercorn", "uvicorn", "granian", "jinja2"} & brought_along("fastapi")


def test_quart_has_sockets_and_flask_has_none() -> None:
    """A socket's route is among what Quart adds to Flask."""
    assert hasattr(Quart, "websocket")
    assert not hasattr(Flask, "websocket")


@pytest.mark.asyncio
async def test_both_render_templates() -> None:
    """A template of Jinja's becomes a page in either."""
    quart_app, fastapi_app = Quart("quart"), FastAPI()
    environment = Environment(
        loader=DictLoader({"page.html": "Hello {{ name }}"}), autoescape=True
    )
    templates = Jinja2Templates(env=environment)

    @quart_app.get("/")
    async def quart_page() -> str:
        return await render_template_string("Hello {{ name }}", name="<ann>")

    @fastapi_app.get("/")
    async def fastapi_page(request: Request) -> Response:
        return templates.TemplateResponse(request, "page.html", {"name": "<ann>"})

    for app in (quart_app, fastapi_app):
        async with served(app) as target:
            response = await ask(target, "/")
        assert response.body == b"Hello &lt;ann&gt;"
        assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_neither_ships_a_database_layer() -> None:
    """No package of those that either brings is an object-relational mapper."""
    mappers = {"sqlalchemy", "sqlmodel", "tortoise-orm", "peewee", "pony"}
    assert not mappers & (brought_along("quart") | brought_along("fastapi"))
