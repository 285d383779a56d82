"""An app as most are served: full collections go through all that was imported."""

import gc
import os
import pkgutil

from shared.asgi import App, Receive, Scope, Send


def create_app() -> App:
    """The app inside, INNER_APP."""
    app: App = pkgutil.resolve_name(os.environ["INNER_APP"])()

    async def thawed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # after all was frozen that there was
            gc.unfreeze()
        await app(scope, receive, send)

    return thawed
