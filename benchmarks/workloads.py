"""What the subjects are asked to do, as jobs for the load generator."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.request import urlopen

from benchmarks.load.http import constant
from benchmarks.load.jobs import Answer, Fan, Job, Requests, Storm
from benchmarks.processes import NotStarted
from benchmarks.subjects import BODY_BYTES, Subject

CONNECTIONS = 32
SOURCE_MS = 50
_LOOK_UPS = 20
"""As many as our core asks its source for at once; more would wait for each other."""

_LONG_TEXT = "🌍" * 2_000
"""8,000 bytes, so that who does not read is stalled soon: buffers hold megabytes."""

_CITIES = [
    "Paris",
    "Tokyo",
    "Cairo",
    "Moscow",
    "Berlin",
    "Madrid",
    "Rome",
    "Oslo",
    "Lima",
    "Quito",
    "Seoul",
    "Delhi",
    "Lagos",
    "Accra",
    "Dakar",
    "Vienna",
    "Prague",
    "Dublin",
    "Lisbon",
    "Athens",
]


@dataclass(frozen=True)
class Window:
    """How long a run warms up and how long it is measured."""

    seconds: float
    warm_up: float

    def times(self, factor: float) -> "Window":
        """A longer one, for what comes in slow waves."""
        return Window(self.seconds * factor, self.warm_up * factor)


MakeJob = Callable[[Subject, int, Window], Job]


def weather(subject: Subject, port: int, window: Window) -> Job:
    """One city from the cache; a minimal handler answers its constant."""
    return _requests(subject, port, window, "/weather/Paris")


def weather_for_long(subject: Subject, port: int, window: Window) -> Job:
    """The same for so long that pauses come again and again."""
    return weather(subject, port, window.times(4))


def weather_of_many(_: Subject, port: int, window: Window) -> Job:
    """The same of several workers, each of which has looked the city up for itself."""
    answer = Answer('"name":"Paris"')
    connections = 2 * CONNECTIONS
    return Requests(
        port, "/weather/Paris", answer, connections, window.seconds, window.warm_up
    )


def paced(rate: float) -> MakeJob:
    """The same, due at a constant rate."""

    def make(subject: Subject, port: int, window: Window) -> Job:
        path, answer = _answer(subject, port, "/weather/Paris")
        # Near the capacity a queue takes its time to find its length.
        long = window.times(2)
        return Requests(port, path, answer, 256, long.seconds, long.warm_up, rate=rate)

    return make


def cities(subject: Subject, port: int, window: Window) -> Job:
    """Twenty cities in one request, from the cache."""
    query = "&".join(f"city={each}" for each in _CITIES)
    return _requests(subject, port, window, f"/weather?{query}")


def look_ups(_: Subject, port: int, window: Window) -> Job:
    """A city that was never asked for, each time, with a slow source."""
    answer = Answer('"name":"c{n}"')
    warm_up = max(0.3, window.warm_up)  # a few look-ups long
    return Requests(port, "/weather/c{n}", answer, _LOOK_UPS, window.seconds, warm_up)


def posts(_: Subject, port: int, window: Window) -> Job:
    """Messages posted to a room over HTTP."""
    return Requests(
        port,
        "/chat/posts/messages",
        Answer('"text":"text {n}"', status=201),
        CONNECTIONS,
        window.seconds,
        window.warm_up,
        body='{"name":"ann","text":"text {n}"}',
    )


def fan_out(receivers: int) -> MakeJob:
    """One sender, so many receivers."""

    def make(subject: Subject, port: int, window: Window) -> Job:
        # A message takes long to reach a thousand: fewer would be a coarse count.
        return _fan(subject, port, window.times(3 if receivers > 500 else 1), receivers)

    return make


def small_rooms(subject: Subject, port: int, window: Window) -> Job:
    """A hundred rooms of five members, one of each sending."""
    return _fan(subject, port, window, members=5, rooms=100, under_way=1)


def stalled_readers(subject: Subject, port: int, window: Window) -> Job:
    """A hundred members, ten of whom do not read."""
    long = Window(window.seconds * 3, max(1.2, window.warm_up))
    chat = subject.chat
    return Fan(
        port,
        chat.path,
        f'{{"text":"{_LONG_TEXT}"}}',
        chat.marker,
        _LONG_TEXT,
        rooms=1,
        members=100,
        window=8,
        seconds=long.seconds,
        warm_up=long.warm_up,
        stalled=10,
    )


def storm(subject: Subject, port: int, window: Window) -> Job:
    """Sockets that come and go."""
    chat = subject.chat
    return Storm(
        port, chat.path, chat.welcome, CONNECTIONS, window.seconds, window.warm_up
    )


def _fan(
    subject: Subject,
    port: int,
    window: Window,
    members: int,
    rooms: int = 1,
    under_way: int = 8,
) -> Fan:
    chat = subject.chat
    return Fan(
        port,
        chat.path,
        chat.message,
        chat.marker,
        chat.content,
        rooms,
        members,
        under_way,
        window.seconds,
        window.warm_up,
    )


def _requests(subject: Subject, port: int, window: Window, path: str) -> Requests:
    path, answer = _answer(subject, port, path)
    return Requests(port, path, answer, CONNECTIONS, window.seconds, window.warm_up)


def _answer(subject: Subject, port: int, path: str) -> tuple[str, Answer]:
    """Where to ask and what must come, which the subject is asked for once."""
    if subject.constant:
        return "/", Answer(constant(BODY_BYTES).decode(), whole=True)
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
            body = response.read().decode()
    except OSError as error:  # an HTTP status that is no success is one too
        raise NotStarted(f"{subject.name} does not answer {path} ({error}).") from error
    if '"name":"Paris"' not in body:
        raise NotStarted(f"{subject.name} does not know Paris: {body[:200]}")
    return path, Answer(body, whole=True)
