"""What is said of moving from Flask to Quart."""

import importlib.util
import re
from pathlib import Path

import flask
import pytest
from quart import Quart

from tests.claims import flask_app
from tests.contract.raw import ask
from tests.contract.targets import Target
from tests.serving import flask_served, served

_REQUESTS = {
    "/args?name=Ann": ("GET", "", b""),
    "/json": ("POST", "application/json", b'{"name": "Ann"}'),
    "/form": ("POST", "application/x-www-form-urlencoded", b"name=Ann"),
    "/template": ("GET", "", b""),
}


async def _answers(target: Target) -> dict[str, int]:
    found = {}
    for uri, (method, media_type, body) in _REQUESTS.items():
        headers = {"Content-Type": media_type, "Content-Length": str(len(body))}
        answer = await ask(
            target,
            uri,
            method=method,
            headers=headers if method == "POST" else {},
            body=body,
        )
        found[uri] = answer.status
    return found


def _loaded(file: Path) -> Quart:
    spec = importlib.util.spec_from_file_location("moved", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    app = module.app
    assert isinstance(app, Quart)
    return app


def _replaced() -> str:
    """The Flask app with one word for the other."""
    text = Path(flask_app.__file__).read_text("utf-8")
    return text.replace("Flask", "Quart").replace("flask", "quart")


@pytest.mark.asyncio
async def test_the_flask_app_works() -> None:
    """What is moved did its job before."""
    async with flask_served(flask_app.app, threads=2) as target:
        assert set((await _answers(target)).values()) == {200}


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.asyncio
async def test_find_and_replace_leaves_errors_behind(tmp_path: Path) -> None:
    """What Quart does asynchronously fails, what it does not still works."""
    (tmp_path / "moved.py").write_text(_replaced(), "utf-8")
    async with served(_loaded(tmp_path / "moved.py")) as target:
        assert await _answers(target) == {
            "/args?name=Ann": 200,
            "/json": 500,
            "/form": 500,
            "/template": 500,
        }


@pytest.mark.asyncio
async def test_with_async_and_await_it_is_moved(tmp_path: Path) -> None:
    """Replacing the words and adding `async` and `await` is enough for this app."""
    text = re.sub(r"^def ", "async def ", _replaced(), flags=re.MULTILINE)
    text = text.replace("request.get_json()", "(await request.get_json())")
    text = text.replace("request.form", "(await request.form)")
    text = text.replace("return render_", "return await render_")
    (tmp_path / "moved.py").write_text(text, "utf-8")
    async with served(_loaded(tmp_path / "moved.py")) as target:
        assert set((await _answers(target)).values()) == {200}


def language() -> str:
    """What a Flask extension does: it asks Flask for the request."""
    return flask.request.headers.get("Accept-Language", "en")


@pytest.mark.asyncio
async def test_an_extension_that_asks_flask_finds_no_request() -> None:
    """Quart's requests are not Flask's, so that Flask knows of none."""
    app = Quart("quart")
    raised: list[str] = []

    @app.get("/")
    async def home() -> str:
        try:
            return language()
        except RuntimeError as error:
            raised.append(str(error))
            return "failed"

    async with served(app) as target:
        assert (await ask(target, "/")).body == b"failed"
    assert "Working outside of request context" in raised[0]
