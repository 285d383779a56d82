"""What a reverse proxy says of its client, and when it is believed."""

import pytest

from shared.proxies import Proxies
from tests.core.asgi import http_scope, socket_scope

OURS = ("127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32")
OTHER = ("203.0.113.9", 4711)


def client(peer: str, *forwarded: str, trusted: tuple[str, ...] = OURS) -> str:
    """Whom the app takes for the client of a request from that address."""
    scope = {**http_scope(), "client": (peer, 4711)}
    scope["headers"] = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    address: str = Proxies(trusted).seen_through(scope)["client"][0]
    return address


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("6.6.6.6, 198.51.100.1", "198.51.100.1"),
        ("198.51.100.1, 10.0.0.1, 2001:db8::1", "198.51.100.1"),
        ("10.0.0.2, 10.0.0.1", "10.0.0.2"),
        ("198.51.100.1:80", "198.51.100.1"),
        ("[2a00::1]", "2a00::1"),
        ("[2a00::1]:80", "2a00::1"),
        ("2A00:0::1", "2a00::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("198.51.100.1, , 10.0.0.1,", "198.51.100.1"),
        ("198.51.100.1, unknown", "127.0.0.1"),
        ("198.51.100.1, unknown, 10.0.0.1", "10.0.0.1"),
        ("fe80::1%\x1b[31m", "127.0.0.1"),
        ("_hidden", "127.0.0.1"),
        ("1.2.3.4.5", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_not_ours(
    forwarded: str, found: str
) -> None:
    """What stands further left anybody may have written."""
    assert client("127.0.0.1", forwarded) == found
    assert client("::ffff:127.0.0.1", forwarded).endswith(found)


def test_a_list_may_take_several_lines() -> None:
    """They are one list, in order (RFC 9110, section 5.3)."""
    assert client("127.0.0.1", "6.6.6.6, 198.51.100.1", "10.0.0.1") == "198.51.100.1"


def test_others_are_not_believed() -> None:
    """Nor is anybody where there are no proxies; the scope is then left alone."""
    said = {
        "x-forwarded-for": "198.51.100.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
    }
    for scope, trusted in (
        ({**http_scope(headers=said), "client": OTHER}, OURS),
        ({**http_scope(headers=said), "client": None}, OURS),
        (http_scope(headers=said), OURS),
        ({**http_scope(headers=said), "client": ("/run/app.sock", 0)}, OURS),
        ({**http_scope(headers=said), "client": ("127.0.0.1", 1)}, ()),
    ):
        assert Proxies(trusted).seen_through(scope) is scope


@pytest.mark.parametrize(
    ("said", "http", "socket"),
    [
        ("https", "https", "wss"),
        ("wss", "https", "wss"),
        ("http", "http", "ws"),
        ("http, https", "https", "wss"),
        ("https, http", "http", "ws"),
        ("nonsense", "http", "ws"),
    ],
)
def test_the_last_scheme_counts(said: str, http: str, socket: str) -> None:
    """It is the nearest proxy's own word."""
    headers = {"x-forwarded-proto": said}
    for scope, scheme in ((http_scope, http), (socket_scope, socket)):
        given = {**scope(headers=headers), "client": ("10.1.2.3", 1), "scheme": "x"}
        assert Proxies(OURS).seen_through(given)["scheme"] == scheme


def test_the_last_host_counts() -> None:
    """In the place of the one by which the proxy called us; the rest stays."""
    headers = {"host": "app:8000", "x-forwarded-host": "a.example, b.example", "x": "y"}
    given = {**http_scope(headers=headers), "client": ("10.1.2.3", 1), "scheme": "http"}
    seen = Proxies(OURS).seen_through(given)
    assert dict(seen["headers"])[b"host"] == b"b.example"
    assert [name for name, _ in seen["headers"]].count(b"host") == 1
    assert dict(seen["headers"])[b"x"] == b"y"
    assert seen["scheme"] == "http"
    assert seen["client"] == ("10.1.2.3", 1)
    assert dict(given["headers"])[b"host"] == b"app:8000"
