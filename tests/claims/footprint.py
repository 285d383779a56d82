"""What the installed packages say of themselves, counted and not typed."""

import ast
import importlib.util
from importlib.metadata import metadata
from pathlib import Path

from benchmarks.footprint import packages

TABLE = (
    ("Quart", ("quart",)),
    ("Quart with quart-schema", ("quart", "quart-schema", "pydantic")),
    ("FastAPI", ("fastapi",)),
    (
        "FastAPI with a server, sockets, templates, forms, sessions",
        (
            "fastapi",
            "uvicorn",
            "websockets",
            "jinja2",
            "python-multipart",
            "itsdangerous",
        ),
    ),
)
"""What the guide counts: a name, and the packages that one installs for it. Of the last
all after the first is what Quart brings by itself."""


def brought_along(*asked: str) -> set[str]:
    """All packages that one has after installing these, but for the first of them."""
    return packages(asked) - {asked[0]}


def extras(package: str) -> set[str]:
    """The names of a package's extras."""
    return set(metadata(package).get_all("Provides-Extra") or [])


def modules_that_import(module: str, package: str) -> list[str]:
    """The modules of a package that import another one by its name."""
    spec = importlib.util.find_spec(package)
    assert spec
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    return sorted(
        file.relative_to(folder).as_posix()
        for file in folder.rglob("*.py")
        if module in _imported(file)
    )


def loops_table() -> str:
    """The guide's table of which event loops the code of each is written for."""
    rows = [
        "| Package | Modules that import asyncio | Modules that import AnyIO |\n",
        "| --- | --- | --- |\n",
    ]
    for package in ("quart", "fastapi", "starlette"):
        asyncio = len(modules_that_import("asyncio", package))
        anyio = len(modules_that_import("anyio", package))
        rows.append(f"| {package} | {asyncio} | {anyio} |\n")
    return "".join(rows)


def footprint_table() -> str:
    """The guide's table of what each brings along."""
    rows = [
        "| Installed | Version | Packages it brings | Oldest Python | Calls itself |\n",
        "| --- | --- | --- | --- | --- |\n",
    ]
    for name, asked in TABLE:
        about = metadata(asked[0])
        status = next(
            each.rpartition(" - ")[2]
            for each in about.get_all("Classifier") or []
            if each.startswith("Development Status")
        )
        rows.append(
            f"| {name} | {about['Version']} | {len(brought_along(*asked))}"
            f" | {about['Requires-Python'].removeprefix('>=')} | {status} |\n"
        )
    return "".join(rows)


def _imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.Import():
                names |= {alias.name.partition(".")[0] for alias in node.names}
            case ast.ImportFrom(module=str(module), level=0):
                names.add(module.partition(".")[0])
    return names
