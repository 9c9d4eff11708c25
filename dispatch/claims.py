"""Who holds a task, and until when: the statements behind claim, renewal, heartbeat and hand-back.

Guarantees:

* One statement for a batch of any size, none for a task.
* A statement never waits for a row that another transaction has locked; it steps over it. So nothing here can be part
  of a deadlock, in whatever order the keys come, and a writer that takes a task's row waits at most for one
  statement. What was stepped over is told: a claim does not return it, a renewal counts it as held (the next one is
  seconds away), a heartbeat says `recorded=False`.
* (key, delivery) names one holding of a task. All but `claim` name it, and touch nothing if it is over.
* The time is the database's; `now` replaces it in tests, and on SQLite, which has none.

It does not guarantee that the holder still works: that is what the lease is for.

```
 lease_until = least(now + lease,                          the worker must show life
                     claimed_at + start_to_close,          an attempt's limit
                     heartbeat_at + heartbeat_timeout)     the activity must show progress (claimed_at before the first)
```

Renewals and heartbeats move `lease_until` by this one rule, so a lapse may mean any of the three; the kernel tells
which.

Use a session in autocommit that has sequential scans forbidden (`enable_seqscan = off`): the table is young whenever
its statistics are.
"""

# ruff: noqa: S608 - statements are put together from fragments of this package; values are parameters

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dispatch.dialect import (
    Cursor,
    Dialect,
    Params,
    dialect_of,
    instant_of,
    microseconds_of,
    run_id_of,
    span_of,
)
from workflows.core.keys import QueueKey, TaskKey, TaskKind, TaskRef
from workflows.core.records import dataclass

Held = tuple[TaskKey, int]
"""A task and the delivery by which somebody holds it."""

LEASE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A task that now belongs to the owner who claimed it."""

    key: TaskKey
    queue: QueueKey
    workflow_id: str
    shard: int
    delivery: int
    lost: int
    created_at: datetime
    visible_at: datetime
    claimed_at: datetime
    lease_until: datetime
    start_to_close: timedelta | None
    heartbeat_timeout: timedelta | None
    heartbeat_details: bytes | None
    cancel_requested: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """What became of a heartbeat. `recorded` is false though `held` where a transaction had the row: send it again."""

    key: TaskKey
    delivery: int
    held: bool
    recorded: bool
    cancel_requested: bool


_KEY = "t.run_id, t.kind, t.number, t.attempt"
_NAMES = ("run_id", "kind", "number", "attempt")
CLAIMED = (
    *_NAMES,
    "namespace",
    "queue",
    "workflow_id",
    "shard",
    "delivery",
    "lost",
    "created_at",
    "visible_at",
    "claimed_at",
    "lease_until",
    "start_to_close_us",
    "heartbeat_timeout_us",
    "heartbeat_details",
    "cancel_requested",
)
_OF_QUEUE = "t.namespace = %(namespace)s AND t.kind = %(kind)s AND t.queue = %(queue)s"
_WAITS = f"{_OF_QUEUE} AND t.owner IS NULL AND t.visible_at <= moment.now"
_NAMED_WAITS = f"{_OF_QUEUE} AND coalesce(t.owner, '') = '' AND t.visible_at <= moment.now"
"""The same, for tasks whose keys are known: said so that the planner cannot think of the index of waiting tasks, which
on a young table it takes for the cheaper one and then reads the whole queue once for each key."""


def claim(
    cursor: Cursor,
    queue: QueueKey,
    keys: Sequence[TaskKey],
    *,
    owner: str,
    session: str,
    engine: str,
    lease: timedelta = LEASE,
    now: datetime | None = None,
) -> list[Claimed]:
    """Claims those of `keys` that wait in `queue` and are visible, in the order of `keys`."""
    if not keys:
        return []
    dialect = dialect_of(cursor)
    sql, params = claiming(
        dialect, queue, keys, owner=owner, session=session, engine=engine, lease=lease, now=now
    )
    order = {key: place for place, key in enumerate(keys)}
    return sorted(map(claimed_of, dialect.execute(cursor, sql, params)), key=lambda task: order[task.key])


def claiming(
    dialect: Dialect,
    queue: QueueKey,
    keys: Sequence[TaskKey],
    *,
    owner: str,
    session: str,
    engine: str,
    lease: timedelta = LEASE,
    now: datetime | None = None,
) -> tuple[str, Params]:
    """The statement of `claim`, for who puts it into a larger one. It returns `CLAIMED`, for `claimed_of`."""
    asked, params = dialect.asked(_columns(keys))
    free = f"""asked(run_id, kind, number, attempt) AS ({asked}),
        free AS (SELECT {_KEY}, moment.now FROM asked JOIN sched_tasks t ON {_same_key("asked")}
                 CROSS JOIN moment WHERE {_NAMED_WAITS} {dialect.skip_locked})"""
    params |= _claimant(queue, owner, session, engine)
    return _taking(dialect, free, params, lease, now)


def claim_oldest(
    cursor: Cursor,
    queue: QueueKey,
    limit: int,
    *,
    owner: str,
    session: str,
    engine: str,
    lease: timedelta = LEASE,
    now: datetime | None = None,
) -> list[Claimed]:
    """Claims up to `limit` tasks of a queue without being told their keys, oldest first."""
    dialect = dialect_of(cursor)
    free = f"""free AS (SELECT {_KEY}, moment.now FROM sched_tasks t CROSS JOIN moment WHERE {_WAITS}
                 ORDER BY t.created_at LIMIT %(limit)s {dialect.skip_locked})"""
    params = _claimant(queue, owner, session, engine) | {"limit": limit}
    sql, params = _taking(dialect, free, params, lease, now)
    return sorted(map(claimed_of, dialect.execute(cursor, sql, params)), key=lambda task: task.created_at)


def renew(
    cursor: Cursor, held: Sequence[Held], *, lease: timedelta = LEASE, now: datetime | None = None
) -> list[Held]:
    """Prolongs leases; returns what is no longer held. It is no heartbeat: the activity's own limits stay."""
    dialect = dialect_of(cursor)
    until = _lease_until(dialect, "mine.now", "t.claimed_at", "coalesce(t.heartbeat_at, t.claimed_at)")
    kept = _touch(cursor, dialect, held, f"lease_until = {until}", {"lease": microseconds_of(lease)}, now)
    missed = [one for one in held if one not in kept]
    stepped_over = _still_held(cursor, dialect, missed)
    return [one for one in missed if one not in stepped_over]


def heartbeat(
    cursor: Cursor,
    beats: Sequence[tuple[TaskKey, int, bytes | None]],
    *,
    lease: timedelta = LEASE,
    now: datetime | None = None,
) -> list[Heartbeat]:
    """Records life and details (None keeps those of the last), and renews. Answers in the order of `beats`.

    Of several beats of one holding the last counts.
    """
    latest = {(key, delivery): details for key, delivery, details in beats}
    dialect = dialect_of(cursor)
    until = _lease_until(dialect, "mine.now", "t.claimed_at", "mine.now")
    changes = f"""heartbeat_at = mine.now, lease_until = {until},
        heartbeat_details = coalesce(mine.details, t.heartbeat_details)"""
    params = {"lease": microseconds_of(lease)}
    recorded = _touch(cursor, dialect, list(latest), changes, params, now, details=list(latest.values()))
    stepped_over = _still_held(cursor, dialect, [one for one in latest if one not in recorded])
    return [_answer((key, delivery), recorded, stepped_over) for key, delivery, _ in beats]


def release(
    cursor: Cursor,
    held: Sequence[Held],
    *,
    visible_in: timedelta = timedelta(0),
    problem: str | None = None,
    now: datetime | None = None,
) -> list[TaskRef]:
    """Hands tasks back: same attempt, no delivery lost, claimable after `visible_in`. Returns those to be offered
    again.

    `problem` is shown to operators until the task ends; None keeps what is there.
    """
    if not held:
        return []
    dialect = dialect_of(cursor)
    changes = f"""owner = NULL, session = NULL, engine = NULL, claimed_at = NULL, lease_until = NULL,
        heartbeat_at = NULL, visible_at = {dialect.plus("mine.now", "%(visible_in)s")},
        problem = coalesce(%(problem)s, t.problem)"""
    params = {"visible_in": microseconds_of(visible_in), "problem": problem}
    sql, more = _update_mine(dialect, held, changes, now)
    rows = dialect.execute(
        cursor, f"{sql} {dialect.returning((*_NAMES, 'namespace', 'queue'))}", params | more
    )
    return [TaskRef(_key(row), QueueKey(row[4], TaskKind(row[1]), row[5])) for row in rows]


def lapsed(cursor: Cursor, limit: int, *, now: datetime | None = None) -> tuple[list[Held], bool]:
    """Holdings whose lease is over, longest first; and whether there is a lease at all, over or not.

    Reads only: the decision under the execution's lock ends them. The one that ends first is read in every case.
    """
    dialect = dialect_of(cursor)
    first = "(SELECT min(s.lease_until) FROM sched_tasks s WHERE s.owner IS NOT NULL)"
    sql = f"""WITH moment AS ({dialect.moment})
        SELECT {_KEY}, t.delivery, t.lease_until < moment.now FROM sched_tasks t CROSS JOIN moment
        WHERE t.owner IS NOT NULL AND t.lease_until <= {dialect.latest("moment.now", first)}
        ORDER BY t.lease_until LIMIT %(limit)s"""
    rows = dialect.execute(cursor, sql, {"limit": limit, "now": dialect.instant(now)})
    return [(_key(row), row[4]) for row in rows if row[5]], bool(rows)


def _claimant(queue: QueueKey, owner: str, session: str, engine: str) -> Params:
    return {
        "namespace": queue.namespace,
        "kind": int(queue.kind),
        "queue": queue.queue,
        "owner": owner,
        "session": session,
        "engine": engine,
    }


def _taking(
    dialect: Dialect, free: str, params: Params, lease: timedelta, now: datetime | None
) -> tuple[str, Params]:
    """Gives the rows of the table expression `free` to the claimant."""
    sql = f"""WITH moment AS ({dialect.moment}), {free}
        UPDATE sched_tasks AS t SET owner = %(owner)s, session = %(session)s, engine = %(engine)s,
            delivery = t.delivery + 1, claimed_at = free.now, heartbeat_at = NULL,
            lease_until = {_lease_until(dialect, "free.now", "free.now", "free.now")}
        FROM free WHERE {_same_key("free")} {dialect.returning(CLAIMED)}"""
    return sql, params | {"lease": microseconds_of(lease), "now": dialect.instant(now)}


def _lease_until(dialect: Dialect, now: str, claimed_at: str, shown_at: str) -> str:
    """The rule of the module's docstring, over SQL expressions."""
    return dialect.earliest(
        dialect.plus(now, "%(lease)s"),
        dialect.plus(claimed_at, "t.start_to_close_us"),
        dialect.plus(shown_at, "t.heartbeat_timeout_us"),
    )


def _touch(
    cursor: Cursor,
    dialect: Dialect,
    held: Sequence[Held],
    changes: str,
    params: Params,
    now: datetime | None,
    *,
    details: Sequence[bytes | None] | None = None,
) -> dict[Held, bool]:
    """Updates the holdings that nobody has locked; returns them, each with its cancel request."""
    if not held:
        return {}
    sql, more = _update_mine(dialect, held, changes, now, details=details)
    returning = dialect.returning((*_NAMES, "delivery", "cancel_requested"))
    rows = dialect.execute(cursor, f"{sql} {returning}", params | more)
    return {(_key(row), row[4]): bool(row[5]) for row in rows}


def _update_mine(
    dialect: Dialect,
    held: Sequence[Held],
    changes: str,
    now: datetime | None,
    *,
    details: Sequence[bytes | None] | None = None,
) -> tuple[str, Params]:
    """An UPDATE of the holdings that are still held and not locked; `changes` may use mine.now and mine.details."""
    columns = _columns([key for key, _ in held]) | {"delivery": [delivery for _, delivery in held]}
    if details is not None:
        columns |= {"details": details}
    asked, params = dialect.asked(columns)
    extra = ", asked.details" if details is not None else ""
    sql = f"""WITH moment AS ({dialect.moment}), asked({", ".join(columns)}) AS ({asked}),
        mine AS (SELECT {_KEY}, moment.now{extra} FROM asked JOIN sched_tasks t
                 ON {_same_key("asked")} AND t.delivery = asked.delivery
                 CROSS JOIN moment WHERE t.owner IS NOT NULL {dialect.skip_locked})
        UPDATE sched_tasks AS t SET {changes} FROM mine WHERE {_same_key("mine")}"""
    return sql, params | {"now": dialect.instant(now)}


def _still_held(cursor: Cursor, dialect: Dialect, held: Sequence[Held]) -> dict[Held, bool]:
    """Which of the holdings that an update did not touch are held all the same, each with its cancel request."""
    if not held:
        return {}
    columns = _columns([key for key, _ in held]) | {"delivery": [delivery for _, delivery in held]}
    asked, params = dialect.asked(columns)
    sql = f"""WITH asked({", ".join(columns)}) AS ({asked})
        SELECT {_KEY}, t.delivery, t.cancel_requested FROM asked JOIN sched_tasks t
        ON {_same_key("asked")} AND t.delivery = asked.delivery WHERE t.owner IS NOT NULL"""
    return {(_key(row), row[4]): bool(row[5]) for row in dialect.execute(cursor, sql, params)}


def _same_key(other: str) -> str:
    return " AND ".join(f"t.{name} = {other}.{name}" for name in _NAMES)


def _columns(keys: Sequence[TaskKey]) -> dict[str, Sequence[Any]]:
    return {
        "run_id": [key.run_id for key in keys],
        "kind": [int(key.kind) for key in keys],
        "number": [key.number for key in keys],
        "attempt": [key.attempt for key in keys],
    }


def _key(row: Sequence[Any]) -> TaskKey:
    return TaskKey(run_id_of(row[0]), TaskKind(row[1]), row[2], row[3])


def _answer(one: Held, recorded: dict[Held, bool], stepped_over: dict[Held, bool]) -> Heartbeat:
    held = recorded | stepped_over
    return Heartbeat(
        key=one[0],
        delivery=one[1],
        held=one in held,
        recorded=one in recorded,
        cancel_requested=held.get(one, False),
    )


def claimed_of(row: Sequence[Any]) -> Claimed:
    """What a row says that begins with `CLAIMED`."""
    key = _key(row)
    return Claimed(
        key=key,
        queue=QueueKey(row[4], key.kind, row[5]),
        workflow_id=row[6],
        shard=row[7],
        delivery=row[8],
        lost=row[9],
        created_at=instant_of(row[10]),
        visible_at=instant_of(row[11]),
        claimed_at=instant_of(row[12]),
        lease_until=instant_of(row[13]),
        start_to_close=span_of(row[14]),
        heartbeat_timeout=span_of(row[15]),
        heartbeat_details=None if row[16] is None else bytes(row[16]),
        cancel_requested=bool(row[17]),
    )
