"""Runs made up for tests, with figures whose truth is known."""

import random
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from benchmarks.load.jobs import Outcome
from benchmarks.results import Comparison, Measurement, Results, Settings

FASTAPI, QUART, BARE = "fastapi@uvicorn", "quart@uvicorn", "bare@uvicorn"
CASE = "weather-uvicorn"


def comparison(
    means: Mapping[str, float], rounds: int = 10, seed: int = 1, **changed: Any
) -> Comparison:
    """A case whose subjects have these rates, with a little noise."""
    chance = random.Random(seed)
    return Comparison(
        **{
            "slug": CASE,
            "title": "Weather",
            "figures": {"rate": "requests/s"},
            "subjects": list(means),
            "base": BARE,
            "pairs": [(FASTAPI, QUART)],
            "rounds": [
                [
                    measurement(name, mean * chance.lognormvariate(0, 0.02))
                    for name, mean in means.items()
                ]
                for _ in range(rounds)
            ],
            **changed,
        }
    )


def measurement(subject: str, rate: float, **changed: Any) -> Measurement:
    """One that is not void."""
    outcome = asdict(Outcome(rate=rate))
    made = Measurement(subject=subject, figures={"rate": rate}, outcome=outcome)
    return made.model_copy(update=changed)


def results(*comparisons: Comparison, rounds: int = 10) -> Results:
    """A run of these cases."""
    return Results(
        settings=Settings(mode="full", rounds=rounds, seconds=0.5, seed=1),
        machine={"processor": "one of ours", "cores": "2", "pinned": "no"},
        versions={"python": "3.11", "quart": "0.22", "fastapi": "0.165"},
        started=datetime(2026, 11, 25, tzinfo=UTC),
        footprint={"quart": {"packages": 17.0}, "fastapi": {"packages": 11.0}},
        comparisons={each.slug: each for each in comparisons},
    )
