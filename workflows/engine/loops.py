"""What an engine does periodically. Nothing here holds a lock or decides: candidates are read and submitted.

All but the results' net, the roster of workers and the look at the engine's health belong to the leader; two leaders
at once would only ask the same twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connections

from dispatch.base import Dispatcher
from dispatch.sweep import TaskSweep
from timers.clock import Clock
from timers.due import DueTimers
from timers.leader import Leadership
from timers.loop import Loop
from timers.sweep import INTERVAL as TIMER_SECONDS
from timers.sweep import TimerSweep
from timers.trouble import Trouble
from workflows.core.inputs import LeaseExpired
from workflows.engine.bulk import LOOK_SECONDS, BulkSteps
from workflows.engine.hints import Hints
from workflows.engine.retention import ROUND_SECONDS, Retention
from workflows.points import Point, reach
from workflows.service.desk import Desk
from workflows.service.results import Results
from workflows.service.roster import Roster
from workflows.store.away import OUTAGES
from workflows.store.claimer import Claimer

CHUNK = 500
LEASE_SECONDS = 0.5
"""How late a heartbeat timeout or a lost worker may be noticed."""
TASK_SECONDS = 1.0
AT_REST_SECONDS = 2.5
"""Without these two, while no task waits or is held, and this engine commits nothing: so much later, and an interval,
what another engine left may be noticed."""
INBOX_SECONDS = 2.0
RESULT_SECONDS = 1.0
HEALTH_SECONDS = 1.0
ROSTER_SECONDS = 1.0
"""Between two looks at this engine's sessions, which ask the database nothing unless one has come or gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a pass found."""

    found: int
    more: bool = False
    rests: bool = False


class Loops:
    """All loops of an engine; run and stopped together."""

    def __init__(
        self,
        *,
        clock: Clock,
        claimer: Claimer,
        desk: Desk,
        results: Results,
        dispatcher: Dispatcher,
        due: DueTimers,
        leadership: Leadership,
        hints: Hints,
        roster: Roster,
        bulk: BulkSteps,
        retention: Retention,
        trouble: Trouble,
        look_around: Callable[[], Awaitable[None]],
        embedded: bool,
    ) -> None:
        self._claimer = claimer
        self._desk = desk
        self._results = results
        self._hints = hints
        self._steps = bulk
        self._retention = retention
        self._look_around = look_around
        now = clock.now if embedded else None
        leads = leadership.is_leader
        loop = partial(Loop, trouble=trouble, outages=OUTAGES)
        tasks = self.tasks = TaskSweep(cursor, dispatcher, now=now)
        timers = TimerSweep(cursor, due, now=now)
        self._timers = loop("timers", timers.run_once, interval=TIMER_SECONDS, when=leads)
        self._of_tasks = (
            loop("leases", self._leases, interval=LEASE_SECONDS, at_rest=AT_REST_SECONDS, when=leads),
            loop("tasks", tasks.run_once, interval=TASK_SECONDS, at_rest=AT_REST_SECONDS, when=leads),
        )
        self._bulk = loop("bulk operations", bulk.run_once, interval=LOOK_SECONDS, when=leads)
        self._of_leader = (
            *self._of_tasks,
            self._timers,
            self._bulk,
            loop("retention", retention.run_once, interval=ROUND_SECONDS, when=leads),
            loop("inboxes", self._inboxes, interval=INBOX_SECONDS, when=leads),
        )
        self._all: tuple[Loop, ...] = (
            *self._of_leader,
            loop("results", self._look, interval=RESULT_SECONDS),
            loop("workers", roster.run_once, interval=ROSTER_SECONDS),
        )
        if not embedded:  # that database does not go away
            self._all += (loop("health", self._health, interval=HEALTH_SECONDS),)
        self._running: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._running = [asyncio.create_task(loop.run()) for loop in self._all]

    def wake(self) -> None:
        """Leadership was gained: look at once at what nobody looked after."""
        for loop in self._of_leader:
            loop.wake()

    def stir(self) -> None:
        """Something was committed or handed out, so tasks may wait, and leases run."""
        for loop in self._of_tasks:
            loop.stir()

    def wake_timers(self) -> None:
        """There is room for more of those that are overdue."""
        self._timers.wake()

    def wake_bulk(self) -> None:
        """A bulk operation was asked for."""
        self._bulk.wake()

    async def stop(self) -> None:
        for loop in self._all:
            loop.stop()
        self._steps.stop()
        self._retention.stop()
        await asyncio.gather(*self._running)

    async def _leases(self) -> Found:
        lapsed, any_held = await self._claimer.lapsed(CHUNK)
        if lapsed:
            reach(Point.LEASES_FOUND)
        for key, delivery in lapsed:
            self._desk.lost(LeaseExpired(key=key, delivery=delivery))
        return Found(found=len(lapsed), rests=not any_held)

    async def _inboxes(self) -> Found:
        return Found(found=await self._hints.look())

    async def _health(self) -> Found:
        await self._look_around()
        return Found(found=0)

    async def _look(self) -> Found:
        return Found(found=await self._results.look())


@contextmanager
def cursor() -> Iterator[Any]:
    """A cursor in autocommit for one look, in the thread that takes it; gives the connection back."""
    connection = connections["default"]
    try:
        with connection.cursor() as opened:
            yield opened
    finally:
        connection.close()
