"""Serve the app: `python -m fastapi_app --help`."""

import sys

from shared.command_line import main

if __name__ == "__main__":
    sys.exit(main("fastapi_app:create_app"))
