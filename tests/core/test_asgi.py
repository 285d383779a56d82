"""A response in one part."""

import pytest

from shared.asgi import respond
from tests.core.asgi import Wire, http_scope, socket_scope

pytestmark = pytest.mark.asyncio


async def test_a_response_is_whole() -> None:
    """Status, headers, length and body, and nothing after it."""
    wire = Wire()
    await respond(http_scope(), wire.send, 418, [(b"a", b"b")], b"tea")
    assert wire.sent == [
        {
            "type": "http.response.start",
            "status": 418,
            "headers": [(b"a", b"b"), (b"content-length", b"3")],
        },
        {"type": "http.response.body", "body": b"tea", "more_body": False},
    ]


async def test_head_is_told_the_length_and_not_the_body() -> None:
    """As GET would be."""
    wire = Wire()
    await respond(http_scope(method="HEAD"), wire.send, 200, [], b"tea")
    assert wire.headers == [("content-length", "3")]
    assert wire.body == b""


async def test_no_content_has_no_length() -> None:
    """RFC 9110, section 8.6."""
    wire = Wire()
    await respond(http_scope(), wire.send, 204, [])
    assert wire.headers == []


async def test_a_handshake_is_denied_in_one_part() -> None:
    """For granian refuses a denial that comes in several."""
    wire = Wire()
    await respond(socket_scope(), wire.send, 403, [], b"no")
    assert [message["type"] for message in wire.sent] == [
        "websocket.http.response.start",
        "websocket.http.response.body",
    ]
    assert wire.sent[1]["more_body"] is False
