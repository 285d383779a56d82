"""`python -m benchmarks.load`: jobs as lines of JSON in, outcomes as lines out.

A process of its own, so that it may have a core of its own.
"""

import asyncio
import gc
import json
import sys
from dataclasses import asdict

import uvloop

from benchmarks.load import loops, rooms
from benchmarks.load.jobs import Fan, Hold, Job, Outcome, Release, Requests, decode
from benchmarks.load.sockets import Held, storm


async def do(job: Job, held: Held) -> Outcome:
    """Do one job. What goes wrong on the way is an error of its outcome."""
    try:
        match job:
            case Requests():
                return await loops.run(job)
            case Fan():
                return await rooms.run(job)
            case Hold():
                return await held.hold(job)
            case Release():
                return held.release()
            case _:
                return await storm(job)
    except* (OSError, TimeoutError) as errors:
        reason = repr(errors.exceptions[0])
    return Outcome(errors=1, reasons=[reason])


async def main() -> None:
    """Serve until the end of the input."""
    loop, held = asyncio.get_running_loop(), Held()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        gc.collect()
        gc.disable()  # it would stop the clock of some requests
        outcome = await do(decode(json.loads(line)), held)
        gc.enable()
        print(json.dumps(asdict(outcome)), flush=True)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
