"""What the routes are given."""

from quart import current_app, request

from shared import negotiation
from shared.core import Core


def get_core() -> Core:
    """The core of this app."""
    core: Core = current_app.extensions["tandem"]
    return core


async def accepts_json() -> None:
    """Refuse a client that does not take JSON."""
    negotiation.require_json_accepted(request.headers.get("accept"))
