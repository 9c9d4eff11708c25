"""The roster: this engine's workers, told to the others by the table `sched_workers`.

A look at the sessions each second costs no statement. One is made when workers have come or gone since the last (so a
hundred that connect together are one), and when the table has not heard of them for `REFRESH_SECONDS`; an engine
without workers makes none. Its leader deletes what engines that died have left: with its own statement, and without
workers of its own once an hour.

A worker that polls is there between two polls too: until none has come for `POLLS_SECONDS`.

Lives on one event loop; statements run in threads, each on a connection that is given back. They may fail: the next
look makes them again, and what is shown meanwhile is what was.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from operator import attrgetter

from dispatch import workers
from dispatch.dialect import Cursor
from dispatch.workers import WorkerRow
from timers.clock import Clock
from workflows.core.keys import QueueKey
from workflows.service.matching import Matching
from workflows.service.subscription import Subscription

REFRESH_SECONDS = 10.0
"""A third of what a row may go unseen."""
POLLS_SECONDS = 30.0
SWEEP_SECONDS = 3600.0
"""Between two statements of a leader that has no workers."""

Connect = Callable[[], AbstractContextManager[Cursor]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a look has led to."""

    workers: int
    statements: int = 0
    more: bool = False
    rests: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """What tells workers apart."""

    queue: QueueKey
    identity: str
    session: str
    types: tuple[str, ...]
    build: str
    slots: int
    streaming: bool


@dataclass(slots=True, kw_only=True)
class _Known:
    """A worker, and when it was seen last."""

    row: WorkerRow
    seen: float


class Roster:
    """See the module.

    Args:
        matching: knows the sessions.
        connect: opens a cursor in autocommit, in the thread that uses it, and gives it back.
        clock: for spans.
        leads: whether this engine is the leader.
        now: the time, where the database has none of its own (SQLite).
    """

    def __init__(
        self,
        matching: Matching,
        connect: Connect,
        *,
        clock: Clock,
        leads: Callable[[], bool],
        now: Callable[[], datetime] | None = None,
    ) -> None:
        self._matching = matching
        self._engine = matching.engine
        self._connect = connect
        self._clock = clock
        self._leads = leads
        self._now = now
        self._numbers = count(1)
        self._known: dict[_Name, _Known] = {}
        self._told: list[WorkerRow] | None = []
        """What the table has; None if that is uncertain."""
        self._told_at = 0.0
        self._swept_at: float | None = None
        """Or since when it leads."""

    @property
    def workers(self) -> list[WorkerRow]:
        """As of the last look. Any thread."""
        return [known.row for known in list(self._known.values())]

    async def run_once(self) -> Told:
        """One look."""
        rows = self._look()
        at = self._clock.monotonic()
        if rows != self._told:
            await self._record(rows)
            return Told(workers=len(rows), statements=1)
        if rows and at - self._told_at >= REFRESH_SECONDS:
            await self._touch(rows)
            return Told(workers=len(rows), statements=1)
        if self._may_sweep(at):
            await asyncio.to_thread(self._make, workers.sweep)
            self._swept_at = at
            return Told(workers=len(rows), statements=1)
        return Told(workers=len(rows))

    async def close(self) -> None:
        """The engine stops, and its workers go elsewhere."""
        self._known.clear()
        if self._told != []:
            await self._record([])

    def _look(self) -> list[WorkerRow]:
        """All that are there, in the order of their numbers."""
        at = self._clock.monotonic()
        present: dict[_Name, Subscription] = {}
        for each in sorted(self._matching.subscriptions, key=attrgetter("connected_at")):
            present.setdefault(_name_of(each), each)
        for name, subscription in present.items():
            self._see(name, subscription, at)
        self._known = {
            name: known
            for name, known in self._known.items()
            if name in present or (not name.streaming and at - known.seen < POLLS_SECONDS)
        }
        return [known.row for known in self._known.values()]

    def _see(self, name: _Name, subscription: Subscription, at: float) -> None:
        known = self._known.get(name)
        if known is None:
            self._known[name] = _Known(row=_row_of(next(self._numbers), subscription), seen=at)
            return
        known.seen = at
        if name.streaming and known.row.connected_at != subscription.connected_at:
            known.row = replace(known.row, connected_at=subscription.connected_at)

    async def _record(self, rows: list[WorkerRow]) -> None:
        self._told = None
        at = self._clock.monotonic()
        record = partial(workers.record, rows=rows, sweeps=self._leads())
        await asyncio.to_thread(self._make, record)
        self._told, self._told_at = rows, at

    async def _touch(self, rows: list[WorkerRow]) -> None:
        """If the table has lost some (this engine was taken for dead), the next look tells of all."""
        at = self._clock.monotonic()
        sweeps = self._leads()
        touched = await asyncio.to_thread(self._make, partial(workers.touch, sweeps=sweeps))
        if sweeps and self._now is None:  # PostgreSQL deletes in passing
            self._swept_at = at
        self._told, self._told_at = (rows if touched == len(rows) else None), at

    def _may_sweep(self, at: float) -> bool:
        """A minute after it has become the leader, when what the one before has left is old enough; then hourly."""
        if not self._leads():
            self._swept_at = None
            return False
        if self._swept_at is None:
            self._swept_at = at + 2 * workers.UNSEEN.total_seconds() - SWEEP_SECONDS
        return at - self._swept_at >= SWEEP_SECONDS

    def _make[T](self, statement: Callable[..., T]) -> T:
        with self._connect() as cursor:
            return statement(cursor, self._engine, now=self._now and self._now())


def _name_of(subscription: Subscription) -> _Name:
    return _Name(
        queue=subscription.queue,
        identity=subscription.identity,
        session=subscription.session,
        types=subscription.types,
        build=subscription.build,
        slots=subscription.slots,
        streaming=subscription.streaming,
    )


def _row_of(number: int, subscription: Subscription) -> WorkerRow:
    return WorkerRow(
        number=number,
        namespace=subscription.queue.namespace,
        kind=int(subscription.queue.kind),
        queue=subscription.queue.queue,
        identity=subscription.identity,
        session=subscription.session,
        types=subscription.types,
        build=subscription.build,
        slots=subscription.slots,
        streaming=subscription.streaming,
        connected_at=subscription.connected_at,
    )
