"""The `websockets` library's own server: it relays with `broadcast()`, nothing else.

`python -m benchmarks.baselines.broadcast PORT`.
"""

import asyncio
import sys
from contextlib import suppress

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed


async def main(port: int) -> None:
    """Send every frame on to every client, for ever."""
    clients: set[ServerConnection] = set()

    async def relay(client: ServerConnection) -> None:
        clients.add(client)
        with suppress(ConnectionClosed):
            await client.send("{}")
            async for text in client:
                broadcast(clients, text)
        clients.discard(client)

    async with serve(relay, "127.0.0.1", port, compression=None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(int(sys.argv[1])))
