"""FastAPI's minimal handlers: a constant as long as a report, and a relay."""

import os
from contextlib import suppress

from fastapi import FastAPI, Response, WebSocket, WebSocketDisconnect

from benchmarks.load.http import constant


def create_app() -> FastAPI:
    """Answers with BODY_BYTES bytes of JSON, and sends each frame on to all sockets."""
    app = FastAPI(
        openapi_url=None,  # its four routes would be tried first
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    body = constant(int(os.environ["BODY_BYTES"]))
    sockets: set[WebSocket] = set()

    @app.get("/")
    async def answer() -> Response:
        return Response(body, media_type="application/json")

    # One loop over all sockets, as the chat of FastAPI's documentation has it.
    @app.websocket("/")
    async def relay(websocket: WebSocket) -> None:
        await websocket.accept()
        sockets.add(websocket)
        await websocket.send_text("{}")
        with suppress(WebSocketDisconnect):
            while True:
                text = await websocket.receive_text()
                for each in tuple(sockets):
                    with suppress(WebSocketDisconnect, RuntimeError):
                        await each.send_text(text)
        sockets.discard(websocket)

    return app
