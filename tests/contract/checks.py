"""What several chapters check of a response."""

import json
import re
import secrets
import ssl
from typing import Any
from urllib.parse import quote

import httpx

from tests.contract import transcript
from tests.contract.raw import Response

Json = dict[str, Any]

_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PROBLEM_JSON = "application/problem+json"
_TYPES = re.compile(r"about:blank|urn:tandem:problem:[a-z-]+")
IDLE_SECONDS = 2
"""How long a connection is kept for the next request.

Less than the 5 s after which uvicorn and hypercorn end it: httpx's own limit is those
5 s as well, and a request that is sent as the server ends the connection is reset.
"""
_LIMITS = httpx.Limits(
    max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE_SECONDS
)


def problem(
    response: httpx.Response | Response, status: int, slug: str | None = None
) -> Json:
    """The body of a problem (RFC 9457) with that status and type, checked whole."""
    found, body = _parts(response)
    assert found == status, (found, body[:2_000])
    assert response.headers["content-type"] == PROBLEM_JSON
    said: Json = json.loads(body)
    members = ["type", "title", "status", "detail", "instance"]
    assert [name for name in said if name != "errors"] == members
    assert _TYPES.fullmatch(said["type"])
    assert slug is None or said["type"] == f"urn:tandem:problem:{slug}"
    assert said["status"] == status
    assert said["title"]
    assert said["detail"]
    assert said["instance"].startswith("/")
    assert said["instance"].isascii()
    assert ("errors" in said) == (status == 422)
    return said


def places(response: httpx.Response | Response) -> list[str]:
    """Which places of the request a 422 says are wrong, each with a reason."""
    errors = problem(response, 422, "invalid-input")["errors"]
    assert all(set(error) == {"place", "reason"} for error in errors)
    assert all(error["reason"] for error in errors)
    return [error["place"] for error in errors]


def city(kind: str) -> str:
    """The name of a city of a test's own, with which the source fails in that way."""
    return f"fault-{kind}-{secrets.token_hex(6)}"


def weather(name: str) -> str:
    """The path of a city's weather."""
    return f"/weather/{quote(name, safe='')}"


def client(base_url: str = "") -> httpx.AsyncClient:
    """A client; made by httpx alone, each would read the system's certificates."""
    hooks: Json = {"request": [_note_request], "response": [_note_response]}
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=10,
        limits=_LIMITS,
        verify=_NO_TLS,
        trust_env=False,  # a proxy of the user's is not for addresses of ours
        event_hooks=hooks,
    )


async def _note_request(request: httpx.Request) -> None:
    body = request.content.decode("utf-8", "backslashreplace")
    transcript.sent(f"{request.method} {request.url} {body}".rstrip())


async def _note_response(response: httpx.Response) -> None:
    await response.aread()
    headers = ", ".join(f"{name}: {value}" for name, value in response.headers.items())
    transcript.came(f"{response.status_code} ({headers}) {response.text}")


async def calls(upstream: str, name: str) -> Json:
    """How often the source was asked for a name: geocoding, forecast, queries."""
    # Not `client`: this is no exchange with the target, and not for its transcript.
    async with httpx.AsyncClient(verify=_NO_TLS, trust_env=False) as source:
        answer = await source.get(f"{upstream}/calls", params={"name": name})
        counted: Json = answer.json()
        return counted


def _parts(response: httpx.Response | Response) -> tuple[int, bytes]:
    if isinstance(response, Response):
        return response.status, response.body
    return response.status_code, response.content
