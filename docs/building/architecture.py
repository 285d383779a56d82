"""The picture of the architecture, drawn from the imports that the code really has."""

import ast
import textwrap
from collections.abc import Iterator, Set
from dataclasses import dataclass
from fnmatch import fnmatchcase
from html import escape
from pathlib import Path

from docs.building.errors import SiteError

_WIDTH, _HEIGHT = 980, 776
_LINE = 16
_CHARACTER = 7.3


@dataclass(frozen=True)
class Box:
    """A part of the house: which modules are in it, and where it is drawn."""

    title: str
    patterns: tuple[str, ...]
    x: int
    y: int
    width: int
    height: int
    part: str = ""


BOXES = {
    "quart": Box("quart_app", ("quart_app*",), 255, 20, 230, 136, "apps"),
    "fastapi": Box("fastapi_app", ("fastapi_app*",), 495, 20, 230, 136, "apps"),
    "core": Box("Core", ("shared.core",), 400, 205, 180, 50),
    "journals": Box(
        "Journals",
        ("*.memory_journal", "*.sqlite_*", "*.redis_*", "*.process_lock"),
        *(110, 510, 330, 150),
    ),
    "chat ports": Box(
        "Ports",
        ("*.chat.journal", "*.chat.presence", "*.chat.tail"),
        *(110, 415, 330, 50),
    ),
    "sources": Box(
        "Sources",
        ("*.open_meteo", "*.weather.wire", "*.stand_in", "*.gazetteer"),
        *(540, 510, 330, 150),
    ),
    "weather port": Box("Port", ("*.weather.source",), 540, 415, 330, 50),
    "words": Box(
        "What all of it uses",
        (
            "*.chat.frames",
            "*.chat.asyncapi",
            "*.weather.report",
            "shared.asgi",
            "shared.errors",
            "shared.journal_url",
            "shared.logs",
            "shared.metrics",
            "shared.openapi",
            "shared.setting*",
            "shared.validation",
            "shared.web",
            "shared.worker_slot",
        ),
        *(20, 690, 940, 66),
    ),
    "chat": Box("Chat", ("shared.chat.*",), 110, 300, 330, 70),
    "weather": Box("Weather", ("shared.weather.*",), 540, 300, 330, 70),
    "serving": Box(
        "Serving",
        (
            "shared.__main__",
            "shared.command_line",
            "shared.*serving",
            "shared.server_sockets",
            "shared.token",
            "shared.worker*",
        ),
        *(20, 20, 190, 136),
    ),
    "middleware": Box("Middleware", ("shared.*",), 770, 20, 190, 136),
}
"""A module is in the first box that fits it."""

ARROWS = {
    ("apps", "serving"): "M245 60 H210",
    ("serving", "apps"): "M210 100 H245",
    ("apps", "middleware"): "M735 80 H770",
    ("apps", "core"): "M490 166 V205",
    ("apps", "chat"): "M300 166 V300",
    ("apps", "weather"): "M680 166 V300",
    ("serving", "core"): "M115 156 V230 H400",
    ("serving", "chat"): "M60 156 V335 H110",
    ("core", "chat"): "M420 255 V300",
    ("core", "weather"): "M560 255 V300",
    ("core", "chat ports"): "M460 255 V440 H440",
    ("core", "journals"): "M480 255 V575 H440",
    ("core", "sources"): "M500 255 V575 H540",
    ("core", "weather port"): "M520 255 V440 H540",
    ("chat", "chat ports"): "M275 370 V415",
    ("weather", "weather port"): "M705 370 V415",
    ("journals", "chat ports"): "M275 510 V465",
}
"""Which part imports from which, but for what all of it uses, and the arrow's way."""


def picture(root: Path) -> str:
    """The picture as SVG. Raises SiteError."""
    modules = _modules(root)
    boxes = {module: _box_of(module) for module in modules}
    parts = {module: BOXES[key].part or key for module, key in boxes.items()}
    found = {
        (parts[module], parts[imported])
        for module, path in modules.items()
        for imported in _imports(path, modules.keys())
        if parts[module] != parts[imported] and parts[imported] != "words"
    }
    for source, target in sorted(found - ARROWS.keys()):
        raise SiteError(
            f"{source} imports from {target} now: draw that arrow in"
            " docs/building/architecture.py, or do not import."
        )
    for source, target in sorted(ARROWS.keys() - found):
        raise SiteError(
            f"{source} imports nothing from {target} any more: take that arrow out of"
            " docs/building/architecture.py."
        )
    return "".join(_drawn(boxes))


def _drawn(boxes: dict[str, str]) -> Iterator[str]:
    yield (
        '<div class="drawing" tabindex="0" role="region"'
        ' aria-label="The parts of Tandem">'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img"'
        ' aria-labelledby="house-title"><title id="house-title">The parts of Tandem;'
        " an arrow means that one imports from the other</title>"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7"'
        ' markerHeight="7" orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z"/>'
        "</marker></defs>"
    )
    yield '<rect class="frame" x="245" y="10" width="490" height="156" rx="8"/>'
    for way in ARROWS.values():
        yield f'<path class="arrow" d="{way}" marker-end="url(#tip)"/>'
    for key, box in BOXES.items():
        yield (
            f'<rect class="box" data-box="{key}" x="{box.x}" y="{box.y}"'
            f' width="{box.width}" height="{box.height}" rx="6"/>'
            f'<text class="title" x="{box.x + 12}" y="{box.y + 22}">'
            f"{escape(box.title)}</text>"
        )
        inside = [each for each, its in boxes.items() if its == key]
        names = ", ".join(each.rpartition(".")[2] for each in inside if "." in each)
        lines = textwrap.wrap(names, int((box.width - 24) / _CHARACTER))
        if (needed := 32 + len(lines) * _LINE) > box.height:
            raise SiteError(
                f"the names in the box {key} need a height of {needed}: give it room in"
                " docs/building/architecture.py."
            )
        for number, line in enumerate(lines, 1):
            y = box.y + 24 + number * _LINE
            yield f'<text class="names" x="{box.x + 12}" y="{y}">{line}</text>'
    yield "</svg></div>\n"


def _modules(root: Path) -> dict[str, Path]:
    """All modules of the core and the apps by name; packages without code are none."""
    found = {}
    for package in ("shared", "quart_app", "fastapi_app"):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            has_code = len(ast.parse(path.read_text("utf-8")).body) > 1
            if parts[-1] != "__init__" or has_code:
                found[".".join(parts).removesuffix(".__init__")] = path
    return found


def _box_of(module: str) -> str:
    return next(
        key
        for key, box in BOXES.items()
        if any(fnmatchcase(module, pattern) for pattern in box.patterns)
    )


def _imports(path: Path, modules: Set[str]) -> Iterator[str]:
    """The modules of ours that a module imports, wherever it does."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.ImportFrom(module=str(package), names=names):
                for name in names:
                    module = f"{package}.{name.name}"
                    yield from {module if module in modules else package} & modules
            case ast.Import(names=names):
                yield from {name.name for name in names} & modules
