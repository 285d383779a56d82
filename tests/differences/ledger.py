"""What the ledger is made of: differences, each with the probe that observes it."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.differences.stock import StockCells

ROOT = Path(__file__).parents[2]

Value = str | int | float | list[str] | None
Observation = Value | dict[str, Value]
"""Something small that is the same each time: no ports, no times, no ids."""

Probe = Callable[[StockCells], Awaitable[Observation]]


class LedgerError(Exception):
    """The ledger cannot be made; the text says why and what to do."""


class NoSuchGlue(LedgerError):
    """A line that the ledger links is not there, or is not the only one."""


@dataclass(frozen=True)
class Glue:
    """A line of the project that makes the two apps agree, found by how it begins."""

    file: str
    text: str

    def line(self) -> int:
        """The number of the line. Raises NoSuchGlue."""
        lines = (ROOT / self.file).read_text("utf-8").splitlines()
        begins = [line.strip().startswith(self.text) for line in lines]
        found = [number for number, begin in enumerate(begins, 1) if begin]
        if len(found) != 1:
            raise NoSuchGlue(
                f"{self.file} has {len(found)} lines that begin with {self.text!r}:"
                " name the glue anew in tests/differences/chapters/."
            )
        return found[0]

    def shown(self) -> str:
        """The whole line."""
        line = (ROOT / self.file).read_text("utf-8").splitlines()[self.line() - 1]
        return line.strip().rstrip("({[")


@dataclass(frozen=True)
class Difference:
    """One entry of the ledger; without `glue`, `reason` says why none is needed."""

    title: str
    sees: str
    probe: Probe
    glue: tuple[Glue, ...]
    reason: str
    same: bool

    @property
    def id(self) -> str:
        """The probe's name, as it stands in the data and in links."""
        return self.probe.__name__.replace("_", "-")

    @property
    def chapter(self) -> str:
        """The module of the probe."""
        return self.probe.__module__.rpartition(".")[2]


class Chapter:
    """The differences of one module, in the order in which they stand there."""

    def __init__(self) -> None:
        self._entries: list[Difference] = []

    def __iter__(self) -> Iterator[Difference]:
        """The entries in order."""
        return iter(self._entries)

    def difference(
        self, title: str, sees: str, *glue: Glue, reason: str = "", same: bool = False
    ) -> Callable[[Probe], Probe]:
        """Make an entry of a probe.

        `same` marks what people take for a difference though it is none.
        """

        def add(probe: Probe) -> Probe:
            self._entries.append(Difference(title, sees, probe, glue, reason, same))
            return probe

        return add
