"""A weather source that knows any city and takes its time, as lean as can be.

`python -m benchmarks.load.source PORT MILLISECONDS`: it runs beside the generator.
"""

import asyncio
import json
import re
import sys
from typing import cast

import uvloop

from shared.weather import stand_in
from shared.weather.wire import MEASURED

_NAME = re.compile(rb"[?&]name=([^& ]+)")
_PLACE = {"latitude": 48.85, "longitude": 2.35}


def _response(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d"
    return head % len(body) + b"\r\n\r\n" + body


def _forecast() -> bytes:
    query = {name: str(value) for name, value in _PLACE.items()}
    query |= {"current": MEASURED, "timezone": "auto"}
    return _response(stand_in.encode(stand_in.answer("/v1/forecast", query)[1]))


class Source(asyncio.Protocol):
    """Answers each request of a connection after the delay."""

    def __init__(self, forecast: bytes, seconds: float) -> None:
        self._forecast = forecast
        self._seconds = seconds
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Take a request, which has no body."""
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        line, self._received = self._received.partition(b"\r\n")[0], b""
        name = _NAME.search(line)
        answer = self._found(name[1].decode()) if name else self._forecast
        asyncio.get_running_loop().call_later(self._seconds, self._answer, answer)

    def _found(self, name: str) -> bytes:
        place = {**_PLACE, "name": name, "country_code": "FR"}
        return _response(json.dumps({"results": [place]}).encode())

    def _answer(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def main(port: int, seconds: float) -> None:
    """Serve until the end of the process."""
    forecast, loop = _forecast(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Source(forecast, seconds), "127.0.0.1", port, backlog=512
    )
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1]), int(sys.argv[2]) / 1_000))
