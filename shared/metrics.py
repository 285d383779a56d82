"""What both apps count for Prometheus, under the same names."""

from prometheus_client import Counter, Gauge, Histogram

HTTP_SECONDS = Histogram(
    "tandem_http_request_duration_seconds",
    "Time from a request's head to the end of its answer.",
    ["framework", "method", "route", "status"],
)
OPEN_SOCKETS = Gauge("tandem_chat_open_sockets", "Clients joined to a room.")
MESSAGES = Counter("tandem_chat_messages", "Messages that became durable.")
REFUSED_FRAMES = Counter(
    "tandem_chat_refused_frames", "Frames answered with an error.", ["code"]
)
CLOSED_SOCKETS = Counter(
    "tandem_chat_closed_sockets", "Sockets this side closed.", ["code"]
)
JOURNAL_COMMIT_MESSAGES = Histogram(
    "tandem_journal_commit_messages",
    "Messages made durable by one commit.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000),
)
