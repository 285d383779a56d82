"""What the load generator is told to do, and what it tells of it, as plain data."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What a right answer is: its status, and its whole body or a part of it."""

    body: str
    whole: bool = False
    status: int = 200


@dataclass(frozen=True)
class Requests:
    """HTTP requests over kept-alive connections.

    In a closed loop each connection asks again as soon as it has its answer; with
    `rate` they are due at that constant rate, whatever the server does. In the path,
    the body and the answer `{n}` is a number that no other request of this process has.
    """

    port: int
    path: str
    answer: Answer
    connections: int
    seconds: float
    warm_up: float
    body: str = ""
    rate: float = 0


@dataclass(frozen=True)
class Fan:
    """Members of rooms, one of each room sending: `window` messages are under way.

    `{room}` in the path is a room of its own for each. `marker` begins the frames that
    count, `content` is in each of them. Of each room's members `stalled` never read.
    """

    port: int
    path: str
    message: str
    marker: str
    content: str
    rooms: int
    members: int
    window: int
    seconds: float
    warm_up: float
    stalled: int = 0


@dataclass(frozen=True)
class Storm:
    """Sockets that are opened, greeted with `marker` and broken off, over and over."""

    port: int
    path: str
    marker: str
    at_once: int
    seconds: float
    warm_up: float


@dataclass(frozen=True)
class Hold:
    """Sockets that are opened and kept idle until there are `connections` of them."""

    port: int
    path: str
    marker: str
    connections: int


@dataclass(frozen=True)
class Release:
    """Break off all sockets that are held."""


Job = Requests | Fan | Storm | Hold | Release
KINDS: dict[str, type[Any]] = {
    each.__name__: each for each in (Requests, Fan, Storm, Hold, Release)
}


@dataclass
class Outcome:
    """What came of a job, in its window of `seconds`.

    `rate` is answers, deliveries or handshakes a second. Latencies are in
    milliseconds, `in_flight` is the mean number under way. `busy` is the share of a
    core that the generator used, `late_ms` how late it sent at the 99th percentile.
    """

    seconds: float = 0
    count: int = 0
    rate: float = 0
    in_flight: float = 0
    exchanges: float = 0
    mean_ms: float = 0
    p50_ms: float = 0
    p90_ms: float = 0
    p99_ms: float = 0
    max_ms: float = 0
    late_ms: float = 0
    busy: float = 0
    errors: int = 0
    wrong: int = 0
    reasons: list[str] = field(default_factory=list)


def encode(job: Job) -> dict[str, Any]:
    """A job as JSON has it."""
    return {"kind": type(job).__name__, **asdict(job)}


def decode(said: dict[str, Any]) -> Job:
    """A job from what `encode` made of it."""
    said = dict(said)
    kind = KINDS[said.pop("kind")]
    if "answer" in said:
        said["answer"] = Answer(**said["answer"])
    job: Job = kind(**said)
    return job
