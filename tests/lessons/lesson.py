"""What a lesson is made of."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FRAMEWORKS = ("quart", "fastapi")

Observe = Callable[[Callable[..., Any]], Coroutine[Any, Any, str]]
"""Uses what such a function makes, as a client does, and says what it sees."""


@dataclass(frozen=True)
class Lesson:
    """Naive code of both frameworks, and the repair of what is broken.

    The module has a function `naive_…` for each framework and, where what it makes does
    not do what is `fine`, another `fixed_…`.
    """

    module: str
    title: str
    fine: str
    naive: dict[str, str]
    observe: Observe

    @property
    def name(self) -> str:
        """What the command calls it."""
        return self.module.rpartition(".")[2].replace("_", "-")

    @property
    def file(self) -> str:
        """Where its code is."""
        return f"{self.module.replace('.', '/')}.py"

    def variants(self, kind: str) -> dict[str, str]:
        """What is expected of each framework's `naive` or `fixed` function."""
        if kind == "naive":
            return self.naive
        return {each: self.fine for each in FRAMEWORKS if self.is_broken(each)}

    def is_broken(self, framework: str) -> bool:
        """Whether a framework's naive code needs a repair."""
        return self.naive[framework] != self.fine
