"""A run: every case, round by round, kept as it goes."""

import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import cores, measuring, redis, workloads
from benchmarks.case import CAPACITY, START_SECONDS, Case
from benchmarks.generator import Generator, weather_source
from benchmarks.processes import Server, build, free_port, running
from benchmarks.results import Comparison, Measurement, Results
from benchmarks.subjects import subject
from benchmarks.workloads import Window

_WARM_UP = 0.3
"""The share of a window that is run before it."""


@dataclass
class Session:
    """What a run needs: the generator, its results, and whom to tell of each step.

    `step` is told what is measured next and at how many seconds that is reckoned;
    `save` keeps what there is. `more` are settings of single subjects.
    """

    generator: Generator
    results: Results
    step: Callable[[str, float], None]
    save: Callable[[], None]
    more: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def run(self, cases: Sequence[Case]) -> None:
        """Measure what is missing. Raises NotStarted."""
        for case in cases:
            found = self._comparison(case)
            rounds = self.results.settings.rounds
            missing = case.missing(rounds, len(found.rounds))
            if missing and found.subjects:
                self._measure(case, found, missing)

    def _comparison(self, case: Case) -> Comparison:
        found = self.results.comparisons.get(case.slug)
        if found is None:
            needs = redis.missing() if case.all_cores else None
            reasons = {name: subject(name).missing or needs for name in case.names}
            skipped = {name: why for name, why in reasons.items() if why}
            found = Comparison(
                slug=case.slug,
                title=case.title,
                figures=case.figures,
                subjects=[name for name in case.names if name not in skipped],
                base=case.base,
                pairs=list(case.pairs),
                twin=case.twin,
                skipped=skipped,
            )
            self.results.comparisons[case.slug] = found
        return found

    def _measure(self, case: Case, found: Comparison, missing: int) -> None:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            source = weather_source(case.source_ms)
            shared = dict(stack.enter_context(source))
            if case.all_cores:
                shared |= stack.enter_context(redis.journal(folder))
            environments = {
                name: {
                    "TANDEM_JOURNAL": f"sqlite:///{folder}/{name}.db",
                    **shared,
                    **self.more.get(name, {}),
                }
                for name in found.subjects
            }
            servers: dict[str, Server] = {}
            if case.kind == "load":
                on = cores.ALL if case.all_cores else cores.SERVERS
                for name in found.subjects:
                    self.step(f"{case.title}: starting {name}", START_SECONDS)
                    port, made = free_port(), subject(name)
                    build(made)
                    environment = {**made.environment, **environments[name]}
                    probe = made.probe if case.probed else ""
                    server = running(
                        made.command(port), port, environment, path=probe, on=on
                    )
                    servers[name] = stack.enter_context(server)
            for _ in range(missing):
                round_ = []
                for name in random.sample(found.subjects, len(found.subjects)):
                    told = f"{case.title}, round {len(found.rounds) + 1}: {name}"
                    self.step(told, case.seconds)
                    measured = self._once(case, name, servers, environments[name])
                    round_.append(measured.model_copy(update={"subject": name}))
                found.rounds.append(round_)
                self.save()

    def _once(
        self,
        case: Case,
        name: str,
        servers: Mapping[str, Server],
        environment: Mapping[str, str],
    ) -> Measurement:
        made = subject(name)
        if case.kind == "life":
            return measuring.life(self.generator, made, environment)
        make = case.make or workloads.paced(self._rate(case, name))
        seconds = self.results.settings.seconds
        window = Window(seconds, seconds * _WARM_UP)
        if case.kind == "shares":
            # Longer, for it begins with the handshakes, which are not asked about.
            long = window.times(5)
            return measuring.shares(self.generator, made, environment, make, long)
        server = servers[name]
        return measuring.under_load(self.generator, case, made, server, make, window)

    def _rate(self, case: Case, name: str) -> float:
        """A share of what was reached in the closed loop of the same run."""
        closed = self.results.comparisons[CAPACITY]
        names = case.subjects if case.equal else [name.partition("#")[0]]
        rates = [float(np.median(closed.values(each, "rate"))) for each in names]
        return case.load * min(rates)
