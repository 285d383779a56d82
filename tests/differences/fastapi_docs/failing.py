"""An app whose start fails, such as one whose database is not there."""

from contextlib import asynccontextmanager

from fastapi import FastAPI


@asynccontextmanager
async def lifespan(app: FastAPI):
    """Fail."""
    raise RuntimeError("no database")
    yield


app = FastAPI(lifespan=lifespan)
