"""The site, built anew and served."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from docs.building.build import build
from tests.browser.demo import ROOT
from tests.contract.cells import HOST


class _Quiet(SimpleHTTPRequestHandler):
    """A server of files that does not log."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def served_site(folder: Path) -> Iterator[str]:
    """The base URL of the site, which is built into a folder."""
    html = build(ROOT, folder / "site")
    with ThreadingHTTPServer((HOST, 0), partial(_Quiet, directory=html)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}"
        server.shutdown()
