"""Wake-ups: how the engine hears of what other code has written, sooner than its sweeps would find it.

Hints only, and never before the commit they tell of. In the engine's own process its callbacks are registered and
called; elsewhere, on Postgres, the hints travel by NOTIFY, which delivers them if and only if the transaction commits
(tasks and changes by Redis, where there is one, after the commit). Lost ones cost latency, never work.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache, partial
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from dispatch.base import Announcer
from dispatch.feed.base import Telling
from dispatch.feed.notify import CHANGES_CHANNEL, SIZE_MAX
from dispatch.feed.values import Change, News, encode
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef, TimerKey, TimerKind
from workflows.core.transition import NewTimer
from workflows.points import Point, reach

INBOX_CHANNEL = "sched_inbox"
TASKS_CHANNEL = "sched_tasks"
TIMERS_CHANNEL = "sched_timers"
BULK_CHANNEL = "sched_bulk"


class Wakeups(Protocol):
    """Callbacks of an engine in this process; called on the writing thread, after its commit. Quick, thread-safe."""

    def tasks(self, refs: Sequence[TaskRef]) -> None:
        """These tasks wait."""

    def inbox(self, run_ids: Sequence[str]) -> None:
        """The inboxes of these runs hold something."""

    def timers(self, timers: Sequence[NewTimer]) -> None:
        """These timers were set."""

    def bulk(self, operations: Sequence[int]) -> None:
        """These bulk operations were asked for."""

    def changes(self, changes: Sequence[Change]) -> None:
        """These runs have changed, for whoever shows them."""


class _Process:
    """What this process has registered."""

    wakeups: Wakeups | None = None


def register(wakeups: Wakeups | None) -> None:
    """Calls these from now on, instead of telling other processes; None ends that."""
    _Process.wakeups = wakeups


def announce(
    connection: BaseDatabaseWrapper,
    *,
    tasks: Sequence[TaskRef] = (),
    run_ids: Sequence[str] = (),
    timers: Sequence[NewTimer] = (),
    bulk: Sequence[int] = (),
    changes: Sequence[Change] = (),
) -> None:
    """Tells of rows that the transaction under way on `connection` has written, if it commits."""
    wakeups = _Process.wakeups
    if wakeups is not None:
        _after_commit(connection, wakeups.tasks, tasks)
        _after_commit(connection, wakeups.inbox, run_ids)
        _after_commit(connection, wakeups.timers, timers)
        _after_commit(connection, wakeups.bulk, bulk)
        _after_commit(connection, wakeups.changes, changes)
    elif connection.vendor == "postgresql":
        _notify(connection, INBOX_CHANNEL, list(run_ids))
        _notify(connection, TIMERS_CHANNEL, [_timer_text(timer) for timer in timers])
        _notify(connection, BULK_CHANNEL, [str(number) for number in bulk])
        announcer = _redis_announcer()
        if announcer is None:
            _notify(connection, TASKS_CHANNEL, [_task_text(ref) for ref in tasks])
        else:
            _after_commit(connection, announcer.offer, tasks)
        _tell_changes(connection, changes)


def parse_inbox(payload: str) -> list[str]:
    """The run ids of a notification."""
    return payload.split(",")


def parse_task(payload: str) -> TaskRef:
    """The task of a notification."""
    run_id, kind, number, attempt, namespace, queue = json.loads(payload)
    key = TaskKey(run_id, TaskKind(kind), number, attempt)
    return TaskRef(key, QueueKey(namespace, key.kind, queue))


def parse_timer(payload: str) -> NewTimer:
    """The timer of a notification."""
    run_id, kind, number, due_at, stamp = json.loads(payload)
    key = TimerKey(run_id, TimerKind(kind), number)
    return NewTimer(key=key, due_at=datetime.fromisoformat(due_at), stamp=stamp)


def _task_text(ref: TaskRef) -> str:
    key = ref.key
    return json.dumps(
        [key.run_id, int(key.kind), key.number, key.attempt, ref.queue.namespace, ref.queue.queue]
    )


def _timer_text(timer: NewTimer) -> str:
    key = timer.key
    return json.dumps([key.run_id, int(key.kind), key.number, timer.due_at.isoformat(), timer.stamp])


def _tell_changes(connection: BaseDatabaseWrapper, changes: Sequence[Change]) -> None:
    telling = _redis_telling()
    if telling is not None:
        _after_commit(connection, lambda told: telling.tell(News(told)), changes)
    elif changes:
        _notify(connection, CHANGES_CHANNEL, encode(News(changes), most=SIZE_MAX))


def _notify(connection: BaseDatabaseWrapper, channel: str, payloads: Sequence[str]) -> None:
    """One hint a notification: the same one twice in a transaction is sent once."""
    if payloads:
        with connection.cursor() as cursor:
            for payload in payloads:
                cursor.execute("SELECT pg_notify(%s, %s)", [channel, payload])


def _after_commit[T](
    connection: BaseDatabaseWrapper, call: Callable[[Sequence[T]], None], what: Sequence[T]
) -> None:
    if what:
        transaction.on_commit(partial(_tell, call, list(what)), using=connection.alias, robust=True)


def _tell[T](call: Callable[[Sequence[T]], None], what: Sequence[T]) -> None:
    reach(Point.INLINE_COMMITTED)
    call(what)


def _redis_url() -> str:
    return getattr(getattr(settings, "SCHED", None), "redis_url", "") or ""


@cache
def _redis_announcer() -> Announcer | None:
    url = _redis_url()
    if not url:
        return None
    from dispatch.redis import RedisAnnouncer

    return RedisAnnouncer(url)


@cache
def _redis_telling() -> Telling | None:
    url = _redis_url()
    if not url:
        return None
    from dispatch.feed.redis import RedisTelling

    return RedisTelling(url)
