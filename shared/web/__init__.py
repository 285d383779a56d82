"""The page and the API reference: plain HTML, CSS and JS modules, no build step."""

from html import escape
from pathlib import Path
from urllib.parse import urlsplit

FOLDER = Path(__file__).parent / "static"
"""What is served under /static."""

_STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
)

DOCS_POLICY = f"{_STRICT} connect-src 'self'"
"""The Content-Security-Policy of the API reference."""


def page_policy(columns: tuple[str, ...]) -> str:
    """The Content-Security-Policy of the page: it connects to the apps that it shows.

    And it makes nothing but text of a text: no script may write HTML.
    """
    apps = [urlsplit(base) for base in columns]
    hosts = [f"{app.scheme}://{app.netloc}" for app in apps]
    sockets = [each.replace("http", "ws", 1) for each in hosts]
    connect = " ".join(["'self'", *hosts, *sockets])
    return f"{_STRICT} connect-src {connect}; require-trusted-types-for 'script'"


def page(columns: tuple[str, ...]) -> str:
    """The page; each column is the base URL of an app, none means its own server."""
    html = (FOLDER / "index.html").read_text("utf-8")
    return html.replace("{{columns}}", escape(" ".join(columns)))


def docs() -> str:
    """The API reference, without anything from another host."""
    return (FOLDER / "docs.html").read_text("utf-8")
