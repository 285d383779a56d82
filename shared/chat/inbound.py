"""What one client sends: checked, limited, and appended in the order it came."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from shared.chat.frames import (
    ClientFrame,
    ErrorFrame,
    RateLimitedFrame,
    decode,
    encode,
    encode_message,
)
from shared.chat.journal import Appended, Draft
from shared.chat.limits import TokenBucket
from shared.errors import (
    BinaryFrame,
    CloseSocket,
    FrameTooLarge,
    InternalError,
    TandemError,
    TooManyRefusals,
)
from shared.metrics import REFUSED_FRAMES
from shared.settings import Settings

_log = logging.getLogger(__name__)

_APPENDS = 64
"""Messages of one client that may be on their way to the journal."""

Append = Callable[[Draft], Awaitable[Appended]]
Notify = Callable[[str], Awaitable[None]]
Close = Callable[[CloseSocket], None]


class Inbound:
    """The way into a room for one client, which is called `name` there.

    `start` is the cursor at which the client began to follow the room.
    """

    def __init__(
        self,
        room: str,
        name: str,
        start: int,
        append: Append,
        notify: Notify,
        close: Close,
        settings: Settings,
    ) -> None:
        self._room = room
        self._name = name
        self._start = start
        self._append = append
        self._notify = notify
        self._close = close
        self._settings = settings
        self._bucket = TokenBucket(settings.messages_per_second, settings.message_burst)
        self._refusals = 0
        self.taken = 0
        self._slots = asyncio.Semaphore(_APPENDS)
        self._appending: set[asyncio.Task[None]] = set()

    async def take(self, data: str | bytes) -> None:
        """Take one frame from the client. Raises CloseSocket."""
        self.taken += 1
        if not isinstance(data, str):
            raise BinaryFrame
        size = len(data.encode(errors="surrogatepass"))
        if size > self._settings.chat_frame_max_bytes:
            raise FrameTooLarge
        frame = self._limited(decode(data))
        if isinstance(frame, ErrorFrame):
            await self._refuse(frame)
        else:
            # Not awaited: the next frame need not wait for this one's commit. A task
            # of its own, so that what was taken is appended though its sender leaves.
            await self._slots.acquire()
            task = asyncio.create_task(self._post(frame))
            self._appending.add(task)
            task.add_done_callback(self._posted)

    def _posted(self, task: asyncio.Task[None]) -> None:
        self._appending.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _log.error("a message could not be posted", exc_info=error)
            self._close(InternalError())

    def _limited(self, frame: ClientFrame | ErrorFrame) -> ClientFrame | ErrorFrame:
        wait = self._bucket.take()
        if not wait:
            self._refusals = 0
            return frame
        self._refusals += 1
        if self._refusals >= self._settings.chat_max_refusals:
            raise TooManyRefusals
        return RateLimitedFrame(
            detail="You send faster than the limit; wait, then send it again.",
            ref=frame.ref,
            retry_after_seconds=round(wait + 0.001, 3),
        )

    async def _post(self, frame: ClientFrame) -> None:
        draft = Draft(self._room, self._name, frame.text, frame.ref)
        try:
            message, created = await self._append(draft)
        except TandemError as error:
            await self._refuse(
                ErrorFrame(code="unavailable", detail=str(error), ref=frame.ref)
            )
        else:
            # The room brings it, as to everyone; but not what was there before.
            if not created and message.seq <= self._start:
                await self._notify(encode_message(message))
        finally:
            self._slots.release()

    async def _refuse(self, frame: ErrorFrame) -> None:
        REFUSED_FRAMES.labels(frame.code).inc()
        await self._notify(encode(frame))
