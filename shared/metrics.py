"""What both apps count for Prometheus, under the same names.

The one module that knows Prometheus' client: all others call what is here.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fcntl import LOCK_EX, LOCK_SH
from functools import lru_cache
from pathlib import Path
from time import perf_counter

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from shared.errors import CloseSocket, TandemError
from shared.worker_slot import Slot, files_locked

MANY_PROCESSES = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder in which several processes count together."""

CONTENT_TYPE = CONTENT_TYPE_LATEST

_folder = os.environ.get(MANY_PROCESSES)
_making = ExitStack()  # until all that is below has its files
if _folder:
    _making.enter_context(files_locked(Path(_folder), LOCK_EX))
_slot = Slot(Path(_folder)) if _folder else None
if _slot:  # it has to be said before the first metric is made
    values.ValueClass = values.MultiProcessValue(lambda: _slot.number)
disable_created_metrics()  # several processes have none either

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LIVES = (1, 10, 60, 600, 3_600, 21_600, 86_400)

HTTP_SECONDS = Histogram(
    "tandem_http_request_duration_seconds",
    "Time from a request's head to the end of its answer; status 0 is one that had"
    " gone before it was answered.",
    ["framework", "method", "route", "status"],
    buckets=_FAST,
)
HANDSHAKES = Counter(
    "tandem_chat_handshakes",
    "Handshakes of sockets by their answer; 101 is one that was accepted.",
    ["framework", "status"],
)
OPEN_SOCKETS = Gauge(
    "tandem_chat_open_sockets",
    "Clients that have a seat.",
    multiprocess_mode="livesum",
)
MAX_SOCKETS = Gauge(
    "tandem_chat_max_sockets",
    "Seats that there are: TANDEM_CHAT_MAX_CONNECTIONS of every process.",
    multiprocess_mode="livesum",
)
CLOSED_SOCKETS = Counter(
    "tandem_chat_sockets_closed",
    "Sockets that ended, by the code this side closed them with; gone where the client"
    " went by itself.",
    ["code"],
)
SOCKET_SECONDS = Histogram(
    "tandem_chat_socket_duration_seconds", "How long a socket lived.", buckets=_LIVES
)
POSTED = Counter(
    "tandem_chat_messages_posted",
    "Messages that became durable, from sockets and over HTTP, each once.",
)
DELIVERED = Counter(
    "tandem_chat_messages_delivered",
    "Messages handed to sockets, replayed ones too; counted once a second.",
)
REFUSED_FRAMES = Counter(
    "tandem_chat_frames_refused",
    "Frames answered with an error, by its code.",
    ["code"],
)
LAG = Gauge(
    "tandem_chat_lag_messages",
    "How far the slowest member that had caught up once is behind its room, as of the"
    " last second.",
    multiprocess_mode="livemax",
)
CATCH_UP = Histogram(
    "tandem_chat_catch_up_messages",
    "How far a member was behind when it had to be served a page from the journal.",
    buckets=(100, 500, 1_000, 2_000, 5_000, 10_000, 50_000),
)
APPEND_SECONDS = Histogram(
    "tandem_journal_append_duration_seconds",
    "Time until a message was durable, or refused because it could not be.",
    buckets=_FAST,
)
APPEND_FAILURES = Counter(
    "tandem_journal_append_failures", "Messages that the journal did not take."
)
COMMIT_MESSAGES = Histogram(
    "tandem_journal_commit_messages",
    "Messages made durable by one commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000),
)
CACHE = Counter(
    "tandem_weather_cache_lookups",
    "Reports asked of the cache: hit, miss (the source was asked), coalesced (waited"
    " for another's look-up), stale (an old one stood in), unknown (known not to be).",
    ["outcome"],
)
UPSTREAM_SECONDS = Histogram(
    "tandem_weather_upstream_duration_seconds",
    "Time that a look-up at the source took, retry included, by how it ended.",
    ["outcome"],
    buckets=_FAST,
)
RESTARTS = Counter(
    "tandem_worker_restarts", "Workers that took the place of one that died."
)

# A rate needs a series from before the first event, so all that can be are there.
for _code in ("gone", *sorted({each.code for each in CloseSocket.__subclasses__()})):
    CLOSED_SOCKETS.labels(_code)
for _name in ("invalid_json", "invalid_message", "rate_limited", "unavailable"):
    REFUSED_FRAMES.labels(_name)
for _name in ("hit", "miss", "coalesced", "stale", "unknown"):
    CACHE.labels(_name)
_FAILURES = ("unknown-city", "upstream-timeout", "upstream-broken", "upstream-busy")
for _name in ("ok", *_FAILURES):
    UPSTREAM_SECONDS.labels(_name)
CACHE_HITS = CACHE.labels("hit")
if _slot and _slot.had_another:
    RESTARTS.inc()
_making.close()


@lru_cache(1_000)
def http_seconds(framework: str, method: str, route: str, status: int) -> Histogram:
    """What observes how long such requests take."""
    return HTTP_SECONDS.labels(framework, method, route, status)


@contextmanager
def lookup_observed() -> Iterator[None]:
    """Observe how long a look-up at the weather source takes, and how it ends."""
    began = perf_counter()
    try:
        yield
    except TandemError as error:
        UPSTREAM_SECONDS.labels(error.slug).observe(perf_counter() - began)
        raise
    UPSTREAM_SECONDS.labels("ok").observe(perf_counter() - began)


def exposition() -> bytes:
    """All metrics in Prometheus' text format; of all workers, where there are more."""
    if _folder is None:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together, _folder)
    with files_locked(Path(_folder), LOCK_SH):
        return generate_latest(together)
