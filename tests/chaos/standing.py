"""A stage that stands through many rounds, and is set up anew after one that failed."""

import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path
from traceback import format_exception
from typing import Self

from tests.chaos.faults import Fault
from tests.chaos.oracle import Findings
from tests.chaos.outcome import Outcome, keep
from tests.chaos.round import Round
from tests.chaos.stage import Kind, Stage
from tests.contract.cells import CellError


class Standing:
    """The stage of one kind for one cell; what comes of its rounds is appended."""

    def __init__(
        self, cell: str, kind: Kind, upstream: str, outcomes: list[Outcome]
    ) -> None:
        self._cell = cell
        self._kind = kind
        self._upstream = upstream
        self._outcomes = outcomes
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._stage: Stage | None = None

    def __enter__(self) -> Self:
        """Nothing stands before the first round."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what stands."""
        self._take_down()

    def round(self, fault: Fault, messages: int, seed: int) -> None:
        """Run a round of it."""
        try:
            outcome = asyncio.run(Round(self._up(), fault, messages, seed).run())
        except Exception as error:  # whatever it was, the other rounds must be run
            outcome = Outcome(
                cell=self._cell,
                fault=fault.name,
                seed=seed,
                messages=messages,
                acknowledged=0,
                findings=Findings(),
                amiss=[_told(error)],
                recovery=0,
            )
        self._outcomes.append(outcome)
        if not outcome.good:
            if outcome.evidence is None:
                self._keep(outcome)
            self._take_down()

    def _up(self) -> Stage:
        if self._stage is None:
            self._folder = tempfile.TemporaryDirectory(prefix="tandem-chaos-")
            path = Path(self._folder.name)
            stage = Stage(self._cell, self._kind, path, self._upstream)
            self._stage = stage.__enter__()
        return self._stage

    def _take_down(self) -> None:
        """Stop what stands; where it does not, the round before it has failed."""
        try:
            if self._stage is not None:
                self._stage.__exit__()
        except CellError as error:
            last = self._outcomes[-1]
            self._keep(replace(last, amiss=[*last.amiss, _told(error)]))
        finally:
            if self._folder is not None:
                self._folder.cleanup()
            self._stage = self._folder = None

    def _keep(self, outcome: Outcome) -> None:
        assert self._folder
        kept = keep(outcome, Path(self._folder.name), {})
        self._outcomes[-1] = replace(outcome, evidence=kept)


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}\n{''.join(format_exception(error))}"
