"""Which pages of other origins may read what we answer (fetch.spec.whatwg.org, CORS).

Ours, because the two frameworks' own answers cannot be made alike: one refuses a
preflight with 400 and plain text, the other with 200 and silence.
"""

from collections.abc import Collection, Mapping

from shared.asgi import HeaderList
from shared.errors import ForeignOrigin

_ALLOWED = b"authorization, content-type, if-none-match, x-request-id"
_PREFLIGHT: HeaderList = [
    (b"access-control-allow-methods", b"GET, HEAD, POST"),
    (b"access-control-allow-headers", _ALLOWED),
    (b"access-control-max-age", b"600"),
]
_EXPOSED = b"age, etag, retry-after, x-request-id"

Headers = Mapping[bytes, bytes]


def headers_for(request: Headers, allowed: Collection[str]) -> HeaderList:
    """The headers that let a page of an allowed origin read the response."""
    vary = (b"vary", b"Origin")
    origin = request.get(b"origin", b"")
    if origin.decode("latin-1") not in allowed:
        return [vary]
    return [
        vary,
        (b"access-control-allow-origin", origin),
        (b"access-control-expose-headers", _EXPOSED),
    ]


def is_preflight(request: Headers) -> bool:
    """Whether a browser asks by OPTIONS if it may ask."""
    return b"origin" in request and b"access-control-request-method" in request


def preflight(request: Headers, allowed: Collection[str]) -> HeaderList:
    """The headers that allow a request. Raises ForeignOrigin."""
    origin = request[b"origin"].decode("latin-1")
    if origin not in allowed:
        raise ForeignOrigin(f"Pages of {origin} may not ask here.")
    return list(_PREFLIGHT)
