"""Make a token for somebody who may come in: `python -m shared.token --help`."""

import argparse
import sys
import time
from contextlib import suppress

from pydantic import ValidationError

from shared.chat.tokens import Claims, sign
from shared.errors import StartError
from shared.settings import Settings

_EXAMPLE = "python -m shared.token ann --rooms lobby attic --minutes 60"


def main() -> int:
    """Print a token; the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.token",
        description="Print a token, signed with TANDEM_TOKEN_SECRET.",
        epilog=f"Example: {_EXAMPLE}",
    )
    parser.add_argument("name", help="what its holder is called in every room")
    parser.add_argument(
        "--rooms", nargs="+", default=["lobby"], help="which it opens; default: lobby"
    )
    parser.add_argument(
        "--minutes", type=_minutes, default=60, help="how long; default: %(default)s"
    )
    args = parser.parse_args()
    try:
        print(_token(args.name, args.rooms, args.minutes))
    except StartError as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 2
    return 0


def _minutes(text: str) -> float:
    with suppress(ValueError):
        if (minutes := float(text)) > 0:
            return minutes
    raise argparse.ArgumentTypeError("use a number of minutes over 0")


def _token(name: str, rooms: list[str], minutes: float) -> str:
    secret = Settings.load().token_secret
    if secret is None:
        raise StartError(
            "TANDEM_TOKEN_SECRET is not set: give it the secret that the apps have."
        )
    try:
        ends = time.time() + minutes * 60
        return sign(Claims(sub=name, rooms=rooms, exp=ends), secret)
    except ValidationError as error:
        found = error.errors()[0]
        claim, reason = found["loc"][0], found["msg"].removeprefix("Value error, ")
        option = {"sub": "name", "exp": "--minutes"}.get(str(claim), "--rooms")
        raise StartError(f"{option} cannot be used: {reason}.") from None


if __name__ == "__main__":
    sys.exit(main())
