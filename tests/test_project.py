"""The set-up: what a newcomer types works, and what is installed is what was locked."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))

_NAME = r"([a-z0-9-]+)(?:\[[a-z0-9,-]+\])?=="
_PIN = re.compile(_NAME + r"\S+( ; [^\\]+?)?(\s+--hash=sha256:[0-9a-f]{64})+")


def _name(requirement: str) -> str:
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def _make(*arguments: str) -> subprocess.CompletedProcess[str]:
    # The make that runs the tests must not pass on its own options and PYTHON.
    env = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def _interpreter(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def test_the_lock_holds_pins_with_hashes_and_nothing_else() -> None:
    """No address, no option, no package without a version and a hash."""
    lines = LOCK.replace("\\\n", " ").splitlines()
    assert lines
    assert [line for line in lines if not _PIN.fullmatch(line)] == []


def test_the_lock_holds_every_dependency_once() -> None:
    """Each package that pyproject.toml names is locked, in one version for all."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = list(project["project"]["dependencies"])
    for group in project["dependency-groups"].values():
        asked += [each for each in group if isinstance(each, str)]
    locked = re.findall(f"^{_NAME}", LOCK, re.MULTILINE)
    assert {_name(each) for each in asked} <= set(locked)
    assert len(locked) == len(set(locked))


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")), ids=lambda path: path.name)
def test_a_document_names_only_targets_that_exist(path: Path) -> None:
    """Every `make x` that a reader may copy is a target."""
    code = " ".join(re.findall(r"```.*?```|`[^`]+`", path.read_text(), re.DOTALL))
    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= TARGETS


def test_the_lock_keeps_the_extras_that_a_package_asks_for() -> None:
    """Older versions of pip take a pin without them for another package's."""
    assert re.search(r"^coverage\[toml\]==", LOCK, re.MULTILINE)


def test_make_alone_lists_every_target() -> None:
    """A newcomer who types `make` is told what there is, and nothing is installed."""
    told = _make()
    assert told.returncode == 0
    assert set(re.findall(r"^  ([a-z]+)\t\S", told.stdout, re.MULTILINE)) == TARGETS


@pytest.mark.parametrize("version", ["2.7", "3.9", "3.10"])
def test_an_old_interpreter_is_refused(tmp_path: Path, version: str) -> None:
    """One sentence says what was found, what is needed and what to type."""
    python = _interpreter(tmp_path / "python", f"echo {version}")
    told = _make("check", f"PYTHON={python}", f"VENV={tmp_path}/venv")
    assert told.stderr.splitlines()[0] == (
        f"Tandem needs Python 3.11 or newer, but {python} is {version}:"
        " install it, or name another, as in `make check PYTHON=python3.13`."
    )
    assert told.returncode != 0
    assert not (tmp_path / "venv").exists()


def test_a_missing_interpreter_is_named(tmp_path: Path) -> None:
    """The same sentence tells that there is none of that name."""
    told = _make("test", "PYTHON=python3.99", f"VENV={tmp_path}/venv")
    assert "but python3.99 is missing" in told.stderr
    assert told.returncode != 0


def test_a_failed_set_up_is_tried_again(tmp_path: Path) -> None:
    """An environment counts as ready only after its packages were installed."""
    venv = tmp_path / "venv"
    python = _interpreter(
        tmp_path / "python",
        'case "$1 $2" in\n'
        '"-c "*) echo 3.11 ;;\n'
        f'"-m venv") mkdir -p {venv}/bin && cp "$0" {venv}/bin ;;\n'
        '"-m pip") exit 1 ;;\n'
        "esac",
    )
    for _ in range(2):
        told = _make("test", f"PYTHON={python}", f"VENV={venv}")
        assert "Setting up" in told.stdout
        assert "The set-up failed" in told.stderr
        assert told.returncode != 0


def test_variants_are_passed_on(tmp_path: Path) -> None:
    """`make teeth VARIANT=...` breaks these only, without it all; SHORT=1 in short."""
    (tmp_path / "ready").touch()
    run = f"{tmp_path}/bin/python -m tests.teeth"
    every = _make("-n", "teeth", f"VENV={tmp_path}")
    two = _make("-n", "teeth", "VARIANT=one two", f"VENV={tmp_path}")
    short = _make("-n", "teeth", "SHORT=1", f"VENV={tmp_path}")
    assert every.stdout.split() == run.split()
    assert two.stdout.split() == [*run.split(), "one", "two"]
    assert short.stdout.split() == [*run.split(), "--short"]


def test_what_is_held_to_the_contract_is_passed_on(tmp_path: Path) -> None:
    """`make contract` asks pytest for these cells, this chapter or this URL."""
    (tmp_path / "ready").touch()
    run = f"{tmp_path}/bin/python -m pytest"
    suite = "tests/test_parity.py tests/contract"
    asked = {
        "": f"{run} --numprocesses 6 {suite}",
        "CELL=a@b c@d": f"{run} --numprocesses 2 {suite} --cell a@b --cell c@d",
        "CHAPTER=chat": f"{run} --numprocesses 6 {suite} --chapter chat",
        "URL=http://h:1": f"{run} --base-url http://h:1 tests/contract",
    }
    for given, expected in asked.items():
        told = _make("-n", "contract", f"VENV={tmp_path}", *([given] if given else []))
        assert told.stdout.replace("\\\n", " ").split() == expected.split()
