"""What operators and browsers ask for."""

from importlib.metadata import version

from quart import Blueprint, Response, jsonify
from quart_schema import hide, tag_blueprint, validate_response

from quart_app.dependencies import get_core
from shared import web
from shared.chat.asyncapi import document
from shared.metrics import CONTENT_TYPE, exposition
from shared.openapi import Health, Ready

blueprint = Blueprint("operations", __name__)
tag_blueprint(blueprint, ["operations"])

_VERSION = version("quart")


@blueprint.get("/healthz")
@validate_response(Health)
async def healthz() -> Health:
    """Whether the process lives."""
    return Health(status="ok", framework="quart", version=_VERSION)


@blueprint.get("/readyz")
@validate_response(Ready)
async def readyz() -> Ready:
    """Whether it can do its work."""
    await get_core().chat.ready()
    return Ready(status="ready")


@blueprint.get("/metrics")
@hide
async def metrics() -> Response:
    """Metrics for Prometheus."""
    return Response(exposition(), content_type=CONTENT_TYPE)


@blueprint.get("/asyncapi.json")
@hide
async def asyncapi() -> Response:
    """The chat socket's AsyncAPI document."""
    return jsonify(document())


@blueprint.get("/docs")
@hide
async def docs() -> Response:
    """The API reference."""
    return Response(web.docs(), headers={"Content-Security-Policy": web.DOCS_POLICY})


@blueprint.get("/")
@hide
async def page() -> Response:
    """The page: both frameworks side by side."""
    columns = get_core().settings.columns
    policy = {"Content-Security-Policy": web.page_policy(columns)}
    return Response(web.page(columns), headers=policy)
