"""The claimer: one thread with one connection for everything that happens to tasks without a transition.

Claims, renewals, heartbeats, hand-backs and the looks of the sweeps: statements of `dispatch`, each its own commit,
kept off the committing threads so that a worker's lease never waits for a batch.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypedDict

from django.db import connections

from dispatch import claims
from dispatch.claims import Heartbeat, Held
from dispatch.dialect import POSTGRES
from timers.clock import Clock
from timers.trouble import SILENT_SECONDS, Trouble
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef
from workflows.store.away import AWAY
from workflows.store.handout import Handout, activity_handouts, claim_and_read, workflow_handouts
from workflows.store.postgres.cursors import PostgresCursors

__all__ = ["ACTIVITY_TASK_LEASE", "WORKFLOW_TASK_LEASE", "Claim", "Claimer", "Handout"]

WORKFLOW_TASK_LEASE = timedelta(seconds=10)
"""A turn that is not answered by then gets its next delivery (spec: defaults)."""
ACTIVITY_TASK_LEASE = timedelta(seconds=30)
"""Renewed by the worker (spec: defaults)."""
NAME = "claimer"
"""As it is told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Tasks for one worker."""

    owner: str
    session: str
    keys: Sequence[TaskKey]


class Claimant(TypedDict):
    """The keyword arguments of a claim that say who it is for."""

    owner: str
    session: str
    engine: str


class Cursors(Protocol):
    """Cursors in autocommit, used by one thread."""

    @property
    def is_open(self) -> bool:
        """False: there was no session yet, or it was lost."""

    def cursor(self) -> AbstractContextManager[Any]: ...

    def close(self) -> None: ...


class DjangoCursors:
    """Of Django's connection of the thread that asks; SQLite's own, since Django's cost more than its statements."""

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        connection = connections["default"]
        connection.ensure_connection()
        try:
            with closing(connection.connection.cursor()) as cursor:
                yield cursor
        except Exception:
            connection.close_if_unusable_or_obsolete()
            raise

    @property
    def is_open(self) -> bool:
        """Always: a session within the process is not lost."""
        return True

    def close(self) -> None:
        connections.close_all()


class Claimer:
    """Asynchronous outside, one thread inside.

    Args:
        engine: this engine's name, written to what it hands out.
        clock: the time on SQLite; Postgres has its own.
        dsn: of Postgres, for a session whose statements are prepared; None: Django's connection, for SQLite.
        trouble: is told how the database fares here.
    """

    def __init__(
        self, engine: str, clock: Clock, *, dsn: str | None = None, trouble: Trouble | None = None
    ) -> None:
        self.engine = engine
        """Its name."""
        self._clock = None if dsn else clock
        self._trouble = trouble or Trouble()
        self._cursors: Cursors = (
            PostgresCursors(dsn, "sched-claimer", on_silence=self._late) if dsn else DjangoCursors()
        )
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="sched-claimer")

    async def claim(self, queue: QueueKey, wanted: Sequence[Claim]) -> list[list[Handout]]:
        """Claim for several workers; for each its handouts, without those that were gone or taken."""
        return await self.run(self._claim, queue, wanted)

    async def heartbeat(self, beats: Sequence[tuple[TaskKey, int, bytes | None]]) -> list[Heartbeat]:
        return await self.run(lambda cursor, now: claims.heartbeat(cursor, beats, now=now))

    async def renew(self, held: Sequence[Held]) -> list[Held]:
        """Prolong leases; answers with what is no longer held."""
        return await self.run(lambda cursor, now: claims.renew(cursor, held, now=now))

    async def release(
        self, held: Sequence[Held], *, visible_in: timedelta = timedelta(0), problem: str | None = None
    ) -> list[TaskRef]:
        """Hand tasks back; answers with those to be offered again."""
        return await self.run(
            lambda cursor, now: claims.release(cursor, held, visible_in=visible_in, problem=problem, now=now)
        )

    async def lapsed(self, limit: int) -> tuple[list[Held], bool]:
        """What is held beyond its lease; and whether anything is held at all."""
        return await self.run(lambda cursor, now: claims.lapsed(cursor, limit, now=now))

    async def run[T](self, statement: Callable[..., T], *args: Any) -> T:
        """Run `statement(cursor, now, *args)` on the claimer's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._run, statement, args)

    def close(self) -> None:
        self._executor.submit(self._cursors.close)
        self._executor.shutdown()

    async def check(self) -> None:
        """If the database could not be used here, look whether it can again: nobody else may ask for long."""
        if NAME in self._trouble.failing:
            with suppress(*AWAY):
                await self.run(lambda cursor, _: cursor.execute("SELECT 1"))

    def _late(self, seconds: float) -> None:
        if seconds >= SILENT_SECONDS:
            self._trouble.failed(NAME, f"no answer for {seconds:.0f} s")

    def _run[T](self, statement: Callable[..., T], args: tuple[Any, ...]) -> T:
        """A session that was lost while nothing went on shows when it is used, so the first time is tried again.

        Every statement may be repeated: what it names is a delivery, or a task that nobody holds.
        """
        had_session = self._cursors.is_open
        try:
            try:
                answer = self._try(statement, args)
            except AWAY:
                if not had_session or self._cursors.is_open:
                    raise
                answer = self._try(statement, args)
        except AWAY as error:
            self._trouble.failed(NAME, error)
            raise
        self._trouble.heard()
        self._trouble.worked(NAME)
        return answer

    def _try[T](self, statement: Callable[..., T], args: tuple[Any, ...]) -> T:
        now = self._clock.now() if self._clock else None
        with self._cursors.cursor() as cursor:
            return statement(cursor, now, *args)

    def _claim(
        self, cursor: Any, now: datetime | None, queue: QueueKey, wanted: Sequence[Claim]
    ) -> list[list[Handout]]:
        lease = WORKFLOW_TASK_LEASE if queue.kind is TaskKind.WORKFLOW else ACTIVITY_TASK_LEASE
        return [self._claim_one(cursor, now, queue, claim, lease) for claim in wanted]

    def _claim_one(
        self, cursor: Any, now: datetime | None, queue: QueueKey, claim: Claim, lease: timedelta
    ) -> list[Handout]:
        claimant = Claimant(owner=claim.owner, session=claim.session, engine=self.engine)
        if self._clock is None:
            statement = claims.claiming(POSTGRES, queue, claim.keys, **claimant, lease=lease)
            order = {key: place for place, key in enumerate(claim.keys)}
            found = claim_and_read(cursor, queue.kind, *statement)
            return sorted(found, key=lambda handout: order[handout.claimed.key])
        taken = claims.claim(cursor, queue, claim.keys, **claimant, lease=lease, now=now)
        if queue.kind is TaskKind.WORKFLOW:
            return list(workflow_handouts(cursor, taken))
        return list(activity_handouts(cursor, taken))
