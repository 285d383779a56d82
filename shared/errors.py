"""What can go wrong, once for both apps.

TandemError                     status  type
├── InvalidInput                   422  invalid-input
├── UnknownCity                    404  unknown-city
├── NotAcceptable                  406  about:blank
├── Unauthorized                   401  unauthorized         WWW-Authenticate
│   └── InvalidToken               401  unauthorized         WWW-Authenticate
├── Forbidden                      403  forbidden
├── ForeignOrigin                  403  foreign-origin
├── RateLimited                    429  rate-limited         Retry-After
├── TooManyConnections             503  too-many-connections Retry-After
├── Unavailable                    503  unavailable          Retry-After
├── UpstreamTimeout                504  upstream-timeout
├── UpstreamBroken                 502  upstream-broken
├── UpstreamBusy                   503  upstream-busy        Retry-After
└── CloseSocket                   code
    ├── BinaryFrame               1003  text frames only
    ├── FrameTooLarge             1009  frame too large
    ├── TooManyRefusals           1008  too many refused messages
    ├── TokenExpired              1008  token expired
    ├── Stalled                   1013  too slow, come back with your cursor
    ├── InternalError             1011  internal error
    └── Restarting                1012  restarting, come back with your cursor

StartError: the process cannot start; its text is one sentence for a person.
"""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import BaseModel

PROBLEM_JSON = "application/problem+json"

_DETAILS = {
    400: "The request could not be read.",
    404: "Nothing is at this path.",
    405: "This path does not answer that method; Allow names those it does.",
    406: "This path answers application/json only; change the Accept header.",
    413: "The body is larger than this service takes.",
    500: "Something went wrong here; the request id finds it in our log.",
}


class FieldError(BaseModel):
    """One place in a request that is not as it must be, and the reason."""

    place: str
    reason: str


class Problem(BaseModel):
    """A problem (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] | None = None


class StartError(Exception):
    """The process cannot start; the text says in one sentence why and what to do."""


class TandemError(Exception):
    """A failure that a client is told about."""

    status: ClassVar[int] = 500
    slug: ClassVar[str | None] = None

    def __init__(
        self,
        detail: str | None = None,
        *,
        retry_after: int | None = None,
        errors: Sequence[FieldError] | None = None,
    ) -> None:
        super().__init__(detail or _DETAILS.get(self.status, ""))
        self.retry_after = retry_after
        self.errors = errors

    @property
    def headers(self) -> dict[str, str]:
        """The headers that belong to the problem, Retry-After in whole seconds."""
        return (
            {} if self.retry_after is None else {"Retry-After": str(self.retry_after)}
        )

    def problem(self, path: str) -> bytes:
        """The RFC 9457 body for a request to `path`, as UTF-8 JSON."""
        return problem(self.status, path, str(self), slug=self.slug, errors=self.errors)


class InvalidInput(TandemError):
    """A path, query, header or body that breaks a rule; `errors` says which and why."""

    status = 422
    slug = "invalid-input"

    @classmethod
    def no_json(cls) -> "InvalidInput":
        """A body that is not JSON."""
        return cls.of([{"type": "json_invalid", "loc": ()}])

    @classmethod
    def of(cls, found: Iterable[Mapping[str, Any]], *within: str) -> "InvalidInput":
        """From pydantic's errors; `within` is where the input stood, say "query"."""
        errors = [_field_error(within + tuple(error["loc"]), error) for error in found]
        return cls("The request breaks the rules in `errors`.", errors=errors)


class UnknownCity(TandemError):
    """The weather source knows no such city."""

    status = 404
    slug = "unknown-city"


class NotAcceptable(TandemError):
    """The client accepts nothing that the path can answer."""

    status = 406


class Unauthorized(TandemError):
    """No token came where one is needed."""

    status = 401
    slug = "unauthorized"
    challenge: ClassVar[str] = "Bearer"

    @property
    def headers(self) -> dict[str, str]:
        """The challenge that RFC 9110, section 15.5.2, wants (RFC 6750, section 3)."""
        return {"WWW-Authenticate": self.challenge}


class InvalidToken(Unauthorized):
    """A token came that cannot be used."""

    challenge = 'Bearer error="invalid_token"'


class Forbidden(TandemError):
    """A token came that is good, but not for this."""

    status = 403
    slug = "forbidden"


class ForeignOrigin(TandemError):
    """A browser page of an origin that is not allowed asked."""

    status = 403
    slug = "foreign-origin"


class RateLimited(TandemError):
    """More messages than the limit; `retry_after` seconds from now one will pass."""

    status = 429
    slug = "rate-limited"


class TooManyConnections(TandemError):
    """The process holds as many sockets as it may."""

    status = 503
    slug = "too-many-connections"


class Unavailable(TandemError):
    """The journal did not answer, or the process stops; trying again is safe."""

    status = 503
    slug = "unavailable"


class UpstreamTimeout(TandemError):
    """The weather source did not answer in time."""

    status = 504
    slug = "upstream-timeout"


class UpstreamBroken(TandemError):
    """The weather source failed or answered nonsense."""

    status = 502
    slug = "upstream-broken"


class UpstreamBusy(TandemError):
    """The weather source refuses more requests for now."""

    status = 503
    slug = "upstream-busy"


class CloseSocket(TandemError):
    """The socket must be closed with `code` and `reason` (RFC 6455, section 7.4)."""

    code: ClassVar[int]
    reason: ClassVar[str]


class BinaryFrame(CloseSocket):
    """The client sent a binary frame."""

    code = 1003
    reason = "text frames only"


class FrameTooLarge(CloseSocket):
    """The client sent more bytes in one frame than the limit."""

    code = 1009
    reason = "frame too large"


class TooManyRefusals(CloseSocket):
    """The client went on sending over the rate limit."""

    code = 1008
    reason = "too many refused messages"


class TokenExpired(CloseSocket):
    """The token with which the client came in has expired."""

    code = 1008
    reason = "token expired"


class Stalled(CloseSocket):
    """The client does not read, or lags too far behind the room."""

    code = 1013
    reason = "too slow, come back with your cursor"


class InternalError(CloseSocket):
    """The handler failed; the log has the reason."""

    code = 1011
    reason = "internal error"


class Restarting(CloseSocket):
    """The process is shutting down."""

    code = 1012
    reason = "restarting, come back with your cursor"


def problem(
    status: int,
    path: str,
    detail: str | None = None,
    *,
    slug: str | None = None,
    errors: Sequence[FieldError] | None = None,
) -> bytes:
    """The RFC 9457 body of any status, as UTF-8 JSON; `path` becomes its instance."""
    body = Problem(
        type=f"urn:tandem:problem:{slug}" if slug else "about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail or _DETAILS.get(status, HTTPStatus(status).description),
        instance=quote(path, safe="/", errors="replace"),
        errors=None if errors is None else list(errors),
    )
    return body.model_dump_json(exclude_none=True).encode()


def _field_error(loc: tuple[str | int, ...], error: Mapping[str, Any]) -> FieldError:
    if error["type"] == "json_invalid":
        return FieldError(place="body", reason="The body is not valid JSON.")
    if loc == ("body",):  # the frameworks ask pydantic for this each in its own way
        return FieldError(place="body", reason="The body is not a JSON object.")
    return FieldError(place=".".join(map(str, loc)), reason=error["msg"])
