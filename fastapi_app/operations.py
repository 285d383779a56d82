"""What operators and browsers ask for."""

from typing import Annotated

import fastapi
from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from fastapi_app.dependencies import get_core
from shared import web
from shared.chat.asyncapi import document
from shared.core import Core
from shared.openapi import PROBLEMS, Health, Ready

router = APIRouter(tags=["operations"], responses=PROBLEMS)


@router.get("/healthz")
async def healthz() -> Health:
    """Whether the process lives."""
    return Health(status="ok", framework="fastapi", version=fastapi.__version__)


@router.get("/readyz")
async def readyz(core: Annotated[Core, Depends(get_core)]) -> Ready:
    """Whether it can do its work."""
    await core.chat.ready()
    return Ready(status="ready")


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Metrics for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.get("/asyncapi.json", include_in_schema=False)
async def asyncapi() -> Response:
    """The chat socket's AsyncAPI document."""
    return JSONResponse(document())


@router.get("/docs", include_in_schema=False)
async def docs() -> Response:
    """The API reference."""
    return HTMLResponse(
        web.docs(), headers={"Content-Security-Policy": web.DOCS_POLICY}
    )


@router.get("/", include_in_schema=False)
async def page(core: Annotated[Core, Depends(get_core)]) -> Response:
    """The page: both frameworks side by side."""
    html = web.page(core.settings.columns)
    return HTMLResponse(html, headers={"Content-Security-Policy": web.PAGE_POLICY})
