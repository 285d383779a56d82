"""The tests that each documentation shows: `python -m tests.differences.in_process`.

A process of its own, since the test clients start event loops and log as they like.
"""

import asyncio
import inspect
import json
import sys
from importlib import import_module
from types import ModuleType

from opentelemetry.trace import (
    NoOpTracer,
    Tracer,
    TracerProvider,
    set_tracer_provider,
)

NAMES = (
    "handler_that_raises",
    "replaced_dependency",
    "time_limits",
    "handlers_of_one_name",
)


async def observe(framework: str) -> dict[str, object]:
    """What each of the tests sees."""
    module = import_module(f"tests.differences.{framework}_docs.testing")
    seen = {name: await _run(module, name) for name in NAMES}
    provider = _Provider()
    set_tracer_provider(provider)
    await _run(module, "one_request")
    return {**seen, "telemetry": sorted(provider.asked_by)}


class _Provider(TracerProvider):
    """A provider that remembers who has asked it for a tracer."""

    def __init__(self) -> None:
        self.asked_by: set[str] = set()

    def get_tracer(
        self, instrumenting_module_name: str, *_: object, **__: object
    ) -> Tracer:
        """A tracer that does nothing."""
        self.asked_by.add(instrumenting_module_name)
        return NoOpTracer()


async def _run(module: ModuleType, name: str) -> object:
    found = await asyncio.to_thread(getattr(module, name))
    return await found if inspect.isawaitable(found) else found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(observe(sys.argv[1]))))
