"""The tests that each documentation shows: `python -m tests.differences.in_process`.

A process of its own, since the test clients start event loops and log as they like.
"""

import asyncio
import inspect
import json
import sys
from importlib import import_module

NAMES = ("handler_that_raises", "replaced_dependency", "time_limits")


async def observe(framework: str) -> dict[str, object]:
    """What each of the tests sees."""
    module = import_module(f"tests.differences.{framework}_docs.testing")
    seen = {}
    for name in NAMES:
        found = await asyncio.to_thread(getattr(module, name))
        seen[name] = await found if inspect.isawaitable(found) else found
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(observe(sys.argv[1]))))
