"""The browser: the system's Chromium."""

import shutil

ARGUMENTS = ["--disable-gpu", "--disable-quic", "--disable-sync", "--no-first-run"]

_NAMES = ("chromium", "chromium-browser", "google-chrome")

NO_BROWSER = (
    f"No browser was found (looked for {', '.join(_NAMES)} on the PATH): install"
    " Chromium with your system's packages, such as `apt-get install chromium`."
)


def find_browser() -> str | None:
    """Its path, or None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)
