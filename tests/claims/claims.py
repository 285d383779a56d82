"""The claims as data: what is said, where, whether it is so, and what shows it."""

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from benchmarks.analysis import Analysis
from tests.claims.rows import Row, verdict

ROOT = Path(__file__).parents[2]
_DATA = Path(__file__).parent / "claims.toml"

UNMEASURED = "not measured here yet"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """Where a claim was found; without a `url` it is a copy that has no lasting one."""

    title: str
    url: str = ""


class Test(_Strict):
    """A test that shows something, by its file, from the root, and its name."""

    __test__ = False  # its name makes pytest look into it

    file: str
    name: str


class Claim(_Strict):
    """One claim; `measured` takes its verdict from the rows of the benchmarks."""

    id: str
    says: str
    found: Source | None = None
    verdict: Literal["true", "false", "depends", "not reproducible", "measured"]
    why: str
    tests: list[Test] = []
    lessons: list[str] = []
    ledger: list[str] = []
    rows: list[Row] = []

    def outcome(self, run: Analysis | None) -> str:
        """The verdict, that of a run if it has to be measured."""
        if self.verdict != "measured":
            return self.verdict
        return verdict(self.rows, run) or UNMEASURED


class Chapter(_Strict):
    """Claims about one thing."""

    title: str
    claims: list[Claim] = Field(alias="claim")


class _Document(_Strict):
    chapters: list[Chapter] = Field(alias="chapter")


CHAPTERS = _Document.model_validate(tomllib.loads(_DATA.read_text("utf-8"))).chapters
CLAIMS = [claim for chapter in CHAPTERS for claim in chapter.claims]
