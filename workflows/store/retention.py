"""Deletes closed executions that are old, with all that belongs to them: the oldest first, a small batch at a time.

Guarantees:

* A batch is one short transaction: a run goes with all its rows, or stays with all of them. Who is killed in the middle
  has done nothing.
* What is open stays: a run that goes on, and one that has ended while an activity that outlives it has not.
* It waits for nobody: headers that are locked, and ids that somebody starts just now, are left to the next round.
* A workflow id means its run until that is deleted, and is free then; a request id of the run counts as new.

Audit entries stay. The number of statements of a batch does not depend on how many runs it has.
"""

# ruff: noqa: S608 - put together from constants; values are parameters

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connections, transaction

from dispatch.dialect import instant_of
from workflows.store.inline.tables import tables
from workflows.store.postgres.load import START_LOCK

BATCH = 25
EVENTS_MAX = 1_000
"""Of a batch, unless one run alone has more."""

OF_RUN = (
    "sched_activities",
    "sched_tasks",
    "sched_timers",
    "sched_inbox",
    "sched_events",
    "sched_executions",
)
"""By the run's id, which each of them has an index of. The header goes last."""
OF_ID = ("sched_current_runs", "sched_requests")
"""By the workflow's id, since there is no index of the run's."""

_SURE = "SET LOCAL enable_seqscan = off"
"""Of a batch: whatever the statistics say just now, no table is read as a whole."""
_NAMESPACE = """SELECT namespace FROM sched_executions
    WHERE closed_at IS NOT NULL AND namespace > %s ORDER BY namespace LIMIT 1"""
_OLD = """SELECT x.run_id, x.workflow_id, x.closed_at, x.last_event FROM sched_executions x
    WHERE x.namespace = %s AND x.closed_at >= %s AND x.closed_at < %s
    AND NOT EXISTS (SELECT 1 FROM sched_activities a WHERE a.run_id = x.run_id)
    ORDER BY x.closed_at LIMIT %s"""
_STEP_OVER = " FOR UPDATE OF x SKIP LOCKED"
_LOCK_IDS = (
    "SELECT a.workflow_id, pg_try_advisory_xact_lock({lock}) FROM unnest(%s::text[]) a(workflow_id)".format(
        lock=START_LOCK.format(namespace="%s::text", workflow_id="a.workflow_id")
    )
)
_NOT_LAST = """SELECT c.run_id FROM sched_current_runs c WHERE c.namespace = %s AND c.workflow_id IN ({names})
    AND c.run_id IN ({runs}) AND EXISTS (SELECT 1 FROM sched_executions o WHERE o.namespace = c.namespace
        AND o.workflow_id = c.workflow_id AND o.run_id NOT IN ({runs}))"""
_COUNT = "SELECT count(*) FROM sched_executions WHERE namespace = %s AND closed_at < %s"

_BEGINNING = datetime.fromisoformat("0001-01-02T00:00:00+00:00")


class Place(NamedTuple):
    """How far a round has come: all that lies before is deleted, or was stepped over."""

    namespace: str
    closed_at: datetime


class Batch(NamedTuple):
    """What a batch did. `next` is None when the round is over."""

    deleted: int
    next: Place | None


class _Run(NamedTuple):
    run_id: Any
    workflow_id: str
    closed_at: datetime
    events: int


def first(using: str = "default") -> Place | None:
    """Where a round begins; None when nothing is closed."""
    return _namespace_after("", using)


def delete_batch(
    place: Place, closed_before: datetime, *, size: int = BATCH, using: str = "default"
) -> Batch:
    """One batch from a place on, of what was closed before an instant."""
    with transaction.atomic(using):
        if connections[using].vendor == "postgresql":
            with connections[using].cursor() as cursor:
                cursor.execute(_SURE)
        found = _old(place, closed_before, size, using)
        taken = _few_events(found)
        free = _whose_ids_are_free(place.namespace, taken, using)
        doomed = _without_meant(place.namespace, free, using)
        if doomed:
            _delete(place.namespace, doomed, using)
    if doomed or (taken and taken[-1].closed_at > place.closed_at):
        return Batch(len(doomed), Place(place.namespace, taken[-1].closed_at))
    return Batch(0, _namespace_after(place.namespace, using))


def count(closed_before: datetime, using: str = "default") -> int:
    """How many were closed before an instant, those with an activity that outlives them among them."""
    total, place = 0, first(using)
    while place is not None:
        parameters = [place.namespace, tables(using).raw_instant(closed_before)]
        total += _rows(_COUNT, parameters, using)[0][0]
        place = _namespace_after(place.namespace, using)
    return total


def _namespace_after(namespace: str, using: str) -> Place | None:
    found = _rows(_NAMESPACE, [namespace], using)
    return Place(found[0][0], _BEGINNING) if found else None


def _old(place: Place, closed_before: datetime, size: int, using: str) -> list[_Run]:
    at = tables(using).raw_instant
    statement = _OLD + (_STEP_OVER if connections[using].vendor == "postgresql" else "")
    parameters = [place.namespace, at(place.closed_at), at(closed_before), size]
    rows = _rows(statement, parameters, using)
    return [_Run(run, name, instant_of(closed_at), events) for run, name, closed_at, events in rows]


def _few_events(found: Sequence[_Run]) -> list[_Run]:
    """The first of them, so that the transaction is short whatever their histories are."""
    taken: list[_Run] = []
    events = 0
    for run in found:
        events += run.events
        if taken and events > EVENTS_MAX:
            break
        taken.append(run)
    return taken


def _whose_ids_are_free(namespace: str, runs: Sequence[_Run], using: str) -> list[_Run]:
    """Those that no start looks at just now; none does until the transaction ends. SQLite has one writer at a time."""
    if connections[using].vendor != "postgresql" or not runs:
        return list(runs)
    names = sorted({run.workflow_id for run in runs})
    held = {name for name, is_held in _rows(_LOCK_IDS, [namespace, names], using) if is_held}
    return [run for run in runs if run.workflow_id in held]


def _without_meant(namespace: str, runs: Sequence[_Run], using: str) -> list[_Run]:
    """Without the runs that their ids mean, where older ones of the id stay: else the id would mean none of those."""
    if not runs:
        return []
    ids, names = [run.run_id for run in runs], sorted({run.workflow_id for run in runs})
    statement = _NOT_LAST.format(names=_places(names), runs=_places(ids))
    kept = {row[0] for row in _rows(statement, [namespace, *names, *ids, *ids], using)}
    return [run for run in runs if run.run_id not in kept]


def _delete(namespace: str, runs: Sequence[_Run], using: str) -> None:
    ids = [run.run_id for run in runs]
    names = sorted({run.workflow_id for run in runs})
    of_runs, of_names = _places(ids), _places(names)
    with connections[using].cursor() as cursor:
        for table in OF_ID:
            where = f"namespace = %s AND workflow_id IN ({of_names}) AND run_id IN ({of_runs})"
            cursor.execute(f"DELETE FROM {table} WHERE {where}", [namespace, *names, *ids])
        for table in OF_RUN:
            cursor.execute(f"DELETE FROM {table} WHERE run_id IN ({of_runs})", ids)


def _places(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _rows(statement: str, parameters: Sequence[Any], using: str) -> list[Any]:
    with connections[using].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
