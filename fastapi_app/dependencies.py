"""What the routes are given."""

from fastapi import Request
from starlette.requests import HTTPConnection

from shared import negotiation
from shared.core import Core


async def get_core(connection: HTTPConnection) -> Core:
    """The core of this app."""
    core: Core = connection.app.state.core
    return core


async def accepts_json(request: Request) -> None:
    """Refuse a client that does not take JSON."""
    negotiation.require_json_accepted(request.headers.get("accept"))
