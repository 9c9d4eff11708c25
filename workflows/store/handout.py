"""What a worker is handed with a claimed task: the serialized events it needs, as the database holds them, unparsed."""

# ruff: noqa: S608 - statements are put together from fragments of the dialect; values are parameters

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from dispatch.claims import Claimed, claimed_of
from dispatch.dialect import Cursor, Dialect, Params, dialect_of, run_id_of
from workflows.core.keys import TaskKind
from workflows.core.records import dataclass

EVENTS_MAX = 2_000
BYTES_MAX = 1024 * 1024
"""Of the history in one task. A worker reads what is missing page by page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowHandout:
    """A claimed workflow task: events of its history from `first_event` on, and the number of the last that the turn is
    given. A worker that keeps the run is given those that it does not have."""

    claimed: Claimed
    workflow_type: str
    seen_through: int
    events: Sequence[bytes]
    first_event: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityHandout:
    """A claimed activity task and its ActivityTaskScheduled event."""

    claimed: Claimed
    workflow_type: str
    scheduled_event: bytes


Handout = WorkflowHandout | ActivityHandout


def claim_and_read(cursor: Cursor, kind: TaskKind, claiming: str, params: Params) -> list[Handout]:
    """Claims and reads in one statement (PostgreSQL).

    What is read is as of the statement's snapshot, and whoever commits a task commits the events before it: a task that
    the snapshot shows comes with its history. Events that follow meanwhile are for the next turn.
    """
    dialect = dialect_of(cursor)
    if kind is TaskKind.ACTIVITY:
        more = "x.workflow_type, (SELECT e.data FROM sched_events e WHERE e.run_id = t.run_id AND e.seq = t.number)"
    else:
        more = f"""x.workflow_type, x.last_event, (SELECT array_agg(e.data ORDER BY e.seq) FROM sched_events e
            WHERE e.run_id = t.run_id AND e.seq <= {EVENTS_MAX})"""
    sql = f"WITH t AS ({claiming}) SELECT t.*, {more} FROM t JOIN sched_executions x ON x.run_id = t.run_id"
    rows = dialect.execute(cursor, sql, params)
    if kind is TaskKind.ACTIVITY:
        return [
            ActivityHandout(claimed=claimed_of(row), workflow_type=row[-2], scheduled_event=row[-1])
            for row in rows
        ]
    return [
        WorkflowHandout(
            claimed=claimed_of(row), workflow_type=row[-3], seen_through=row[-2], events=_bounded(row[-1])
        )
        for row in rows
    ]


def workflow_handouts(cursor: Cursor, tasks: Sequence[Claimed]) -> list[WorkflowHandout]:
    """The histories of the claimed tasks' runs, read in one statement and so at one instant."""
    if not tasks:
        return []
    dialect = dialect_of(cursor)
    asked, params = dialect.asked({"run_id": [task.key.run_id for task in tasks]})
    sql = f"""WITH asked(run_id) AS ({asked})
        SELECT x.run_id, x.workflow_type, x.last_event, e.data
        FROM asked JOIN sched_executions x ON x.run_id = asked.run_id
        JOIN sched_events e ON e.run_id = x.run_id AND e.seq <= {EVENTS_MAX}
        ORDER BY x.run_id, e.seq"""
    rows = dialect.execute(cursor, sql, params)
    histories = {run_id_of(run_id): list(found) for run_id, found in groupby(rows, key=lambda row: row[0])}
    return [_workflow(task, histories[task.key.run_id]) for task in tasks if task.key.run_id in histories]


def _workflow(task: Claimed, rows: Sequence[Any]) -> WorkflowHandout:
    events = _bounded([bytes(row[3]) for row in rows])
    return WorkflowHandout(claimed=task, workflow_type=rows[0][1], seen_through=rows[0][2], events=events)


def _bounded(events: Sequence[bytes]) -> Sequence[bytes]:
    """The first of them, up to `BYTES_MAX`; one at least."""
    size = 0
    for count, event in enumerate(events):
        size += len(event)
        if count and size > BYTES_MAX:
            return events[:count]
    return events


def activity_handouts(cursor: Cursor, tasks: Sequence[Claimed]) -> list[ActivityHandout]:
    """The scheduling events of the claimed tasks, read in one statement."""
    if not tasks:
        return []
    rows = {(run_id_of(row[0]), row[1]): row for row in _scheduled(cursor, dialect_of(cursor), tasks)}
    found = ((task, rows.get((task.key.run_id, task.key.number))) for task in tasks)
    return [
        ActivityHandout(claimed=task, workflow_type=row[2], scheduled_event=bytes(row[3]))
        for task, row in found
        if row is not None
    ]


def _scheduled(cursor: Cursor, dialect: Dialect, tasks: Sequence[Claimed]) -> Sequence[Any]:
    keys = [task.key for task in tasks]
    columns: dict[str, Sequence[Any]] = {
        "run_id": [k.run_id for k in keys],
        "number": [k.number for k in keys],
    }
    asked, params = dialect.asked(columns)
    sql = f"""WITH asked(run_id, number) AS ({asked})
        SELECT asked.run_id, asked.number, x.workflow_type, e.data
        FROM asked JOIN sched_executions x ON x.run_id = asked.run_id
        JOIN sched_events e ON e.run_id = asked.run_id AND e.seq = asked.number"""
    return dialect.execute(cursor, sql, params)
