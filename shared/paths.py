"""What a request's path and host say, before any framework looks at them."""


def route_of(path: str) -> str:
    """The route of a path: a label must not take every value a client invents."""
    match path.split("/")[1:]:
        case ["weather", _]:
            return "/weather/{city}"
        case ["chat", _, "messages"]:
            return "/chat/{room}/messages"
        case ["" | "weather" | "chat" | "docs" as page]:
            return f"/{page}"
        case ["healthz" | "readyz" | "metrics" as probe]:
            return f"/{probe}"
        case ["openapi.json" | "asyncapi.json" as document]:
            return f"/{document}"
        case ["static", *_]:
            return "/static"
    return "other"


def refusal(path: str, host: bytes) -> int | None:
    """The status that refuses a request over which the frameworks disagree."""
    # RFC 9112, section 3.2, wants 400 for a bad Host; Quart fails over one.
    labels = host.partition(b":")[0].removesuffix(b".").split(b".")
    if host and not (host.isascii() and all(0 < len(label) < 64 for label in labels)):
        return 400
    # Quart's router drops slashes at the start, FastAPI's a line feed at the end; both
    # take a file with a slash behind it, and Quart fails over names that are too long.
    nowhere = path.startswith("//") or (path.endswith(("/", "\n")) and path != "/")
    too_long = path.startswith("/static/") and len(path.encode(errors="replace")) > 255
    return 404 if nowhere or too_long else None
