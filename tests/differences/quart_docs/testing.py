"""Tests of the apps, as the documentation writes them."""

from tests.differences.quart_docs.api import app as api
from tests.differences.quart_docs.app import app


async def handler_that_raises():
    """What a test gets of a handler that raises."""
    test_client = app.test_client()
    try:
        response = await test_client.get("/error")
    except ZeroDivisionError:
        return "raises ZeroDivisionError"
    return f"status {response.status_code}"


async def replaced_dependency():
    """Give a handler another database."""
    api.config["DATABASE"] = "test.db"
    response = await api.test_client().get("/database")
    has = "yes" if hasattr(api, "dependency_overrides") else "no"
    return {"handler has": await response.get_json(), "dependency_overrides": has}


async def time_limits():
    """The app's settings about time limits."""
    return {key: value for key, value in app.config.items() if "_TIMEOUT" in key}
