"""Who may come in: signed tokens (RFC 7519), what they allow, and when they end."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import jwt
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from shared.chat.frames import Join, Name, Room
from shared.errors import (
    CloseSocket,
    Forbidden,
    InvalidToken,
    StartError,
    TokenExpired,
    Unauthorized,
)

SUBPROTOCOL = "tandem.v1"
"""What a client offers; a browser, which can send no headers, offers its token too."""

_BEARER = "bearer."
_ALGORITHM = "HS256"
_MAX_CHARACTERS = 4_096
_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: a timer can count up to it."""


class Claims(BaseModel):
    """What a token says: who its holder is, in which rooms, and until when."""

    model_config = ConfigDict(frozen=True, strict=True)

    sub: Name
    rooms: list[Room]
    exp: Annotated[float, Field(le=_LAST_SECOND, allow_inf_nan=False)]

    @contextmanager
    def while_valid(self, close: Callable[[CloseSocket], None]) -> Iterator[None]:
        """Have `close` called if the token expires before the body ends."""
        loop = asyncio.get_running_loop()
        timer: asyncio.TimerHandle | None = None

        def look() -> None:
            nonlocal timer
            left = self.exp - time.time()
            if left <= 0:
                close(TokenExpired())
            else:  # and look again then, for the clock may have been set meanwhile
                timer = loop.call_later(left, look)

        look()
        try:
            yield
        finally:
            if timer is not None:
                timer.cancel()


class Tokens:
    """The tokens signed with a secret; without one nobody needs any."""

    def __init__(self, secret: SecretStr | None) -> None:
        self._secret = secret

    def verify(
        self, authorization: Sequence[str], subprotocols: Sequence[str]
    ) -> Claims | None:
        """The claims of the one token that came; None where none is needed.

        It is in the `Authorization` header or among the subprotocols that were offered.
        Raises Unauthorized, InvalidToken.
        """
        if self._secret is None:
            return None
        schemes = (header.partition(" ") for header in authorization)
        found = [
            *(token.strip() for name, _, token in schemes if name.lower() == "bearer"),
            *(
                each[len(_BEARER) :]
                for each in subprotocols
                if each.startswith(_BEARER)
            ),
        ]
        if not found:
            raise Unauthorized(
                "A token is needed here, as `Authorization: Bearer` or, for a socket,"
                f" as the subprotocol `{_BEARER}` with the token behind it."
            )
        if len(authorization) > 1 or len(found) > 1:
            raise InvalidToken("Only one token may come with a request.")
        return self._read(found[0], self._secret)

    def check(self, claims: Claims | None, room: str, name: str | None = None) -> None:
        """See that the holder may be in that room, under that name if it gave one.

        Raises Unauthorized, Forbidden.
        """
        if self._secret is None:
            return
        if claims is None:  # a route that verified nothing lets nobody in
            raise Unauthorized("A token is needed here.")
        if room not in claims.rooms:
            raise Forbidden("Your token is not for this room.")
        if name not in (None, claims.sub):
            raise Forbidden("Your token is for another name.")

    def admit(self, claims: Claims | None, join: Join) -> Join:
        """Who joins, under the name that the token gives. Raises as `check` does."""
        given = join.name if "name" in join.model_fields_set else None
        self.check(claims, join.room, given)
        return join if claims is None else join.model_copy(update={"name": claims.sub})

    def _read(self, token: str, secret: SecretStr) -> Claims:
        if len(token) > _MAX_CHARACTERS:
            raise InvalidToken(f"The token is over {_MAX_CHARACTERS} characters long.")
        try:
            found = jwt.decode(token, secret.get_secret_value(), [_ALGORITHM])
            return Claims.model_validate(found)
        except jwt.ExpiredSignatureError:
            reason = "The token has expired."
        except jwt.ImmatureSignatureError:
            reason = "The token is not valid yet."
        except ValidationError as error:
            claims = ", ".join(f"`{found['loc'][0]}`" for found in error.errors())
            reason = f"The token breaks the rules for {claims}."
        except jwt.InvalidTokenError:
            reason = "The token is not valid."
        raise InvalidToken(reason)  # without a cause, whose text may hold the token


def sign(claims: Claims, secret: SecretStr) -> str:
    """A token that says so. Raises StartError where it would be too long."""
    token = jwt.encode(claims.model_dump(), secret.get_secret_value(), _ALGORITHM)
    if len(token) > _MAX_CHARACTERS:
        raise StartError(
            f"The token would be over {_MAX_CHARACTERS} characters long: name fewer"
            " rooms."
        )
    return token


def accepted(subprotocols: Sequence[str]) -> str | None:
    """Which of the subprotocols that were offered is spoken: never the token's."""
    return SUBPROTOCOL if SUBPROTOCOL in subprotocols else None
