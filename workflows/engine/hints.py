"""Hints that somebody else has written: an inbox has entries, tasks wait, timers were set.

In the engine's own process the inline writer calls; from other processes the hints come by NOTIFY. A lost hint costs
latency: the sweeps look for tasks, timers and inboxes too.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import close_old_connections

from dispatch.feed.notify import LISTENING_CHANNEL
from dispatch.feed.values import Change
from timers.clock import SystemClock
from timers.due import DueTimers
from timers.trouble import Trouble
from workflows.core.keys import TaskRef
from workflows.core.transition import NewTimer
from workflows.engine.arming import armed
from workflows.engine.feed import Feed
from workflows.engine.listener import Listener
from workflows.points import Point, reach
from workflows.service.commits import Commits
from workflows.store import wakeups
from workflows.store.lanes import Drain, Lane
from workflows.store.reader import WaitingInbox, waiting_inboxes

_LOGGER = logging.getLogger(__name__)

INBOXES_MAX = 10_000
"""Runs of one look; what is beyond it is found by the next."""


class Hints:
    """Turns hints into drains, offers and armed timers. Lives on one event loop.

    Args:
        dsn: of Postgres; None on the embedded database.
        commits: takes the drains.
        offer: takes the tasks.
        due: takes the timers.
        on_bulk: called where a bulk operation was asked for.
        feed: hears of changes, and that somebody listens to them.
        trouble: is told how the database fares here.
        now: the database's time. None: this machine's.
    """

    def __init__(
        self,
        dsn: str | None,
        commits: Commits,
        offer: Callable[[Sequence[TaskRef]], None],
        due: DueTimers,
        trouble: Trouble,
        on_bulk: Callable[[], None] = lambda: None,
        feed: Feed | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._commits = commits
        self._offer = offer
        self._told_kinds: set[int] = set()
        self._due = due
        self._on_bulk = on_bulk
        self._feed = feed
        self._now = now or SystemClock().now
        self.lag = timedelta()
        """For how long the oldest entry had waited that the last look found."""
        self._loop = asyncio.get_running_loop()
        channels = {
            wakeups.INBOX_CHANNEL: lambda text: self.drain(wakeups.parse_inbox(text)),
            wakeups.TASKS_CHANNEL: lambda text: self._offer([wakeups.parse_task(text)]),
            wakeups.TIMERS_CHANNEL: lambda text: self.timers([wakeups.parse_timer(text)]),
            wakeups.BULK_CHANNEL: lambda _: self._on_bulk(),
        }
        if feed is not None and feed.on_listened is not None:
            listened = feed.on_listened
            channels[LISTENING_CHANNEL] = lambda _: listened()
        self._listener = None if dsn is None else Listener(dsn, channels, trouble)

    def start(self) -> None:
        wakeups.register(self)
        if self._listener is not None:
            self._listener.start()

    async def stop(self) -> None:
        wakeups.register(None)
        if self._listener is not None:
            await self._listener.stop()

    # Called by the inline writer of this process, on its threads.

    def tasks(self, refs: Sequence[TaskRef]) -> None:
        self._loop.call_soon_threadsafe(self._offer, refs)

    def inbox(self, run_ids: Sequence[str]) -> None:
        self._loop.call_soon_threadsafe(self.drain, run_ids)

    def timers(self, timers: Sequence[NewTimer]) -> None:
        self._due.arm(map(armed, timers))

    def bulk(self, operations: Sequence[int]) -> None:
        del operations  # the oldest is next, whichever was told of
        self._loop.call_soon_threadsafe(self._on_bulk)

    def changes(self, changes: Sequence[Change]) -> None:
        if self._feed is not None and self._feed.outgoing.is_wanted:
            self._loop.call_soon_threadsafe(self._feed.outgoing.add, changes)

    def drain(self, run_ids: Sequence[str]) -> None:
        """Have the inboxes of these runs emptied into their histories."""
        reach(Point.INBOX_HINTED)
        for run_id in run_ids:
            self._commits.send(Drain(run_id), Lane.LOOPS, lambda _: None, queue="inboxes")

    async def look(self) -> int:
        """The net: drain every inbox that has something. Returns how many."""
        found = await asyncio.to_thread(_waiting)
        self._tell_unknown(found)
        ours = [each for each in found if each.is_drained_here]
        self.lag = self._now() - min(each.since for each in ours) if ours else timedelta()
        drained = [each.run_id for each in ours]
        if drained:
            reach(Point.INBOXES_FOUND)
            self.drain(drained)
        return len(drained)

    def _tell_unknown(self, found: Sequence[WaitingInbox]) -> None:
        """Once for each kind: while engines are replaced one by one they are found at every look."""
        for each in found:
            if each.unknown_kind and each.unknown_kind not in self._told_kinds:
                self._told_kinds.add(each.unknown_kind)
                _LOGGER.warning(
                    "the inbox of run %s holds an entry of kind %d, which this version does not know: it waits for an "
                    "engine that does",
                    each.run_id,
                    each.unknown_kind,
                    extra={"run_id": each.run_id},
                )


def _waiting() -> list[WaitingInbox]:
    try:
        return waiting_inboxes(INBOXES_MAX)
    finally:
        close_old_connections()
