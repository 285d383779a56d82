"""Tests of the apps, as the documentation writes them."""

import inspect

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.differences.fastapi_docs.api import app as api
from tests.differences.fastapi_docs.api import get_database
from tests.differences.fastapi_docs.app import app


def handler_that_raises():
    """What a test gets of a handler that raises."""
    return {
        "by default": _error(TestClient(app)),
        "raise_server_exceptions=False": _error(
            TestClient(app, raise_server_exceptions=False)
        ),
    }


def replaced_dependency():
    """Give a handler another database."""
    api.dependency_overrides[get_database] = lambda: "test.db"
    response = TestClient(api).get("/database")
    return {"handler has": response.json()}


def time_limits():
    """The app's settings about time limits."""
    options = inspect.signature(FastAPI).parameters
    return {name: None for name in options if "timeout" in name}


def handlers_of_one_name():
    """Give two pages handlers of the same name."""
    pages = FastAPI()

    def add(path):
        @pages.get(path)
        async def page():
            return path

    add("/first")
    try:
        add("/second")
    except AssertionError as error:
        return f"AssertionError: {str(error).partition(':')[0]}"
    return "both taken"


def one_request():
    """Ask the app for something."""
    TestClient(app).get("/items")


def _error(client):
    try:
        response = client.get("/error")
    except ZeroDivisionError:
        return "raises ZeroDivisionError"
    told = "ZeroDivisionError" in response.text
    return f"status {response.status_code}{' with its traceback' if told else ''}"
