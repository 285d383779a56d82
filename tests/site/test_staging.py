"""Pages are staged whole, or the build says in a sentence what is wrong with them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from docs.building.errors import SiteError
from docs.building.links import Links, Where
from docs.building.regions import cut
from docs.building.staging import ICON, Stage

SOURCE = '''\
SIZE = 1


class Seat:
    """A seat."""

    count: int = 0

    @property
    def open(self) -> bool:
        """Whether it is."""
        def inner():
            return "[x](y)"
        return True


def twice(): ...
def twice(): ...
'''

Write = Callable[[str, str], None]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes files of a small repository."""

    def write(file: str, text: str) -> None:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text, "utf-8")

    write(
        "docs/zensical.toml",
        'project.nav = ["getting-started.md", "contributing.md",'
        ' "changelog.md", { "A" = ["a.md"] }]',
    )
    write("README.md", "# T\nWhy.\n\n## Run\nHow: [code](app.py#L2).\n")
    for name in ("CONTRIBUTING.md", "CHANGELOG.md"):
        write(name, "# Text\n")
    write("docs/getting-started.md", '<!-- site: include README.md from "Run" -->\n')
    write("docs/a.md", "# A\n")
    write("docs/images/x.png", "")
    write("docs/assets/site.css", "")
    write(ICON, "")
    write("app.py", SOURCE)
    return write


def _staged(root: Path) -> Path:
    target = root / "staged"
    Stage(root, target).fill()
    return target


def _fault(root: Path) -> str:
    with pytest.raises(SiteError) as raised:
        _staged(root)
    return str(raised.value)


@pytest.mark.parametrize(
    ("name", "first", "begins", "ends"),
    [
        ("SIZE", 1, "SIZE = 1", "SIZE = 1"),
        ("Seat.count", 7, "count: int = 0", "count: int = 0"),
        ("Seat.open", 9, "@property", "    return True"),
        ("Seat.open.inner", 12, "def inner():", '    return "[x](y)"'),
    ],
)
def test_a_region_is_cut_by_its_name(
    tmp_path: Path, write: Write, name: str, first: int, begins: str, ends: str
) -> None:
    """With its decorators, moved to the left, and with the line it begins at."""
    region = cut(tmp_path, f"app.py::{name}")
    lines = region.text.splitlines()
    assert (region.first, lines[0], lines[-1]) == (first, begins, ends)


@pytest.mark.parametrize(
    ("directive", "told"),
    [
        ("code app.py::Gone", "docs/a.md: app.py defines Gone 0 times, not once"),
        ("code app.py::twice", "app.py defines twice 2 times"),
        ("code gone.py::Seat", "there is no file gone.py"),
        ("pair app.py::Seat", "docs/a.md: `site: pair app.py::Seat`"),
        ("pairs app.py", "docs/a.md says `site: pairs`, which is none of"),
        ("lesson none", "docs/a.md: there is no lesson none; there are silent-start"),
        ("picture none", "docs/a.md: there is no picture"),
        ('include README.md from "Gone"', "README.md has no heading `## Gone`"),
    ],
)
def test_what_a_page_names_must_be_there(
    tmp_path: Path, write: Write, directive: str, told: str
) -> None:
    """A region that vanished, or any other slip, fails the build in a sentence."""
    write("docs/a.md", f"# A\n\n<!-- site: {directive} -->\n")
    assert told in _fault(tmp_path)


def test_a_link_to_nothing_fails_the_build(tmp_path: Path, write: Write) -> None:
    """It names the document and the link."""
    write("docs/a.md", "# A\n\n[x](../gone.py)\n")
    assert _fault(tmp_path) == "docs/a.md links ../gone.py, but there is no such file."


def test_every_page_has_a_place_in_the_navigation(tmp_path: Path, write: Write) -> None:
    """A page that was forgotten there could not be found."""
    write("docs/new.md", "# New\n")
    assert "new.md: give it a line in the navigation" in _fault(tmp_path)


def test_the_navigation_names_no_page_that_there_is_not(
    tmp_path: Path, write: Write
) -> None:
    """There are no empty pages."""
    (tmp_path / "docs" / "a.md").unlink()
    assert "has a place for a.md, but there is no such page" in _fault(tmp_path)


def test_linked_files_become_pages(tmp_path: Path, write: Write) -> None:
    """Each line of a linked file can be linked; what nobody links is left out."""
    write("other.py", "")
    staged = _staged(tmp_path)
    assert "(source/app.py.md#L2)" in (staged / "getting-started.md").read_text()
    assert 'id="L12"' in (staged / "source" / "app.py.md").read_text()
    assert [each.name for each in (staged / "source").iterdir()] == ["app.py.md"]


def test_a_linked_folder_lists_its_files(tmp_path: Path, write: Write) -> None:
    """And shows each of them."""
    write("part/one.py", "ONE = 1\n")
    write("docs/a.md", "# A\n\n[x](../part)\n")
    staged = _staged(tmp_path)
    assert "(source/part/index.md)" in (staged / "a.md").read_text()
    assert "(one.py.md)" in (staged / "source" / "part" / "index.md").read_text()
    assert "ONE" in (staged / "source" / "part" / "one.py.md").read_text()


def test_a_pair_shows_both_with_a_choice_of_one(tmp_path: Path, write: Write) -> None:
    """Two figures, and two radio buttons for where only one has room."""
    write("docs/a.md", "# A\n\n<!-- site: pair app.py::Seat app.py::SIZE -->\n")
    text = (_staged(tmp_path) / "a.md").read_text()
    assert text.count("<figure") == text.count('<input type="radio"') == 2
    assert text.count(" checked>") == 1
    assert 'href="source/app.py.html#L4"' in text


@pytest.mark.parametrize(
    ("text", "rewritten"),
    [
        ("[x](b.md#c)", "[x](b.md#c)"),
        ("[x](../README.md)", "[x](getting-started.md)"),
        ("[`x[0]`](../app.py)", "[`x[0]`](source/app.py.md)"),
        ("[x](https://example.org/a#b)", "[x](https://example.org/a#b)"),
        ("[x](#here)", "[x](#here)"),
        ("`[x](../gone)`", "`[x](../gone)`"),
        ("```\n[x](../gone)\n```", "```\n[x](../gone)\n```"),
        ("![x](images/x.png)", "![x](images/x.png)"),
        ('## <a id="x"></a>A `b`', "## A `b` {#x}"),
        ('```\n# <a id="x"></a>A\n```', '```\n# <a id="x"></a>A\n```'),
    ],
)
def test_links_are_rewritten(
    tmp_path: Path, write: Write, text: str, rewritten: str
) -> None:
    """From where a file is in the repository to where it is on the site."""
    write("docs/b.md", "# B\n")
    assert (
        Links(tmp_path).rewritten(text, Where("docs/a.md"), Where("a.md")) == rewritten
    )


def test_what_cannot_be_shown_is_not_linked(tmp_path: Path, write: Write) -> None:
    """A file that is no text fails the build in a sentence."""
    (tmp_path / "data.bin").write_bytes(b"\xff\x00")
    write("docs/a.md", "# A\n\n[x](../data.bin)\n")
    assert "data.bin is linked, but is no text" in _fault(tmp_path)
