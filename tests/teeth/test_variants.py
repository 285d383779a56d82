"""The variants themselves: each fits the code, and says what must catch it."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.cells import CELLS, ROOT
from tests.teeth.bite import apply, copy_tree
from tests.teeth.variants import BadVariant, Variant, choose, on_one_cell, read
from tests.test_clauses import NUMBERS

VARIANTS = read()

APP = """\
Clause: C-26

What is broken.

--- a/quart_app/chat.py
+++ b/quart_app/chat.py
@@ -1 +1 @@
-x
+y
"""


def _read(folder: Path, text: str) -> Variant:
    (folder / "broken.patch").write_text(text)
    (variant,) = read(folder)
    return variant


def test_there_are_at_least_60() -> None:
    """Of both apps and the core."""
    assert len(VARIANTS) >= 60


def test_every_clause_must_catch_one() -> None:
    """A clause whose tests nothing could break would prove nothing."""
    assert {variant.clause for variant in VARIANTS} == set(NUMBERS)


def test_every_cell_is_used() -> None:
    """And none much more than another."""
    counts = [sum(cell in each.cells for each in VARIANTS) for cell in CELLS]
    assert min(counts) > 0
    assert max(counts) <= 2 * min(counts)


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda each: each.name)
def test_a_variant_fits_the_code(variant: Variant) -> None:
    """It applies, and its reader is told what is broken."""
    apply(variant.patch, ROOT, "--check")
    assert variant.why.endswith(".")
    assert variant.why.isprintable() or "\n" in variant.why


def test_a_variant_breaks_nothing_but_what_it_says(tmp_path: Path) -> None:
    """All of them are Python that names nothing undefined, so that all of them run."""
    for variant in VARIANTS:
        text = variant.patch.read_text("utf-8")
        for line in text.splitlines():
            if line.startswith("+++ b/"):
                name = line.removeprefix("+++ b/")
                copy = tmp_path / variant.name / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                copy.write_bytes((ROOT / name).read_bytes())
        apply(variant.patch, tmp_path / variant.name)
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select=E9,F821,F822"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_a_variant_fits_in_one_place_only(variant: Variant) -> None:
    """Else it would break another one as soon as lines above it come or go."""
    for file, hunks in _hunks(variant.patch.read_text("utf-8")):
        code = f"\n{(ROOT / file).read_text('utf-8')}"
        assert [code.count(f"\n{hunk}") for hunk in hunks] == [1] * len(hunks)


def _hunks(patch: str) -> Iterator[tuple[str, list[str]]]:
    """The files that a patch changes, each with the lines that its hunks look for."""
    for part in patch.split("--- a/")[1:]:
        head, *hunks = re.split(r"(?m)^@@ .*\n", part)
        yield (
            head.partition("\n")[0],
            ["".join(re.findall(r"(?m)^[ -](.*\n)", hunk)) for hunk in hunks],
        )


def test_a_broken_app_is_held_on_each_of_its_cells(tmp_path: Path) -> None:
    """If the patch does not say otherwise."""
    variant = _read(tmp_path, APP)
    assert (variant.name, variant.clause) == ("broken", "C-26")
    assert variant.why == "What is broken."
    assert variant.cells == tuple(cell for cell in CELLS if cell.startswith("quart"))
    named = APP.replace("\n\n", "\nCells: quart@granian, fastapi@uvicorn\n\n", 1)
    assert _read(tmp_path, named).cells == ("quart@granian", "fastapi@uvicorn")


def test_a_broken_core_is_held_on_one_cell_of_each_framework(tmp_path: Path) -> None:
    """On all servers by turns."""
    core = APP.replace("quart_app/chat.py", "shared/body.py")
    for number in range(3):
        (tmp_path / f"{number}.patch").write_text(core)
    variants = read(tmp_path)
    assert [len(variant.cells) for variant in variants] == [2, 2, 2]
    assert {cell for variant in variants for cell in variant.cells} == set(CELLS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (APP.replace("Clause", "Claws"), "broken.patch does not say `Clause:`"),
        (APP.partition("---")[0], "broken.patch holds no diff"),
        (
            APP.replace("C-26", "C-26\nCells: quart@gunicorn"),
            "broken.patch names the cell 'quart@gunicorn', which there is not.",
        ),
    ],
)
def test_a_bad_variant_is_named(tmp_path: Path, text: str, said: str) -> None:
    """In one sentence."""
    with pytest.raises(BadVariant, match=r"^broken\.patch") as bad:
        _read(tmp_path, text)
    assert str(bad.value).startswith(said)


def test_a_patch_that_does_not_apply_is_named(tmp_path: Path) -> None:
    """In one sentence that says what to do."""
    (tmp_path / "quart_app").mkdir()
    (tmp_path / "quart_app" / "chat.py").write_text("z\n")
    variant = _read(tmp_path, APP)
    with pytest.raises(BadVariant, match=r"^broken\.patch does not apply any more \("):
        apply(variant.patch, tmp_path)
    (tmp_path / "quart_app" / "chat.py").write_text("x\n")
    apply(variant.patch, tmp_path)
    assert (tmp_path / "quart_app" / "chat.py").read_text() == "y\n"


def test_variants_can_be_chosen() -> None:
    """By name, all without one, and each once."""
    last, first = VARIANTS[-1], VARIANTS[0]
    assert choose(VARIANTS, []) == VARIANTS
    assert choose(VARIANTS, [last.name, first.name, last.name]) == [last, first]
    with pytest.raises(BadVariant, match="There is no variant 'nonsense': name one"):
        choose(VARIANTS, [first.name, "nonsense"])


def test_in_a_short_run_each_cell_still_has_its_share() -> None:
    """Every variant on one of its cells, and no cell on less than half its share."""
    short = on_one_cell(VARIANTS)
    assert [each.name for each in short] == [each.name for each in VARIANTS]
    for variant, whole in zip(short, VARIANTS, strict=True):
        (cell,) = variant.cells
        assert cell in whole.cells
    shares = Counter(variant.cells[0] for variant in short)
    assert set(shares) == set(CELLS)
    assert min(shares.values()) * len(CELLS) * 2 >= len(short)


def test_a_tree_has_what_the_suite_needs(tmp_path: Path) -> None:
    """And is another one than ours."""
    copy_tree(tmp_path / "tree")
    for name in ("pyproject.toml", "tests/upstream.py", "shared/web/static/main.js"):
        assert (tmp_path / "tree" / name).is_file()
    assert not (tmp_path / "tree" / ".git").exists()
