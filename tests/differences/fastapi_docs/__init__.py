"""FastAPI as its documentation shows it (fastapi.tiangolo.com, starlette.dev)."""
