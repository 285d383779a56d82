"""FastAPI's minimal handler: a constant, of the size of a weather report."""

import os

from fastapi import FastAPI, Response


def create_app() -> FastAPI:
    """One route that answers with BODY_BYTES bytes of JSON."""
    app = FastAPI()
    body = b'"' + b"x" * (int(os.environ["BODY_BYTES"]) - 2) + b'"'

    @app.get("/")
    async def constant() -> Response:
        return Response(body, media_type="application/json")

    return app
