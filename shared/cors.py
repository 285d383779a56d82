"""Which pages of other origins may read what we answer (fetch.spec.whatwg.org, CORS).

Ours, because the two frameworks' own answers cannot be made alike: one refuses a
preflight with 400 and plain text, the other with 200 and silence.
"""

from collections.abc import Collection

from shared.asgi import HeaderList, Scope, Send, header, respond
from shared.errors import PROBLEM_JSON, ForeignOrigin

_PREFLIGHT = [
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", b"content-type, if-none-match, x-request-id"),
    (b"access-control-max-age", b"600"),
]
_EXPOSED = b"age, etag, location, retry-after, x-request-id"


def headers_for(origin: str | None, allowed: Collection[str]) -> HeaderList:
    """The headers that let a page of `origin` read the response."""
    if not allowed:
        return []
    vary = (b"vary", b"Origin")
    if origin not in allowed or origin is None:
        return [vary]
    return [
        vary,
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-expose-headers", _EXPOSED),
    ]


def is_preflight(scope: Scope) -> bool:
    """Whether a browser asks if it may ask."""
    return (
        scope.get("method") == "OPTIONS"
        and header(scope, b"access-control-request-method") is not None
        and header(scope, b"origin") is not None
    )


async def answer_preflight(scope: Scope, send: Send, allowed: Collection[str]) -> None:
    """204 to pages of allowed origins, 403 to all others."""
    origin = header(scope, b"origin")
    if origin in allowed:
        await respond(scope, send, 204, list(_PREFLIGHT))
        return
    refusal = ForeignOrigin(f"Pages of {origin} may not ask here.")
    headers = [(b"content-type", PROBLEM_JSON.encode())]
    await respond(scope, send, refusal.status, headers, refusal.problem(scope["path"]))
