"""What the routes are given."""

from fastapi.requests import HTTPConnection

from shared.core import Core


async def get_core(connection: HTTPConnection) -> Core:
    """The core of this app."""
    core: Core = connection.app.state.core
    return core
