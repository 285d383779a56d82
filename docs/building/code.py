"""Code as HTML: regions alone, in pairs, and whole files with a number to each line."""

import re
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import TextLexer, get_lexer_for_filename
from pygments.util import ClassNotFound

from docs.building.regions import Region

FRAMEWORKS = {"quart": "Quart", "fastapi": "FastAPI"}


@dataclass(frozen=True)
class Shown:
    """A region, where it can be read in its file, and what to say below it."""

    region: Region
    url: str
    note: str = ""


def single(shown: Shown) -> str:
    """A region under a link to where it is in its file."""
    return f'<figure class="code">{_figure(shown)}</figure>\n'


def pair(columns: dict[str, Shown | str], number: int) -> str:
    """Regions of both frameworks: columns, or tabs where there is no room for them.

    A text stands where one of them has no region.
    """
    choices, figures = "", ""
    for framework, column in columns.items():
        key, name = f"pair-{number}-{framework}", FRAMEWORKS[framework]
        checked = "" if choices else " checked"
        choices += (
            f'<input type="radio" name="pair-{number}" id="{key}"'
            f' data-shows="{framework}"{checked}><label for="{key}">{name}</label>'
        )
        inside = f"<p>{column}</p>" if isinstance(column, str) else _figure(column)
        figures += (
            f'<figure class="code" data-framework="{framework}">'
            f'<strong class="framework">{name}</strong>{inside}</figure>'
        )
    return (
        '<div class="pair"><fieldset class="choices"><legend>Which code to show'
        f"</legend>{choices}</fieldset>{figures}</div>\n"
    )


def numbered(file: str, text: str) -> str:
    """A whole file, each line with its number and an anchor such as `L30`."""
    lines = "\n".join(
        f'<span id="L{number}"><a href="#L{number}" data-line="{number}"'
        f' aria-label="Line {number}"></a>{line}</span>'
        for number, line in enumerate(_lines(file, text), 1)
    )
    return _pre(lines, escape(file), "highlight numbered")


def _figure(shown: Shown) -> str:
    region = shown.region
    name = f" {escape(region.name)}" if region.name else ""
    lines = "\n".join(_lines(region.file, region.text))
    return (
        f'<figcaption><a href="{shown.url}">{escape(region.file)}</a>{name}'
        f"</figcaption>{_pre(lines, f'{region.file}{name}', 'highlight')}{shown.note}"
    )


def _pre(lines: str, label: str, kind: str) -> str:
    # It can be scrolled sideways, by keyboard too.
    return (
        f'<div class="{kind}"><pre tabindex="0" role="region"'
        f' aria-label="{label}"><code>{lines}\n</code></pre></div>\n'
    )


def _lines(file: str, text: str) -> list[str]:
    try:
        lexer = get_lexer_for_filename(PurePosixPath(file).name, stripnl=False)
    except ClassNotFound:
        lexer = TextLexer(stripnl=False)
    html: str = highlight(text, lexer, HtmlFormatter(nowrap=True))
    # The check of links would take brackets for a link's.
    return re.sub(r"\[", "&#91;", html).removesuffix("\n").split("\n")
