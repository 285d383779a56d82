"""Tests of the apps, as the documentation writes them."""

from quart import Quart

from tests.differences.quart_docs.api import app as api
from tests.differences.quart_docs.app import app


async def handler_that_raises():
    """What a test gets of a handler that raises."""
    seen = {"by default": await _error()}
    app.testing = True
    seen["testing"] = await _error()
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = True
    seen["PROPAGATE_EXCEPTIONS"] = await _error()
    return seen


async def replaced_dependency():
    """Give a handler another database."""
    api.config["DATABASE"] = "test.db"
    response = await api.test_client().get("/database")
    return {"handler has": await response.get_json()}


async def time_limits():
    """The app's settings about time limits."""
    return {key: value for key, value in app.config.items() if "_TIMEOUT" in key}


async def handlers_of_one_name():
    """Give two pages handlers of the same name."""
    pages = Quart(__name__)

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


async def one_request():
    """Ask the app for something."""
    await app.test_client().get("/items")


async def _error():
    test_client = app.test_client()
    try:
        response = await test_client.get("/error")
    except ZeroDivisionError:
        return "raises ZeroDivisionError"
    told = "ZeroDivisionError" in await response.get_data(as_text=True)
    return f"status {response.status_code}{' with its traceback' if told else ''}"
