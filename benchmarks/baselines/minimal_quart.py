"""Quart's minimal handler: a constant, of the size of a weather report."""

import os

from quart import Quart, Response


def create_app() -> Quart:
    """One route that answers with BODY_BYTES bytes of JSON."""
    app = Quart(__name__)
    body = b'"' + b"x" * (int(os.environ["BODY_BYTES"]) - 2) + b'"'

    @app.get("/")
    async def constant() -> Response:
        return Response(body, content_type="application/json")

    return app
