"""Which pages of other origins may read what we answer."""

import pytest

from shared import cors
from shared.errors import ForeignOrigin

FRIEND = "https://friend.example"
ALLOWED = frozenset({FRIEND})


def test_a_page_of_an_allowed_origin_may_read() -> None:
    """The answer, and those headers of it that are not open to every page."""
    told = dict(cors.headers_for({b"origin": FRIEND.encode()}, ALLOWED))
    assert told[b"access-control-allow-origin"] == FRIEND.encode()
    exposed = told[b"access-control-expose-headers"].split(b", ")
    assert {b"etag", b"age", b"retry-after", b"x-request-id"} <= set(exposed)
    assert told[b"vary"] == b"Origin"


@pytest.mark.parametrize(
    "origin", [None, b"https://evil.example", b"null", b"", b"*", b"\xff"]
)
def test_other_pages_may_not_read(origin: bytes | None) -> None:
    """A cache is told that the answer depends on who asks."""
    request = {} if origin is None else {b"origin": origin}
    assert cors.headers_for(request, ALLOWED) == [(b"vary", b"Origin")]


@pytest.mark.parametrize(
    ("names", "is_one"),
    [
        ({b"origin", b"access-control-request-method"}, True),
        ({b"origin"}, False),
        ({b"access-control-request-method"}, False),
        (set(), False),
    ],
)
def test_what_is_a_preflight(names: set[bytes], *, is_one: bool) -> None:
    """Both headers make it one."""
    assert cors.is_preflight(dict.fromkeys(names, b"x")) is is_one


def test_a_preflight_of_an_allowed_origin() -> None:
    """It is told all that a page may ask, and for how long that holds."""
    told = dict(cors.preflight({b"origin": FRIEND.encode()}, ALLOWED))
    assert set(told[b"access-control-allow-methods"].split(b", ")) == {
        b"GET",
        b"HEAD",
        b"POST",
    }
    for each in (b"authorization", b"content-type"):
        assert each in told[b"access-control-allow-headers"]
    assert int(told[b"access-control-max-age"]) > 0


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b"\xff"])
def test_a_preflight_of_another_origin(origin: bytes) -> None:
    """It is refused, and told why."""
    with pytest.raises(ForeignOrigin, match=r"Pages of .+ may not ask here\."):
        cors.preflight({b"origin": origin}, ALLOWED)


def test_the_answers_do_not_share_a_list() -> None:
    """The middleware adds to what it is given."""
    request = {b"origin": FRIEND.encode()}
    cors.preflight(request, ALLOWED).append((b"x", b"y"))
    assert (b"x", b"y") not in cors.preflight(request, ALLOWED)
