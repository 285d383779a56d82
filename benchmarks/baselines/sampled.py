"""An app that tells where its CPU time goes: INNER_APP, looked at as it runs.

A signal comes after each few milliseconds of CPU time. `faulthandler` writes the stack
down at once; a handler in Python would run only at the next line of Python, which is
somebody else's after the event loop's own work. The price is that a stack may be read
while it changes, which now and then ends the process.
"""

import faulthandler
import json
import os
import pkgutil
import re
import signal
import tempfile
from collections import Counter
from functools import lru_cache

from benchmarks.machine import ROOT
from shared.asgi import App, Receive, Scope, Send, respond

PATH = "/where-time-went"
"""What tells it, and begins anew."""

_SECONDS = 0.001
_STACK = "(most recent call first):\n"
_FILE = re.compile(r'^  File "(.*)", line', re.MULTILINE)
_PACKAGES = {
    "framework": ("fastapi", "starlette", "quart", "quart_schema", "werkzeug"),
    "server": ("uvicorn", "websockets"),
}
_FOLDERS = {"core": ("shared",), "framework": ("fastapi_app", "quart_app")}
_OF_SERVERS = ("server_sockets.py", "serving.py")
"""What writes to the sockets; it only stands beside the core."""


def parts(stacks: str) -> Counter[str]:
    """How often each part was the innermost one, in what `faulthandler` wrote.

    So what the standard library does for the core is the core's own.
    """
    found: Counter[str] = Counter()
    for stack in stacks.split(_STACK)[1:]:
        known = filter(None, map(_part_of, _FILE.findall(stack)))
        found[next(known, "rest")] += 1
    return found


@lru_cache(None)
def _part_of(file: str) -> str | None:
    if file.endswith(_OF_SERVERS):
        return "server"
    _, package, inside = file.rpartition("/site-packages/")
    places = _PACKAGES if package else _FOLDERS
    top = (inside if package else file.removeprefix(f"{ROOT}/")).partition("/")[0]
    return next((part for part, names in places.items() if top in names), None)


def create_app() -> App:
    """The app inside, sampled from now on."""
    app: App = pkgutil.resolve_name(os.environ["INNER_APP"])()
    seen = tempfile.TemporaryFile("w+")  # noqa: SIM115 -- open as long as the process
    faulthandler.register(signal.SIGPROF, seen, all_threads=False)
    signal.setitimer(signal.ITIMER_PROF, _SECONDS, _SECONDS)

    async def sampled(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await app(scope, receive, send)
            return
        seen.seek(0)
        body = json.dumps(parts(seen.read())).encode()
        seen.seek(0)
        seen.truncate()
        await respond(scope, send, 200, [], body)

    return sampled
