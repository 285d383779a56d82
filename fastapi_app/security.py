"""Who asks: the token that came with a request or a handshake, verified."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.requests import HTTPConnection
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from fastapi_app.dependencies import get_core
from shared.chat.tokens import Claims
from shared.core import Core
from shared.openapi import BEARER

SCHEME = HTTPBearer(bearerFormat="JWT", scheme_name=BEARER, auto_error=False)


async def verify(
    connection: HTTPConnection,
    core: Annotated[Core, Depends(get_core)],
    # Documents it. It would read one of two headers, and knows no subprotocols.
    _credentials: Annotated[HTTPAuthorizationCredentials | None, Security(SCHEME)],
) -> Claims | None:
    """The claims of the token; None where none is needed. Raises Unauthorized."""
    authorization = connection.headers.getlist("authorization")
    offered = connection.scope.get("subprotocols", ())
    return core.chat.tokens.verify(authorization, offered)


TokenRequired = Annotated[Claims | None, Security(verify)]
"""What a route takes that nobody may ask without a token."""
