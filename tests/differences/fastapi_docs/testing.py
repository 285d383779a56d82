"""Tests of the apps, as the documentation writes them."""

import inspect

from fastapi import FastAPI
from fastapi.testclient import TestClient

from tests.differences.fastapi_docs.api import app as api
from tests.differences.fastapi_docs.api import get_database
from tests.differences.fastapi_docs.app import app


def handler_that_raises():
    """What a test gets of a handler that raises."""
    client = TestClient(app)
    try:
        response = client.get("/error")
    except ZeroDivisionError:
        return "raises ZeroDivisionError"
    return f"status {response.status_code}"


def replaced_dependency():
    """Give a handler another database."""
    api.dependency_overrides[get_database] = lambda: "test.db"
    response = TestClient(api).get("/database")
    has = "yes" if hasattr(api, "dependency_overrides") else "no"
    return {"handler has": response.json(), "dependency_overrides": has}


def time_limits():
    """The app's settings about time limits."""
    options = inspect.signature(FastAPI).parameters
    return {name: None for name in options if "timeout" in name}
