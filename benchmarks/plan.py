"""What is compared with what, in which order."""

from collections.abc import Callable

from benchmarks import workloads
from benchmarks.case import DELIVERIES, LATENCY, LIFE, PAUSES, RATE, SHARES, Case
from benchmarks.statistics import MIN_ROUNDS
from benchmarks.subjects import NULL
from benchmarks.workloads import MakeJob


def _minimal(server: str) -> tuple[str, str]:
    return f"minimal-fastapi@{server}", f"minimal-quart@{server}"


def _pairs(server: str) -> list[tuple[str, str]]:
    apps, minimal = (f"fastapi@{server}", f"quart@{server}"), _minimal(server)
    return [apps, minimal, *zip(apps, minimal, strict=True)]


APPS = ("fastapi@uvicorn", "quart@uvicorn", "bare@uvicorn")
PAIR = [("fastapi@uvicorn", "quart@uvicorn")]
"""Each app is also compared with the base, which is no framework's."""


def _layers(server: str, *others: str, twin: str) -> Case:
    apps = [f"{kind}@{server}" for kind in ("fastapi", "quart", "bare")]
    return Case(
        f"weather-{server}",
        f"Weather from the cache, {server}",
        workloads.weather,
        [*apps, *_minimal(server), *others],
        f"bare@{server}",
        _pairs(server),
        twin=twin,
        checked=apps[:2] if others else (),
    )


def _apps(
    slug: str,
    title: str,
    make: MakeJob,
    twin: str,
    figures: dict[str, str] = RATE,
    seconds: float = 1,
) -> Case:
    base = APPS[-1]
    return Case(
        slug, title, make, APPS, base, PAIR, figures, twin=twin, seconds=seconds
    )


def _fan_out(receivers: int, *others: str, twin: str) -> Case:
    return Case(
        f"fan-out-{receivers}",
        f"Chat, fan-out to {receivers:,}",
        workloads.fan_out(receivers),
        [*APPS, "broadcast", *others],
        "broadcast",
        [
            *PAIR,
            *([_MINIMAL] if {*_MINIMAL} <= {*others} else []),
            *((app, "bare@uvicorn") for app in APPS[:2]),
        ],
        DELIVERIES,
        twin,
        seconds=2 if receivers > 500 else 1,
    )


_MINIMAL = _minimal("uvicorn")
_OTHERS = ("starlette@uvicorn", "flask@gunicorn", "node", "go")
_FASTAPI, _QUART = APPS[:2]
_SAMPLED = (f"sampled-{_FASTAPI}", f"sampled-{_QUART}")
_THAWED = (f"thawed-{_FASTAPI}", f"thawed-{_QUART}")


def full() -> list[Case]:
    """Everything, within 20 minutes."""
    return [
        _layers("uvicorn", *_OTHERS, NULL, twin=_FASTAPI),
        *(
            Case(
                f"latency-{share}",
                f"Latency at {share} % of each one's own capacity",
                None,
                PAIR[0],
                _QUART,
                PAIR,
                LATENCY,
                _QUART if share == 60 else _FASTAPI,
                load=share / 100,
            )
            for share in (30, 60, 90)
        ),
        Case(
            "latency-equal",
            "Latency at one rate for all, 60 % of the slowest's capacity",
            None,
            APPS,
            APPS[-1],
            PAIR,
            LATENCY,
            _QUART,
            load=0.6,
            equal=True,
        ),
        _layers("hypercorn", twin="quart@hypercorn"),
        _layers("granian", twin="fastapi@granian"),
        Case(
            "collections",
            "Weather from the cache, collections of all or only of what is new",
            workloads.weather_for_long,
            [*APPS[:2], *_THAWED],
            _THAWED[-1],
            [(_FASTAPI, _THAWED[0]), (_QUART, _THAWED[1]), _THAWED],
            PAUSES,
            _QUART,
            seconds=2,
        ),
        Case(
            "look-ups",
            f"Weather with a {workloads.SOURCE_MS} ms source",
            workloads.look_ups,
            [*APPS, *_OTHERS],
            APPS[-1],
            PAIR,
            twin=_QUART,
            source_ms=workloads.SOURCE_MS,
            seconds=2,
        ),
        _apps("cities", "Twenty cities at once", workloads.cities, _FASTAPI),
        _apps("posts", "Messages posted over HTTP", workloads.posts, _QUART),
        _fan_out(10, *_MINIMAL, "node", "go", NULL, twin=_FASTAPI),
        _fan_out(100, *_MINIMAL, "node", "go", NULL, twin=_QUART),
        _fan_out(200, NULL, twin=_FASTAPI),
        _fan_out(1_000, twin=_FASTAPI),
        _apps(
            "rooms",
            "A hundred rooms of five",
            workloads.small_rooms,
            _QUART,
            DELIVERIES,
        ),
        _apps(
            "stalled",
            "A room of 100 of whom 10 do not read",
            workloads.stalled_readers,
            _FASTAPI,
            DELIVERIES,
            seconds=2.5,
        ),
        _apps(
            "storm",
            "Sockets that come and go",
            workloads.storm,
            _QUART,
            {"rate": "handshakes/s"},
        ),
        Case(
            "shares",
            "Where the time goes in fan-out to 200",
            workloads.fan_out(200),
            _SAMPLED,
            _SAMPLED[-1],
            [_SAMPLED],
            SHARES,
            seconds=3.5,
        ),
        Case(
            "life",
            "Start, memory, idle sockets",
            None,
            APPS,
            APPS[-1],
            PAIR,
            LIFE,
            seconds=6,
            most_rounds=MIN_ROUNDS,  # they take long, and differ little
        ),
        Case(
            "workers",
            "Weather from the cache with 1, 2 and 4 workers, on all cores",
            workloads.weather_of_many,
            [f"{app}{n}" for app in (_FASTAPI, _QUART) for n in ("", "*2", "*4")],
            _FASTAPI,
            [(f"{_FASTAPI}{n}", f"{_QUART}{n}") for n in ("", "*2", "*4")],
            all_cores=True,
        ),
    ]


def quick() -> list[Case]:
    """What a minute and a half tell."""
    return [
        Case(
            "weather-uvicorn",
            "Weather from the cache, uvicorn",
            workloads.weather,
            [*APPS, *_MINIMAL, NULL],
            APPS[-1],
            _pairs("uvicorn"),
            twin=_FASTAPI,
        ),
        _fan_out(100, NULL, twin=_QUART),
    ]


PLANS: dict[str, Callable[[], list[Case]]] = {"full": full, "quick": quick}
