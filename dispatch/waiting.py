"""What waits in the database: the reading half of the sweep.

Reads take no locks and may be stale by the time they are used; an offer of a task that is gone does no harm.
"""

# ruff: noqa: S608 - statements are put together from fragments of this package; values are parameters

from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.dialect import Cursor, dialect_of, instant_of, microseconds_of, run_id_of
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """One queue: its tasks that nobody holds and that are visible, how many of them wait for longer than the grace, and
    how many are not visible yet; `oldest`: for how long the oldest of those that are visible has waited."""

    queue: QueueKey
    waiting: int
    overdue: int
    later: int = 0
    oldest: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A task that nobody holds. (`created_at`, key) is its place in the order of age."""

    ref: TaskRef
    created_at: datetime


def backlogs(cursor: Cursor, *, older_than: timedelta, now: datetime | None = None) -> list[Backlog]:
    """All queues in which something waits, or will."""
    dialect = dialect_of(cursor)
    limit = dialect.plus("moment.now", "%(grace)s")
    visible = "t.visible_at <= moment.now"
    sql = f"""WITH moment AS ({dialect.moment})
        SELECT t.namespace, t.kind, t.queue, count(CASE WHEN {visible} THEN 1 END),
            count(CASE WHEN {visible} AND t.created_at < {limit} THEN 1 END), count(*),
            min(CASE WHEN {visible} THEN {dialect.sortable("t.created_at")} END), max(moment.now)
        FROM sched_tasks t CROSS JOIN moment WHERE t.owner IS NULL GROUP BY t.namespace, t.kind, t.queue"""
    params = {"grace": -microseconds_of(older_than), "now": dialect.instant(now)}
    return [
        Backlog(
            queue=QueueKey(row[0], TaskKind(row[1]), row[2]),
            waiting=row[3],
            overdue=row[4],
            later=row[5] - row[3],
            oldest=timedelta() if row[6] is None else instant_of(row[7]) - instant_of(row[6]),
        )
        for row in dialect.execute(cursor, sql, params)
    ]


def unclaimed(
    cursor: Cursor,
    queue: QueueKey,
    *,
    older_than: timedelta,
    limit: int,
    after: Waiting | None = None,
    now: datetime | None = None,
) -> list[Waiting]:
    """Visible tasks of a queue that nobody holds, created longer ago than `older_than`; oldest first, after `after`."""
    dialect = dialect_of(cursor)
    params = {
        "namespace": queue.namespace,
        "kind": int(queue.kind),
        "queue": queue.queue,
        "grace": -microseconds_of(older_than),
        "limit": limit,
        "now": dialect.instant(now),
    }
    age = f"{dialect.sortable('t.created_at')}, t.run_id, t.number, t.attempt"
    beyond = ""
    if after is not None:
        key = after.ref.key
        place = (dialect.instant(after.created_at), dialect.run_id(key.run_id), key.number, key.attempt)
        params |= dict(zip(("at", "run_id", "number", "attempt"), place, strict=True))
        beyond = f"AND ({age}) > (%(at)s, %(run_id)s, %(number)s, %(attempt)s)"
    sql = f"""WITH moment AS ({dialect.moment})
        SELECT t.run_id, t.number, t.attempt, t.created_at FROM sched_tasks t CROSS JOIN moment
        WHERE t.namespace = %(namespace)s AND t.kind = %(kind)s AND t.queue = %(queue)s AND t.owner IS NULL
          AND t.visible_at <= moment.now AND t.created_at < {dialect.plus("moment.now", "%(grace)s")} {beyond}
        ORDER BY {age} LIMIT %(limit)s"""
    return [
        Waiting(
            ref=TaskRef(TaskKey(run_id_of(row[0]), queue.kind, row[1], row[2]), queue),
            created_at=instant_of(row[3]),
        )
        for row in dialect.execute(cursor, sql, params)
    ]
