"""The pages as Zensical reads them: whole, with the code and the pictures they show."""

import re
import shlex
import shutil
import tomllib
from collections.abc import Callable, Iterator
from inspect import signature
from pathlib import Path
from typing import Any

from docs.building import architecture, code, lessons
from docs.building.code import Shown
from docs.building.errors import SiteError
from docs.building.links import ROOT_PAGES, Links, Where, relative
from docs.building.regions import cut
from tests.lines import page as lines

CONFIG = "zensical.toml"
ICON = "shared/web/static/icon.svg"

_DIRECTIVE = re.compile(r"^<!-- site: (.+) -->$", re.MULTILINE)
_HIDDEN = "---\nsearch:\n  exclude: true\n---\n\n"
"""What is only linked would bury the pages themselves in the search's results."""


class Stage:
    """A folder that fills with pages."""

    def __init__(self, root: Path, target: Path) -> None:
        self._root = root
        self._target = target
        self._links = Links(root)
        self._pairs = 0
        self._directives: dict[str, Callable[..., str]] = {
            "code": self._code,
            "include": self._include,
            "lesson": self._lesson,
            "lines": self._lines,
            "pair": self._pair,
            "picture": self._picture,
        }

    def fill(self) -> None:
        """Write all pages, and all files that they link. Raises SiteError."""
        docs = self._root / "docs"
        pages = {each: Where(each.relative_to(docs)) for each in docs.rglob("*.md")}
        _check_navigation(docs / CONFIG, {*pages.values(), *ROOT_PAGES.values()})
        for path, page in sorted(pages.items()):
            self._write(page, self._page(path, page))
        for document, page in ROOT_PAGES.items():
            if page not in pages.values():
                text = (self._root / document).read_text("utf-8")
                self._write(page, self._links.rewritten(text, document, page))
        for file in self._links.linked:  # it grows: a folder links its files
            self._write(self._links.place(file), self._source(file))
        for folder in ("images", "assets"):
            shutil.copytree(docs / folder, self._target / folder)
        shutil.copy(self._root / ICON, self._target / "assets")

    def _page(self, path: Path, page: Where) -> str:
        document = Where("docs") / page
        texts = _DIRECTIVE.split(path.read_text("utf-8"))
        for number, text in enumerate(texts):
            if number % 2:
                texts[number] = self._expanded(text, document, page)
            else:
                texts[number] = self._links.rewritten(text, document, page)
        return "".join(texts)

    def _expanded(self, directive: str, document: Where, page: Where) -> str:
        name, *arguments = shlex.split(directive)
        if name not in self._directives:
            raise SiteError(
                f"{document} says `site: {name}`, which is none of"
                f" {', '.join(self._directives)}."
            )
        expand = self._directives[name]
        try:
            signature(expand).bind(page, *arguments)
        except TypeError as error:
            raise SiteError(f"{document}: `site: {directive}`: {error}.") from error
        try:
            return expand(page, *arguments)
        except SiteError as error:
            raise SiteError(f"{document}: {error}") from error

    def _include(self, page: Where, file: str, side: str, heading: str) -> str:
        """What is `before` or `from` a heading of another document, but its title."""
        text = (self._root / file).read_text("utf-8").partition("\n")[2]
        before, found, after = text.partition(f"\n## {heading}\n")
        if not found:
            raise SiteError(f"{file} has no heading `## {heading}`.")
        part = before if side == "before" else found + after
        return self._links.rewritten(part, Where(file), page)

    def _code(self, page: Where, reference: str) -> str:
        return code.single(self._cut(page, reference))

    def _pair(self, page: Where, quart: str, fastapi: str) -> str:
        return self._columns(
            {"quart": self._cut(page, quart), "fastapi": self._cut(page, fastapi)}
        )

    def _lesson(self, page: Where, name: str) -> str:
        return lessons.shown(name, lambda each: self._cut(page, each), self._columns)

    def _lines(self, page: Where) -> str:
        """A link to the page that shows which lines a clause needs, made for it."""
        (self._target / page.with_name("lines.html")).write_text(lines.page(), "utf-8")
        return "[Open the page of clauses and lines](lines.html){ .md-button }"

    def _picture(self, _: Where, name: str) -> str:
        if name == "architecture":
            return architecture.picture(self._root)
        drawing = self._root / "docs" / "images" / f"{name}.svg"
        if not drawing.is_file():
            raise SiteError(f"there is no picture docs/images/{name}.svg.")
        # Within the page, so that its colours are the page's, light or dark.
        return f'<div class="drawing" tabindex="0">{drawing.read_text("utf-8")}</div>\n'

    def _columns(self, columns: dict[str, Shown | str]) -> str:
        self._pairs += 1
        return code.pair(columns, self._pairs)

    def _cut(self, page: Where, reference: str) -> Shown:
        region = cut(self._root, reference)
        shown = self._links.place(Where(region.file)).with_suffix(".html")
        return Shown(region, f"{relative(shown, page)}#L{region.first}")

    def _source(self, file: Where) -> str:
        title = f"{_HIDDEN}# `{file}`\n\n"
        path = self._root / file
        if path.is_file():
            return title + code.numbered(str(file), self._text(file))
        page = self._links.place(file)
        names = sorted(each.name for each in path.iterdir() if each.is_file())
        return title + "".join(
            f"- [`{name}`]({relative(self._links.place(file / name), page)})\n"
            for name in names
        )

    def _text(self, file: Where) -> str:
        try:
            return (self._root / file).read_text("utf-8")
        except UnicodeDecodeError as error:
            raise SiteError(
                f"{file} is linked, but is no text that could be shown: put pictures"
                " into docs/images, and link nothing else."
            ) from error

    def _write(self, page: Where, text: str) -> None:
        path = self._target / page
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def _check_navigation(config: Path, pages: set[Where]) -> None:
    named = set(_named(tomllib.loads(config.read_text("utf-8"))["project"]["nav"]))
    if lost := sorted(pages - named):
        raise SiteError(
            f"{', '.join(map(str, lost))}: give it a line in the navigation of"
            f" docs/{CONFIG}."
        )
    if missing := sorted(named - pages):
        raise SiteError(
            f"docs/{CONFIG} has a place for {', '.join(map(str, missing))}, but there"
            " is no such page: write it, or take the line out."
        )


def _named(entries: Any) -> Iterator[Where]:
    for entry in entries:
        for value in entry.values() if isinstance(entry, dict) else [entry]:
            if isinstance(value, str):
                yield Where(value)
            else:
                yield from _named(value)
