"""Serve the app: `python -m quart_app --help`."""

import sys

from shared.command_line import main

if __name__ == "__main__":
    sys.exit(main("quart_app:create_app"))
