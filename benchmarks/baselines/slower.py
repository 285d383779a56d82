"""An app with a slow-down planted: INNER_APP burns BURN_SECONDS more per request."""

import os
import pkgutil
from time import perf_counter

from shared.asgi import App, Receive, Scope, Send


def create_app() -> App:
    """The app inside."""
    app: App = pkgutil.resolve_name(os.environ["INNER_APP"])()
    seconds = float(os.environ["BURN_SECONDS"])

    async def slower(scope: Scope, receive: Receive, send: Send) -> None:
        until = perf_counter() + seconds
        if scope["type"] == "http":
            while perf_counter() < until:
                pass
        await app(scope, receive, send)

    return slower
