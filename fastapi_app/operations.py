"""What operators and browsers ask for."""

from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from fastapi.responses import HTMLResponse, JSONResponse

from fastapi_app.dependencies import get_core
from shared import web
from shared.chat.asyncapi import document
from shared.core import Core
from shared.metrics import CONTENT_TYPE, exposition
from shared.openapi import PROBLEMS, Health, Ready

router = APIRouter(tags=["operations"], responses=PROBLEMS)

_VERSION = version("fastapi")


@router.get("/healthz")
async def healthz() -> Health:
    """Whether the process lives."""
    return Health(status="ok", framework="fastapi", version=_VERSION)


@router.get("/readyz")
async def readyz(core: Annotated[Core, Depends(get_core)]) -> Ready:
    """Whether it can do its work."""
    await core.chat.ready()
    return Ready(status="ready")


@router.get("/metrics", include_in_schema=False)
async def metrics() -> Response:
    """Metrics for Prometheus."""
    return Response(exposition(), media_type=CONTENT_TYPE)


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
    columns = core.settings.columns
    policy = {"Content-Security-Policy": web.page_policy(columns)}
    return HTMLResponse(web.page(columns), headers=policy)
