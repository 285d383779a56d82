"""An app whose process is told to stop while the app is being made."""

import os
import signal
import sys

from fastapi import FastAPI

import fastapi_app
from shared.command_line import main


def create_app() -> FastAPI:
    """The app, too late."""
    os.kill(os.getpid(), signal.SIGTERM)
    return fastapi_app.create_app()


if __name__ == "__main__":
    sys.exit(main("tests.core.stopped_early:create_app"))
