"""Responses of the bare app, whole, and what it reads of requests."""

import hashlib
import json
import mimetypes
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError

from shared import web
from shared.asgi import HeaderList, Scope
from shared.chat.frames import NewMessage
from shared.chat.tokens import Claims
from shared.core import Core
from shared.errors import PROBLEM_JSON, InvalidInput, TandemError, problem
from shared.weather.service import Answer

Response = tuple[int, HeaderList, bytes]

JSON = "application/json"
_TOKEN = b"authorization"
_HTML = "text/html; charset=utf-8"
_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


def response(
    status: int, kind: str, body: bytes, more: Mapping[str, str] | None = None
) -> Response:
    """A body of a kind, with more headers."""
    headers = {"content-type": kind, **(more or {})}
    return status, encoded(headers), body


def model(status: int, found: BaseModel) -> Response:
    """A model as JSON."""
    return response(status, JSON, found.model_dump_json().encode())


def encoded(headers: Mapping[str, str]) -> HeaderList:
    """Headers as ASGI has them."""
    return [(name.lower().encode(), text.encode()) for name, text in headers.items()]


def page(html: str, policy: str) -> Response:
    """A page with its policy."""
    return response(200, _HTML, html.encode(), {"content-security-policy": policy})


def refused(error: TandemError, path: str) -> Response:
    """The problem that an error of the core is."""
    body = error.problem(path)
    return response(error.status, PROBLEM_JSON, body, error.headers)


def not_found(path: str) -> Response:
    """Nothing is there."""
    return response(404, PROBLEM_JSON, problem(404, path))


def not_allowed(path: str, methods: str) -> Response:
    """Something is there, but for these methods."""
    return response(405, PROBLEM_JSON, problem(405, path), {"Allow": methods})


def weather(answer: Answer, scope: Scope) -> Response:
    """A report, or 304 to who has it."""
    if answer.matches(header(scope, b"if-none-match")):
        return 304, encoded(answer.headers), b""
    return response(200, JSON, answer.body, answer.headers)


def file(name: str, scope: Scope) -> Response | None:
    """A file of the page, or 304 to who has it; None where there is none."""
    found = _file(name)
    if found is None:
        return None
    kind, body, etag = found
    if header(scope, b"if-none-match") == etag:
        return 304, encoded({"ETag": etag}), b""
    return response(200, kind, body, {"ETag": etag})


@lru_cache
def _file(name: str) -> tuple[str, bytes, str] | None:
    path = web.FOLDER / name
    # No empty part: it would make the rest a path from the root.
    if "\0" in name or {"", ".."} & set(name.split("/")) or not path.is_file():
        return None
    body = path.read_bytes()
    guessed = mimetypes.guess_type(name)[0] or "text/plain; charset=utf-8"
    etag = f'"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    return _TYPES.get(path.suffix, guessed), body, etag


def header(scope: Scope, name: bytes) -> str | None:
    """The last header of that name."""
    value = dict(scope["headers"]).get(name)
    return None if value is None else value.decode("latin-1")


def claims(core: Core, scope: Scope) -> Claims | None:
    """The claims of the token that came, if one is needed. Raises Unauthorized."""
    headers = scope["headers"]
    authorization = [text.decode("latin-1") for name, text in headers if name == _TOKEN]
    return core.chat.tokens.verify(authorization, scope.get("subprotocols", ()))


def query(scope: Scope) -> dict[str, list[str]]:
    """All values of each key."""
    return parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)


def new_message(scope: Scope, body: bytes) -> NewMessage:
    """The message in a body. Raises InvalidInput."""
    kind = (header(scope, b"content-type") or "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise InvalidInput.no_json()
    try:
        return NewMessage.model_validate(json.loads(body.decode()))
    except ValidationError as error:
        raise InvalidInput.of(error.errors(), "body") from error
    except (ValueError, RecursionError) as error:
        raise InvalidInput.no_json() from error
