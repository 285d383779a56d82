"""Tandem in FastAPI: `create_app` is what a server is given, as a factory."""

from fastapi_app.app import create_app

__all__ = ["create_app"]
