"""What the commands of the tests take on their command lines."""

import argparse


def whole_number(text: str) -> int:
    """The type of an argument that counts something. Raises ArgumentTypeError."""
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
