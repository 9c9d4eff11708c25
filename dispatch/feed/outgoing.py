"""What an engine tells: changes, gathered for a moment while somebody listens.

```
           heard: a gap is told                lease not renewed
 silent ─────────────────────────► listened to ─────────────────► silent
                                     │    ▲  heard again
                                     └────┘
```
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final

from dispatch.feed.base import LEASE_SECONDS, FeedUnavailable, Sending
from dispatch.feed.values import GAP, Change, News, encode, merge

GATHER_SECONDS: Final = 0.05
CHANGES_MAX: Final = 2_000
"""In a message; that so much has changed is then all that is told."""
RETRY_SECONDS: Final = 1.0
LAST_SECONDS: Final = 0.5
"""For the last message of an engine that stops."""
_LOGGER = logging.getLogger(__name__)


class Outgoing:
    """Made and used on one event loop.

    Attributes:
        is_wanted: whether somebody listens.
        sent: messages so far.
    """

    def __init__(self, sending: Sending, *, lease: float = LEASE_SECONDS) -> None:
        self.is_wanted = False
        self.sent = 0
        self._sending = sending
        self._lease = lease
        self._loop = asyncio.get_running_loop()
        self._until = 0.0
        self._changes: dict[str, Change] = {}
        self._gap = False
        self._flushing: asyncio.Task[None] | None = None
        self._resting: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._sending.start(self.heard)

    async def stop(self) -> None:
        """Tells what it knows, if that is quick: who looks may hear of no one else."""
        if self.is_wanted:
            self._flush_soon(0.0)
        self.is_wanted = False
        for task in (self._flushing, self._resting):
            if task is not None:
                await asyncio.wait([task], timeout=LAST_SECONDS)
                task.cancel()
                await asyncio.wait([task])
        await self._sending.stop()

    def heard(self) -> None:
        """Somebody listens now, and for the time of a lease."""
        self._until = self._loop.time() + self._lease
        if not self.is_wanted:
            self.is_wanted = self._gap = True
            self._loop.call_later(self._lease, self._look)
            self._flush_soon(0.0)

    def add(self, changes: Iterable[Change]) -> None:
        """To be told. Does nothing while nobody listens."""
        if not self.is_wanted:
            return
        merge(self._changes, changes)
        if len(self._changes) > CHANGES_MAX:
            self._changes.clear()
            self._gap = True
        self._flush_soon(GATHER_SECONDS)

    def _look(self) -> None:
        """Whether the lease has run out."""
        left = self._until - self._loop.time()
        if left > 0:
            self._loop.call_later(left, self._look)
            return
        self.is_wanted = False
        self._changes.clear()
        self._resting = asyncio.ensure_future(self._sending.rest())

    def _flush_soon(self, seconds: float) -> None:
        if self._flushing is None and (self._changes or self._gap):
            self._flushing = asyncio.create_task(self._flush(seconds), name="feed")

    async def _flush(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            texts = self._taken()
            await self._sending.send(texts)
            self.sent += len(texts)
        except FeedUnavailable as error:
            _LOGGER.debug("the feed of changes is interrupted: %s", error)
            self._gap = True
            seconds = RETRY_SECONDS
        except Exception:
            _LOGGER.exception("changes could not be told")
            self._gap = True
            seconds = RETRY_SECONDS
        else:
            seconds = GATHER_SECONDS
        self._flushing = None
        if self.is_wanted:
            self._flush_soon(seconds)

    def _taken(self) -> list[str]:
        """As messages; that there is a gap, where they would be too many."""
        changes, self._changes = self._changes, {}
        gap, self._gap = self._gap, False
        texts = encode(News(tuple(changes.values()), gap), most=self._sending.size_max)
        return texts if len(texts) <= self._sending.parts_max else encode(GAP, most=self._sending.size_max)
