"""Who asks: the token that came with a request or a handshake, verified."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from quart import g, has_websocket_context, request, websocket
from quart_schema import security_scheme
from quart_schema.openapi import HttpSecurityScheme

from quart_app.dependencies import get_core
from shared.openapi import SECURITY

SCHEME = HttpSecurityScheme(scheme="bearer", bearer_format="JWT")


async def verify() -> None:
    """Keep the token's claims as `g.claims`. Raises Unauthorized."""
    if has_websocket_context():
        headers, offered = websocket.headers, websocket.requested_subprotocols
    else:
        headers, offered = request.headers, []
    authorization = headers.getlist("Authorization")
    g.claims = get_core().chat.tokens.verify(authorization, offered)


def token_required(view: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    """Decorate a route with it that nobody may ask without a token."""

    @wraps(view)
    async def verified(*args: Any, **kwargs: Any) -> Any:
        await verify()
        return await view(*args, **kwargs)

    return security_scheme(SECURITY)(verified)
