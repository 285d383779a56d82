"""What is measured: our apps, the layers below them, and what else one might pick."""

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.machine import ROOT

BODY_BYTES = 500
"""The constant of minimal handlers: about as long as a report."""

TEXT = "x" * 64
"""What chat members say."""

WELCOME, MESSAGE = '{"type":"welcome"', '{"type":"message"'

_FRAME_BYTES = 187
"""About as long as the frame that delivers TEXT."""

APP_SETTINGS = {
    "TANDEM_LOG_LEVEL": "warning",
    "TANDEM_MESSAGES_PER_SECOND": "1e9",
    "TANDEM_MESSAGE_BURST": "1000000000",
}
"""No limit of the contract may be what is measured, nor the access log's writing."""


_GOCODE = Path("/usr/share/gocode")
"""Where Debian keeps Go's packages."""

_GO_PACKAGES = {
    "github.com/gorilla/websocket": "golang-github-gorilla-websocket-dev",
    "golang.org/x/text": "golang-golang-x-text-dev",
}


@dataclass(frozen=True)
class Chat:
    """How a subject's chat is spoken to: the contract's way, or a relay's."""

    path: str = "/chat?room={room}"
    message: str = f'{{"text":"{TEXT}"}}'
    welcome: str = WELCOME
    marker: str = MESSAGE
    content: str = TEXT


NULL = "null"
"""The server that does nothing."""

RELAY = Chat("/", "x" * _FRAME_BYTES, "{}", "x", "x" * _FRAME_BYTES)


@dataclass(frozen=True)
class Build:
    """What makes a subject's program, in the project's folder."""

    command: list[str]
    environment: Mapping[str, str]


@dataclass(frozen=True)
class Subject:
    """A server to start: `command` is told its port.

    `app` says whether it is one of the two that all this is about; of the others a rate
    that the generator limits is a lower bound.
    """

    name: str
    command: Callable[[int], list[str]]
    environment: Mapping[str, str] = field(default_factory=dict)
    app: bool = False
    constant: bool = False
    chat: Chat = field(default_factory=Chat)
    missing: str | None = None
    build: Build | None = None

    @property
    def probe(self) -> str:
        """What it answers with 200 as soon as it can do its work."""
        return "/" if self.constant else "/weather/Paris"


def subject(name: str) -> Subject:
    """The subject of that name; `name#2` is the same once more."""
    return replace(_SUBJECTS[name.partition("#")[0]], name=name)


def _app(framework: str, server: str, workers: int = 1) -> Subject:
    def command(port: int) -> list[str]:
        options = ["--server", server, "--port", str(port)]
        options += ["--workers", str(workers)] if workers > 1 else []
        return [sys.executable, "-m", f"{framework}_app", *options]

    name = f"{framework}@{server}" + (f"*{workers}" if workers > 1 else "")
    return Subject(name, command, APP_SETTINGS, app=True)


def _asgi(name: str, module: str, server: str, *, constant: bool = False) -> Subject:
    target = f"benchmarks.baselines.{module}:create_app"

    def command(port: int) -> list[str]:
        return [sys.executable, "-m", "benchmarks.baselines", target, server, f"{port}"]

    environment = APP_SETTINGS | {"BODY_BYTES": str(BODY_BYTES)}
    chat = RELAY if constant else Chat()
    return Subject(name, command, environment, constant=constant, chat=chat)


def _changed(framework: str, how: str) -> Subject:
    made = _asgi(f"{how}-{framework}@uvicorn", how, "uvicorn")
    inside = {"INNER_APP": f"{framework}_app:create_app"}
    return replace(made, environment={**made.environment, **inside})


def _module(name: str, module: str) -> Subject:
    def command(port: int) -> list[str]:
        return [sys.executable, "-m", module, str(port)]

    environment = {"BODY_BYTES": str(BODY_BYTES)}
    return Subject(name, command, environment, constant=True, chat=RELAY)


def _flask() -> Subject:
    def command(port: int) -> list[str]:
        options = [
            "--worker-class",
            "gthread",
            "--threads",
            "64",
            "--no-control-socket",
        ]
        options += ["--bind", f"127.0.0.1:{port}", "--keep-alive", "60"]
        app = "benchmarks.baselines.weather_flask:create_app()"
        return [sys.executable, "-m", "gunicorn", *options, app]

    return Subject("flask@gunicorn", command, APP_SETTINGS)


def _node() -> Subject:
    def command(port: int) -> list[str]:
        return ["node", str(ROOT / "benchmarks/baselines/node/server.mjs"), str(port)]

    missing = None if shutil.which("node") else "there is no `node` on the PATH"
    return Subject("node", command, chat=RELAY, missing=missing)


def _go() -> Subject:
    binary = ROOT / "reports" / "benchmarks" / "go-server"
    command = ["go", "build", "-o", str(binary), "./benchmarks/baselines/go"]
    return Subject(
        "go",
        lambda port: [str(binary), str(port)],
        {"GOMAXPROCS": "1"},  # one core, as all the others
        chat=RELAY,
        missing=_missing_for_go(),
        build=Build(command, {"GO111MODULE": "off", "GOPATH": str(_GOCODE)}),
    )


def _missing_for_go() -> str | None:
    if not shutil.which("go"):
        return "there is no `go` on the PATH"
    for package, debian in _GO_PACKAGES.items():
        if not (_GOCODE / "src" / package).is_dir():
            return f"the package {debian} is not installed"
    return None


def _all() -> list[Subject]:
    found = [
        _flask(),
        _node(),
        _go(),
        _module("broadcast", "benchmarks.baselines.broadcast"),
        _module(NULL, "benchmarks.load.null"),
        _asgi("starlette@uvicorn", "weather_starlette", "uvicorn"),
    ]
    for how in ("slower", "sampled", "thawed"):
        found += [_changed("fastapi", how), _changed("quart", how)]
    for server in ("uvicorn", "hypercorn", "granian"):
        found.append(_asgi(f"bare@{server}", "bare", server))
        for framework in ("fastapi", "quart"):
            found += [_app(framework, server, workers) for workers in (1, 2, 4)]
            name, module = f"minimal-{framework}@{server}", f"minimal_{framework}"
            found.append(_asgi(name, module, server, constant=True))
    return found


_SUBJECTS = {each.name: each for each in _all()}
