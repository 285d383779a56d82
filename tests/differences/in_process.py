"""The tests that each documentation shows: `python -m tests.differences.in_process`.

A process of its own, since the test clients start event loops and log as they like.
"""

import asyncio
import gc
import inspect
import json
import sys
from importlib import import_module
from types import FunctionType, ModuleType

from opentelemetry.trace import (
    NoOpTracer,
    Tracer,
    TracerProvider,
    set_tracer_provider,
)

from shared.asgi import App
from tests.core.asgi import Wire, body_parts, http_scope

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
    garbage = await _garbage(module.app)
    return {**seen, "telemetry": sorted(provider.asked_by), "garbage": garbage}


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


async def _garbage(app: App) -> list[str]:
    """The functions that a request leaves in cycles, for the collector to free."""
    # As a server does it: the test clients leave garbage of their own.
    await _ask(app)
    gc.collect()
    gc.set_debug(gc.DEBUG_SAVEALL)
    await _ask(app)
    gc.collect()
    gc.set_debug(0)
    functions = [each for each in gc.garbage if isinstance(each, FunctionType)]
    return sorted({f"{each.__module__}.{each.__qualname__}" for each in functions})


async def _ask(app: App) -> None:
    wire = Wire(*body_parts(b""))
    scope = {**http_scope("/items"), "scheme": "http", "query_string": b""}
    await app(scope, wire.receive, wire.send)


async def _run(module: ModuleType, name: str) -> object:
    found = await asyncio.to_thread(getattr(module, name))
    return await found if inspect.isawaitable(found) else found


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(observe(sys.argv[1]))))
