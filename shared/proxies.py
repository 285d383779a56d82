"""What a reverse proxy says of its client: believed if the proxy is one of ours.

Ours, because the three servers' own ways cannot be made alike: uvicorn's believes no
`X-Forwarded-Host`, hypercorn's believes everybody, and granian's takes what is left.
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from shared.asgi import Scope

_Address = IPv4Address | IPv6Address


class Proxies:
    """The proxies whose `X-Forwarded-*` are believed, by addresses and networks."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = [ip_network(each) for each in trusted]

    def seen_through(self, scope: Scope) -> Scope:
        """The scope as it would be, had the client come without our proxies."""
        if not self._trusted or not self._are_ours(_peer(scope)):
            return scope
        seen = {**scope}
        if client := self._client(_values(scope, b"x-forwarded-for")):
            seen["client"] = (str(client), 0)
        # The nearest proxy's word is the last; what stands before it anybody may say.
        if scheme := _values(scope, b"x-forwarded-proto")[-1:]:
            kind = "ws" if scope["type"] == "websocket" else "http"
            seen["scheme"] = kind + "s" * (scheme[0] in {"https", "wss"})
        if host := _values(scope, b"x-forwarded-host")[-1:]:
            others = [each for each in scope["headers"] if each[0] != b"host"]
            seen["headers"] = [(b"host", host[0].encode("latin-1")), *others]
        return seen

    def _client(self, forwarded_for: Sequence[str]) -> _Address | None:
        """The first address from the right that is none of ours, or the last of ours.

        Further left is only what that client says of itself.
        """
        client = None
        for each in reversed(forwarded_for):
            address = _address(each)
            if address is None:  # "unknown", say: nothing is known beyond our own
                break
            client = address
            if not self._are_ours(address):
                break
        return client

    def _are_ours(self, address: _Address | None) -> bool:
        return address is not None and any(address in each for each in self._trusted)


def _peer(scope: Scope) -> _Address | None:
    client = scope.get("client")  # none over a Unix socket
    return _address(client[0]) if client else None


def _values(scope: Scope, name: bytes) -> list[str]:
    """All values of a header of lists, in order, however many lines it takes."""
    lines = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return [each.strip() for each in ",".join(lines).split(",") if each.strip()]


def _address(text: str) -> _Address | None:
    """An address, which may have a port; none with a zone, that could hold anything."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    return None if address.scope_id else address.ipv4_mapped or address
