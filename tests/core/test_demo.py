"""The demo as its user starts it; what its page shows is tested in a browser."""

from pathlib import Path

import httpx

from tests.browser.demo import Demo
from tests.commands import typed


def test_both_apps_have_one_core(tmp_path: Path) -> None:
    """What is posted at the one is read at the other; Ctrl-C ends both."""
    with Demo(tmp_path) as demo:
        quart, fastapi = (f"{url}/chat/lobby/messages" for url in demo.urls)
        posted = httpx.post(quart, json={"name": "ann", "text": "hello"})
        assert posted.status_code == 201
        assert httpx.get(fastapi).json()["messages"] == [posted.json()]
        page = httpx.get(demo.urls[0])
        assert all(url in page.text for url in demo.urls)
        assert "swagger" in httpx.get(f"{demo.urls[1]}/docs").text


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """In one sentence, with what to do."""
    with Demo(tmp_path) as demo:
        port = demo.urls[0].rpartition(":")[2]
        ended = typed("shared", "--quart-port", port)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"python -m shared: Port {port} on 127.0.0.1")
