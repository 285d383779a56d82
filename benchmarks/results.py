"""The file of a run: where, with what, and every raw round of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ValidationError

from benchmarks.errors import UseError

FORMAT = 1
"""The version of the form below; a file of another is refused."""

Mode = Literal["full", "quick", "validate"]


class Measurement(BaseModel):
    """One subject measured once; `void` says why it proves nothing, if so.

    `series` are points of growth, such as memory by number of connections.
    """

    subject: str
    figures: dict[str, float]
    series: dict[str, dict[int, float]] = {}
    outcome: dict[str, Any] = {}
    server_busy: float = 0
    void: list[str] = []
    repeats: list[list[str]] = []


class Comparison(BaseModel):
    """Rounds of several subjects; of `figures` each is named with its unit."""

    slug: str
    title: str
    figures: dict[str, str]
    subjects: list[str]
    base: str
    pairs: list[tuple[str, str]]
    twin: str | None = None
    skipped: dict[str, str] = {}
    rounds: list[list[Measurement]] = []

    def values(self, subject: str, figure: str) -> list[float]:
        """A figure of a subject, round by round."""
        return [
            each.figures[figure]
            for round_ in self.rounds
            for each in round_
            if each.subject == subject and figure in each.figures
        ]

    def measurements(self, subject: str) -> list[Measurement]:
        """All that was measured of a subject."""
        return [each for row in self.rounds for each in row if each.subject == subject]


class Settings(BaseModel):
    """What a run was asked for."""

    mode: Mode
    rounds: int
    seconds: float
    seed: int
    only: list[str] = []


class Results(BaseModel):
    """A whole run, or what there is of it."""

    benchmark: Literal["tandem"] = "tandem"
    format: int = FORMAT
    settings: Settings
    machine: dict[str, str]
    versions: dict[str, str]
    started: datetime
    finished: datetime | None = None
    footprint: dict[str, dict[str, float]] = {}
    comparisons: dict[str, Comparison] = {}

    def finish(self) -> None:
        """The run is whole."""
        self.finished = datetime.now(UTC).replace(microsecond=0)

    def save(self, path: Path) -> None:
        """Write it as a whole: a crash leaves the file as it was. Raises UseError."""
        write(path, self.model_dump_json(indent=1))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote. Raises UseError."""
        try:
            found = json.loads(path.read_text("utf-8"))
        except OSError as error:
            raise UseError(
                f"{path} cannot be read ({error.strerror}): name a result file,"
                " such as reports/benchmarks/latest.json."
            ) from error
        except ValueError as error:
            raise UseError(f"{path} is not JSON: name a result file.") from error
        if not isinstance(found, dict) or found.get("benchmark") != "tandem":
            raise UseError(
                f"{path} is no result file of these benchmarks: name one that"
                " `python -m benchmarks` wrote."
            )
        if found.get("format") != FORMAT:
            raise UseError(
                f"{path} has format {found.get('format')}, but this version of the"
                f" benchmarks reads {FORMAT}: measure again, or use the version that"
                " wrote it."
            )
        try:
            return cls.model_validate(found)
        except ValidationError as error:
            place = ".".join(map(str, error.errors()[0]["loc"]))
            raise UseError(f"{path} is damaged (at {place}): measure again.") from error


def write(path: Path, text: str) -> None:
    """Have a file that holds this, or as it was. Raises UseError."""
    new = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(text, "utf-8")
        new.replace(path)
    except OSError as error:
        raise UseError(
            f"{path} cannot be written ({error.strerror}): make room or give leave."
        ) from error
