"""What the routes are given."""

from quart import current_app

from shared.core import Core


def get_core() -> Core:
    """The core of this app."""
    core: Core = current_app.extensions["tandem"]
    return core
