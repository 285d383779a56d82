"""One subject measured once."""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from urllib.request import urlopen

from benchmarks import cores, validity, wrk
from benchmarks.baselines import sampled
from benchmarks.case import SHARES, Case
from benchmarks.generator import Generator
from benchmarks.load.jobs import Hold, Job, Outcome, Release, Requests
from benchmarks.processes import NotStarted, Server, free_port, running
from benchmarks.results import Measurement
from benchmarks.subjects import Subject
from benchmarks.workloads import MakeJob, Window

IDLE_STEPS = (500, 1_000, 2_000, 5_000)
"""Numbers of idle sockets at which memory is weighed."""

_SETTLE_SECONDS = 0.1
_MOST_REPEATS = 5
"""How often a run that something disturbed is made again."""


def under_load(
    generator: Generator,
    case: Case,
    subject: Subject,
    server: Server,
    make: MakeJob,
    window: Window,
) -> Measurement:
    """A running server under a job, again if the measuring was disturbed."""
    repeats: list[list[str]] = []
    job = make(subject, server.port, window)
    while True:
        measured = _once(generator, case, job, server)
        if not measured.void or not measured.figures or len(repeats) == _MOST_REPEATS:
            break
        repeats.append(measured.void)
    figures = dict(measured.figures)
    if subject.name in case.checked and isinstance(job, Requests) and not wrk.missing():
        figures["wrk"] = wrk.requests_per_second(job)
    return measured.model_copy(update={"repeats": repeats, "figures": figures})


def _once(generator: Generator, case: Case, job: Job, server: Server) -> Measurement:
    cpu, began = server.cpu_seconds(), time.perf_counter()
    outcome = generator.do(job)
    used = server.cpu_seconds() - cpu
    busy = used / (time.perf_counter() - began)
    void = validity.faults(outcome)
    figures = {}
    if not void:
        open_loop = isinstance(job, Requests) and job.rate > 0
        void = validity.disturbances(outcome, open_loop=open_loop)
        figures = {name: float(getattr(outcome, name)) for name in case.figures}
    return _measurement(figures, outcome, busy, void)


def _measurement(
    figures: Mapping[str, float], outcome: Outcome, busy: float, void: list[str]
) -> Measurement:
    return Measurement(
        subject="",
        figures=dict(figures),
        outcome=asdict(outcome),
        server_busy=busy,
        void=void,
    )


def shares(
    generator: Generator,
    subject: Subject,
    environment: Mapping[str, str],
    make: MakeJob,
    window: Window,
) -> Measurement:
    """Where the CPU time of a sampled app goes under a job.

    A server for each: a stack that is looked at just as it changes may end it.
    """
    for _ in range(1 + _MOST_REPEATS):
        port = free_port()
        command, told = subject.command(port), {**subject.environment, **environment}
        ended = suppress(OSError, NotStarted)
        with ended, running(command, port, told, path=subject.probe) as server:
            return _shares(generator, server, make(subject, port, window))
    return _measurement({}, Outcome(), 0, ["its server ended each time"])


def _shares(generator: Generator, server: Server, job: Job) -> Measurement:
    _where_time_went(server)  # until now
    outcome = generator.do(job)
    seen = _where_time_went(server)
    void = validity.faults(outcome)
    whole = sum(seen.values())
    figures = {part: seen.get(part, 0) / whole for part in SHARES if whole}
    return _measurement({} if void else figures, outcome, 0, void)


def _where_time_went(server: Server) -> dict[str, int]:
    with urlopen(f"http://127.0.0.1:{server.port}{sampled.PATH}") as response:
        found: dict[str, int] = json.load(response)
    return found


def life(
    generator: Generator,
    subject: Subject,
    environment: Mapping[str, str],
    steps: tuple[int, ...] = IDLE_STEPS,
) -> Measurement:
    """A server from its start: how soon it answers, what it and idle sockets weigh."""
    seconds = _import_seconds(subject)
    port = free_port()
    with running(
        subject.command(port),
        port,
        {**subject.environment, **environment},
        path=subject.probe,
    ) as server:
        resident = server.resident_bytes()
        series: dict[int, float] = {}
        outcome = Outcome()
        chat = subject.chat
        for step in steps:
            hold = Hold(port, chat.path, chat.welcome, step)
            outcome = generator.do(hold)
            time.sleep(_SETTLE_SECONDS)
            series[step] = (server.resident_bytes() - resident) / 1_024
        released = generator.do(Release())
        void = validity.faults(outcome) or validity.faults(released)
    figures = {
        "start_seconds": server.start_seconds,
        "import_seconds": seconds,
        "resident_mib": resident / 2**20,
        "kib_per_connection": series[steps[-1]] / steps[-1],
    }
    measured = _measurement({} if void else figures, outcome, 0, void)
    return measured.model_copy(update={"series": {"KiB": series}})


def _import_seconds(subject: Subject) -> float:
    framework = subject.name.partition("@")[0]
    module = "benchmarks.baselines.bare" if framework == "bare" else f"{framework}_app"
    code = (
        "import time; began = time.perf_counter(); import importlib;"
        f" importlib.import_module({module!r}); print(time.perf_counter() - began)"
    )
    with cores.on(cores.SERVERS):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
    return float(done.stdout)
