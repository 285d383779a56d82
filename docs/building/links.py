"""Where the documents' links lead on the site."""

import os
import re
from pathlib import Path, PurePosixPath

from docs.building.errors import SiteError

Where = PurePosixPath
"""A file of the repository or a page of the site, from the root of either."""

ROOT_PAGES = {
    Where("README.md"): Where("getting-started.md"),
    Where("CONTRIBUTING.md"): Where("contributing.md"),
    Where("CHANGELOG.md"): Where("changelog.md"),
}
"""The pages of the documents that are not in `docs/`."""

_PICTURES = Where("docs/images")
_FENCE = r"^ *```.*?^ *```$"
_ANCHOR = re.compile(
    rf'({_FENCE})|^(#+ )<a id="([^"]+)"></a>(.*?)$', re.DOTALL | re.MULTILINE
)
_CODE = re.compile(rf"({_FENCE}|`+[^`\n]+`+)", re.DOTALL | re.MULTILINE)
_TARGET = re.compile(r"(?<=\]\()[^)\s]+(?=\))")


class Links:
    """The way from documents to pages; it remembers which other files are linked."""

    def __init__(self, root: Path) -> None:
        self.linked: list[Where] = []
        self._root = root

    def rewritten(self, text: str, origin: Where, page: Where) -> str:
        """A document's text, its links as they are on a page. Raises SiteError."""
        parts = _CODE.split(_ANCHOR.sub(_with_identifier, text))
        for number in range(0, len(parts), 2):  # what is between is code
            parts[number] = _TARGET.sub(
                lambda found: self.from_document(found[0], origin, page), parts[number]
            )
        return "".join(parts)

    def from_document(self, target: str, origin: Where, page: Where) -> str:
        """A link's target, as it is on a page. Raises SiteError."""
        path, hash_, fragment = target.partition("#")
        if not path or ":" in path:
            return target
        file = Where(os.path.normpath(origin.parent / path))
        if not (self._root / file).exists():
            raise SiteError(f"{origin} links {target}, but there is no such file.")
        return relative(self.place(file), page) + hash_ + fragment

    def place(self, file: Where) -> Where:
        """Where on the site a file is: a page, a picture, or its source shown."""
        if file in ROOT_PAGES:
            return ROOT_PAGES[file]
        if file.is_relative_to(_PICTURES) or (
            file.is_relative_to("docs") and file.suffix == ".md"
        ):
            return file.relative_to("docs")
        if file not in self.linked:
            self.linked.append(file)
        shown = Where("source") / file
        return shown / "index.md" if (self._root / file).is_dir() else _with_md(shown)


def relative(target: Where, page: Where) -> str:
    """The way from a page to something else on the site."""
    return Where(os.path.relpath(target, page.parent)).as_posix()


def _with_identifier(found: re.Match[str]) -> str:
    """A heading with its anchor as GitHub knows it, in the way that Zensical does."""
    code, level, anchor, title = found.groups()
    return code or f"{level}{title} {{#{anchor}}}"


def _with_md(path: Where) -> Where:
    return path.with_name(f"{path.name}.md")
