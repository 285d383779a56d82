"""What the Accept header lets us answer."""

import pytest

from shared.errors import NotAcceptable
from shared.negotiation import require_json_accepted


@pytest.mark.parametrize(
    "accept",
    [
        None,
        b"*/*",
        b"application/json",
        b"Application/JSON",
        b"application/*",
        b"text/html, */*;q=0.1",
        b"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        b"application/json;q=0.001",
        b"application/json; charset=utf-8 ; q=1.000",
        b"text/html;q=0, application/json",
        b"*/*;q=0, application/json",
        b"application/*;q=0, application/json;q=0.5",
        b" application/json\t,text/html",
    ],
)
def test_json_is_accepted(accept: bytes | None) -> None:
    """Nothing said, or a range that holds it with a weight over none."""
    require_json_accepted(accept)


@pytest.mark.parametrize(
    "accept",
    [
        b"text/html",
        b"text/*",
        b"image/png, text/html;q=0.5",
        b"application/json;q=0",
        b"application/json;q=0.000",
        b"application/json;Q=0.0",
        b"*/*;q=0",
        b"application/json;q=0, */*",
        b"application/*;q=0, */*",
        b"application/xml",
        b"json",
        b"application/jsonp",
        b"\xff\xfe",
        b";;,;",
    ],
)
def test_json_is_not_accepted(accept: bytes) -> None:
    """The most specific range decides; nonsense accepts nothing and breaks nothing."""
    with pytest.raises(NotAcceptable):
        require_json_accepted(accept)
