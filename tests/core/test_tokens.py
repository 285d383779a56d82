"""Who may come in: which tokens are good, what they allow, and when they end."""

import time
from typing import Any

import jwt
import pytest
from pydantic import SecretStr

from shared.chat.frames import HistoryQuery, Join, NewMessage
from shared.chat.tokens import Claims, Tokens, accepted, sign
from shared.errors import (
    CloseSocket,
    Forbidden,
    InvalidToken,
    StartError,
    TokenExpired,
    Unauthorized,
)
from tests.core.conftest import OpenChat
from tests.core.fakes import LoopClock

SECRET = SecretStr("s" * 32)
SOON = time.time() + 3_600
ANN = Claims(sub="ann", rooms=["lobby"], exp=SOON)
FULL: dict[str, Any] = {"sub": "ann", "rooms": ["lobby"], "exp": SOON}


def signed(**changed: Any) -> str:
    """A token with these claims, None for no claim."""
    claims = {k: v for k, v in {**FULL, **changed}.items() if v is not None}
    return jwt.encode(claims, SECRET.get_secret_value(), "HS256")


def refused(*authorization: str, subprotocols: tuple[str, ...] = ()) -> Unauthorized:
    """The error with which a client is refused that shows this."""
    with pytest.raises(Unauthorized) as caught:
        Tokens(SECRET).verify(authorization, subprotocols)
    assert caught.value.__cause__ is None
    return caught.value


def test_without_a_secret_nobody_needs_a_token() -> None:
    """Whatever comes is not looked at."""
    tokens = Tokens(None)
    assert tokens.verify(["Bearer x", "Bearer y"], ["bearer.z"]) is None
    tokens.check(None, "lobby", "ann")
    join = Join(room="attic", name="bob")
    assert tokens.admit(None, join) is join


def test_a_token_comes_in_one_of_two_ways() -> None:
    """Its scheme in any case, whatever else is offered or logged in with."""
    tokens, token = Tokens(SECRET), sign(ANN, SECRET)
    for header in (f"Bearer {token}", f"bearer {token}", f"BEARER   {token} "):
        assert tokens.verify([header], []) == ANN
    assert tokens.verify([], ["tandem.v1", f"bearer.{token}"]) == ANN
    assert tokens.verify(["Basic YTpi"], [f"bearer.{token}"]) == ANN


def test_no_token_is_told_apart_from_a_bad_one() -> None:
    """By the challenge (RFC 6750, section 3.1), of the same type."""
    for none in (
        refused(),
        refused("Basic YTpi"),
        refused(subprotocols=("tandem.v1",)),
    ):
        assert none.headers == {"WWW-Authenticate": "Bearer"}
        assert str(none) == (
            "A token is needed here, as `Authorization: Bearer` or, for a socket,"
            " as the subprotocol `bearer.` with the token behind it."
        )
    bad = refused("Bearer x")
    assert bad.headers == {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    assert (bad.status, bad.slug) == (none.status, none.slug) == (401, "unauthorized")


def test_two_tokens_are_none() -> None:
    """By whichever ways they come."""
    token = sign(ANN, SECRET)
    for error in (
        refused(f"Bearer {token}", f"Bearer {token}"),
        refused(f"Bearer {token}", "Basic YTpi"),
        refused(f"Bearer {token}", subprotocols=(f"bearer.{token}",)),
        refused(subprotocols=(f"bearer.{token}", f"bearer.{token}")),
    ):
        assert isinstance(error, InvalidToken)
        assert str(error) == "Only one token may come with a request."


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"exp": 1}, "The token has expired."),
        ({"nbf": SOON}, "The token is not valid yet."),
        ({"iat": SOON}, "The token is not valid yet."),
        ({"exp": None}, "The token breaks the rules for `exp`."),
        ({"exp": 253_402_300_800}, "The token breaks the rules for `exp`."),
        ({"sub": None}, "The token breaks the rules for `sub`."),
        (
            {"sub": "a\nb", "rooms": "lobby"},
            "The token breaks the rules for `sub`, `rooms`.",
        ),
        ({"rooms": [7]}, "The token breaks the rules for `rooms`."),
        ({"exp": []}, "The token is not valid."),
        ({"exp": float("inf")}, "The token is not valid."),
        ({"sub": 7}, "The token is not valid."),
        ({"aud": "others"}, "The token is not valid."),
    ],
)
def test_what_is_wrong_with_a_token(changed: dict[str, Any], reason: str) -> None:
    """Whoever made it is told which claim to mend."""
    error = refused(f"Bearer {signed(**changed)}")
    assert isinstance(error, InvalidToken)
    assert str(error) == reason


def test_only_our_own_signature_counts() -> None:
    """Neither that of another secret or algorithm, nor none."""
    for token in (
        jwt.encode(FULL, "x" * 32, "HS256"),
        jwt.encode(FULL, SECRET.get_secret_value() * 2, "HS512"),
        jwt.encode(FULL, None, "none"),
        signed()[:-2],
        "",
    ):
        assert str(refused(f"Bearer {token}")) == "The token is not valid."


def test_a_token_has_4096_characters_at_most() -> None:
    """Longer ones are not even read, nor made."""
    token = signed(x="y" * (4_096 * 3 // 4 - 140))
    while len(token) < 4_096:
        token += "A"
    assert str(refused(f"Bearer {token}")) == "The token is not valid."
    error = refused(f"Bearer {token}A")
    assert str(error) == "The token is over 4096 characters long."
    many = Claims(sub="ann", rooms=["r" * 64] * 50, exp=SOON)
    with pytest.raises(StartError) as caught:
        sign(many, SECRET)
    assert str(caught.value) == (
        "The token would be over 4096 characters long: name fewer rooms."
    )


def test_a_token_as_long_as_may_be_is_made_and_read() -> None:
    """What can be made can be used."""
    size, token = 1, ""
    while len(token) < 4_096:
        rooms = ["r" * 64] * 44 + ["r" * size]
        token, size = sign(Claims(sub="ann", rooms=rooms, exp=1e11), SECRET), size + 1
    assert len(token) == 4_096
    assert Tokens(SECRET).verify([f"Bearer {token}"], []) is not None


def test_a_token_opens_its_rooms_under_its_name() -> None:
    """And a route that verified nothing lets nobody in."""
    tokens = Tokens(SECRET)
    tokens.check(ANN, "lobby")
    tokens.check(ANN, "lobby", "ann")
    with pytest.raises(Forbidden, match=r"^Your token is not for this room\.$"):
        tokens.check(ANN, "attic", "ann")
    with pytest.raises(Forbidden, match=r"^Your token is for another name\.$"):
        tokens.check(ANN, "lobby", "bob")
    with pytest.raises(Unauthorized, match=r"^A token is needed here\.$"):
        tokens.check(None, "lobby")


def test_who_joins_is_called_what_the_token_says() -> None:
    """Whether or not it said so itself; saying another name is refused."""
    tokens = Tokens(SECRET)
    assert tokens.admit(ANN, Join(after=3)).model_dump() == {
        "room": "lobby",
        "name": "ann",
        "after": 3,
        "epoch": None,
    }
    assert tokens.admit(ANN, Join(name="ann")).name == "ann"
    with pytest.raises(Forbidden):
        tokens.admit(ANN, Join(name="bob"))
    with pytest.raises(Forbidden):
        tokens.admit(ANN, Join(room="attic"))


def test_only_our_subprotocol_is_spoken() -> None:
    """A token is not taken up, and so not sent back."""
    assert accepted(["bearer.x", "tandem.v1"]) == "tandem.v1"
    assert accepted(["bearer.x", "tandem.v2"]) is None
    assert accepted([]) is None


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock on the wall says: at first a minute before Ann's token ends."""
    now = [SOON - 60]
    monkeypatch.setattr(time, "time", lambda: now[0])
    return now


@pytest.mark.asyncio
async def test_the_end_of_a_token_is_told_once(
    clock: LoopClock, wall: list[float]
) -> None:
    """By the clock on the wall: set back meanwhile, it is waited for again."""
    told: list[CloseSocket] = []
    with ANN.while_valid(told.append):
        wall[0] -= 30
        await clock.advance(60)
        assert told == []
        wall[0] += 90
        await clock.advance(89)
        assert told == []
        await clock.advance(1)
        assert [type(each) for each in told] == [TokenExpired]
    await clock.advance(3_600)
    assert len(told) == 1


@pytest.mark.asyncio
async def test_who_has_left_is_not_told(clock: LoopClock, wall: list[float]) -> None:
    """No timer is left behind; one that had expired before is told at once."""
    told: list[CloseSocket] = []
    with ANN.while_valid(told.append):
        pass
    wall[0] += 60
    await clock.advance(61)
    assert told == []
    with ANN.while_valid(told.append):
        assert len(told) == 1


@pytest.mark.asyncio
async def test_the_chat_asks_for_tokens(open_chat: OpenChat) -> None:
    """On each of the ways into a room; a route that forgets them lets nobody in."""
    chat = open_chat(token_secret=SECRET)
    hi = NewMessage(name="ann", text="hi")
    with pytest.raises(Unauthorized):
        await chat.post("lobby", hi, "10.0.0.1")
    with pytest.raises(Unauthorized):
        await chat.history("lobby", HistoryQuery())
    with pytest.raises(Unauthorized):
        async with chat.join(Join(), None, None):
            pass
    with pytest.raises(Forbidden):
        await chat.post("lobby", NewMessage(name="bob", text="hi"), "10.0.0.1", ANN)
    assert (await chat.post("lobby", hi, "10.0.0.1", ANN)).created
    assert len((await chat.history("lobby", HistoryQuery(), ANN)).messages) == 1
    async with chat.join(Join(), None, None, "ws", ANN) as seat:
        frame = await anext(aiter(seat.frames()))
        assert '"name":"ann"' in frame
