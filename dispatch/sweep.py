"""The net under the dispatcher: offers again what it cannot hold.

A task that waits is either in the dispatcher or on its way there, or its hint was lost. Nobody can list what a stream
holds at a reasonable price, but its depth is cheap: where more tasks wait in the database than the dispatcher holds,
the difference is lost, and where tasks are older than the grace, they are where to look, oldest first.

```
  lost = waiting in the database - depth          nothing is sent if lost <= 0, or if nothing is older than the grace
```

Guarantees: a lost hint is sent again within the grace and one interval, if its queue has no backlog; with one it comes
at the latest when those before it have been worked off. After a loss of everything, 5,000 a pass and queue.

Does not guarantee that only lost ones are sent: one that is merely slow is sent twice and dropped at its claim. To
restore a large loss without sending the same oldest again and again, a pass goes on where the last one stopped.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.base import Dispatcher, DispatcherUnavailable
from dispatch.dialect import Cursor
from dispatch.waiting import Backlog, Waiting, backlogs, unclaimed
from workflows.core.keys import QueueKey
from workflows.points import Point, reach

GRACE = timedelta(seconds=2)
"""Age from which a task that nobody holds may be lost. Younger ones are on their way."""

CHUNK = 500
"""Rows by query and by offer."""

CHUNKS_MAX = 10
"""Chunks by queue and pass, so that no queue keeps the others waiting."""

Connect = Callable[[], AbstractContextManager[Cursor]]
"""Opens a cursor in autocommit, in the thread that uses it, and gives it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCounts:
    """What a pass found. `more` asks for the next pass at once; if it `rests`, no task waits, nor will."""

    queues: int = 0
    waiting: int = 0
    offered: int = 0
    unavailable: int = 0
    more: bool = False

    @property
    def rests(self) -> bool:
        return not self.queues


class TaskSweep:
    """One `run_once` at a time, on the event loop of its dispatcher; queries run in threads.

    Args:
        connect: see `Connect`.
        dispatcher: what is swept for.
        now: the time, where the database has none of its own (SQLite) or a test replaces it.
        grace: see `GRACE`.
    """

    def __init__(
        self,
        connect: Connect,
        dispatcher: Dispatcher,
        *,
        now: Callable[[], datetime] | None = None,
        grace: timedelta = GRACE,
    ) -> None:
        self._connect = connect
        self._dispatcher = dispatcher
        self._now = now
        self._grace = grace
        self._places: dict[QueueKey, Waiting] = {}
        self.backlogs: Sequence[Backlog] = ()
        """As the last pass has found them."""

    async def run_once(self) -> SweepCounts:
        found = self.backlogs = await asyncio.to_thread(self._backlogs)
        self._places = {
            queue: place for queue, place in self._places.items() if queue in {b.queue for b in found}
        }
        offered = unavailable = 0
        dropped = self._dispatcher.dropped
        for backlog in found:
            try:
                offered += await self._refill(backlog)
            except DispatcherUnavailable:
                unavailable += 1
        return SweepCounts(
            queues=len(found),
            waiting=sum(backlog.waiting for backlog in found),
            offered=offered,
            unavailable=unavailable,
            more=bool(self._places) and self._dispatcher.dropped == dropped,
        )

    async def _refill(self, backlog: Backlog) -> int:
        """Offers what one queue has lost; returns how many."""
        queue = backlog.queue
        lost = 0
        if backlog.overdue:
            lost = backlog.waiting - await self._dispatcher.depth(queue)
        wanted = min(lost, backlog.overdue, CHUNK * CHUNKS_MAX)
        if wanted <= 0:
            self._places.pop(queue, None)
            return 0
        offered = 0
        while offered < wanted:
            rows = await asyncio.to_thread(self._read, queue, min(CHUNK, wanted - offered))
            if not rows:
                self._places.pop(queue, None)
                return offered
            reach(Point.TASKS_FOUND)
            if not await self._offered(rows):
                return offered
            self._places[queue] = rows[-1]
            offered += len(rows)
        if wanted < CHUNK * CHUNKS_MAX:
            self._places.pop(queue, None)
        return offered

    async def _offered(self, rows: list[Waiting]) -> bool:
        """False if hints were dropped: the dispatcher is full or gone, and more of the same is in vain."""
        dropped = self._dispatcher.dropped
        await self._dispatcher.offer([row.ref for row in rows])
        return self._dispatcher.dropped == dropped

    def _backlogs(self) -> list[Backlog]:
        with self._connect() as cursor:
            return backlogs(cursor, older_than=self._grace, now=self._now and self._now())

    def _read(self, queue: QueueKey, limit: int) -> list[Waiting]:
        with self._connect() as cursor:
            return unclaimed(
                cursor,
                queue,
                older_than=self._grace,
                limit=limit,
                after=self._places.get(queue),
                now=self._now and self._now(),
            )
