"""Runs first in a cell whose wall clock jumps; how far, the test writes into a file.

`time.monotonic` and the event loop's clock stay what they are, as when an operator or
NTP sets a machine's clock.
"""

import datetime
import mmap
import os
import struct
import time
from pathlib import Path
from typing import Any

_OFFSET = struct.Struct("d")

_now, _now_ns = time.time, time.time_ns
_real_datetime = datetime.datetime


def _offset() -> float:
    seconds: float = _OFFSET.unpack_from(_shared)[0]
    return seconds


def _shifted() -> float:
    return _now() + _offset()


def _shifted_ns() -> int:
    return _now_ns() + int(_offset() * 1_000_000_000)


class _AsReal(type):
    """What others made, such as pydantic's core, is an instance too."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, _real_datetime)


class _Datetime(_real_datetime, metaclass=_AsReal):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        return _real_datetime.fromtimestamp(_shifted(), tz)


with Path(os.environ["CHAOS_CLOCK"]).open("rb") as _file:
    _shared = mmap.mmap(_file.fileno(), _OFFSET.size, access=mmap.ACCESS_READ)

time.time, time.time_ns = _shifted, _shifted_ns
# A type is no variable, but for whoever imports it from here on.
datetime.datetime = _Datetime  # type: ignore[misc]
