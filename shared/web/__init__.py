"""The page and the API reference: plain HTML, CSS and JS modules, no build step."""

from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
"""What is served under /static."""

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self' ws: wss: http: https:; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the page: it connects to the apps of its columns."""

DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The Content-Security-Policy of the API reference: Swagger UI writes styles inline."""


def page(columns: tuple[str, ...]) -> str:
    """The page; each column is the base URL of an app, none means its own server."""
    html = (FOLDER / "index.html").read_text("utf-8")
    return html.replace("{{columns}}", escape(" ".join(columns)))


def docs() -> str:
    """The API reference, without anything from another host."""
    return (FOLDER / "docs.html").read_text("utf-8")
