"""What a target says at `/metrics`, read as Prometheus reads it."""

from collections import defaultdict
from collections.abc import Callable
from typing import Self

import httpx
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from tests.contract.patience import TIMEOUT, within

PREFIX = "tandem_"


class Metrics:
    """One scrape."""

    def __init__(self, text: str) -> None:
        self._families: list[Metric] = list(text_string_to_metric_families(text))

    @classmethod
    async def of(cls, http: httpx.AsyncClient) -> Self:
        """What there is now."""
        answer = await http.get("/metrics")
        assert answer.status_code == 200
        return cls(answer.text)

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of all series of a name, without the prefix, that have the labels."""
        return sum(
            each.value
            for family in self._families
            for each in family.samples
            if each.name == PREFIX + name and labels.items() <= each.labels.items()
        )

    def labels(self) -> dict[str, set[str]]:
        """The labels that the series of each name with our prefix have among them."""
        found: dict[str, set[str]] = defaultdict(set)
        for family in self._families:
            if family.name.startswith(PREFIX):
                suffix = "_total" if family.type == "counter" else ""
                name = family.name.removeprefix(PREFIX) + suffix
                found[name].update(*(each.labels for each in family.samples))
                found[name].discard("le")
        return dict(found)


async def wait_for_metrics(
    http: httpx.AsyncClient, is_so: Callable[[Metrics], bool], expected: str
) -> Metrics:
    """The first scrape of which it is so: what is counted may come after an answer."""
    async with within(TIMEOUT, expected):
        while not is_so(seen := await Metrics.of(http)):
            pass
    return seen
