"""Reading a run and its children, row by row: a statement costs a few microseconds here, and there is no round trip."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any

from workflows.codec import events as event_codec
from workflows.codec import values as v
from workflows.core.events import TimerStarted
from workflows.core.inputs import Needs
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.state import Activity, State, TaskState, UserTimer
from workflows.core.values import Status
from workflows.store.backend import INBOX_MAX, WorkflowKey
from workflows.store.inbox import KNOWN_KINDS, InboxRow
from workflows.store.sqlite.values import hex_id, instant, instant_or_none, run_id, span_or_none
from workflows.store.waited import WAITED_FOR

_HEADER = """SELECT x.run_id, x.namespace, x.workflow_id, x.workflow_type, x.task_queue, x.status, x.started_at,
    x.closed_at, x.last_event_at, x.execution_timeout_us, x.last_event, x.turns, x.seen_through, x.wait_left,
    x.commands, x.signals_open, x.turn_due, x.cancel_requested, x.wait FROM sched_executions x"""
_ALL_TASKS = """SELECT kind, number, attempt, created_at, delivery, lost, owner, claimed_at, lease_until, heartbeat_at
    FROM sched_tasks WHERE run_id = ?"""
_TASKS = f"{_ALL_TASKS} AND kind = ?"
_ACTIVITIES = """SELECT number, command, activity_type, task_queue, scheduled_at, retry, start_to_close_us,
    schedule_to_start_us, schedule_to_close_us, heartbeat_timeout_us, detached, cancel_requested, attempt, backing_off,
    last_failure FROM sched_activities WHERE run_id = ?"""
_TIMERS = "SELECT number, stamp, due_at FROM sched_timers WHERE run_id = ? AND kind = 1"
_TIMER = f"""{_TIMERS} AND number = ? AND (SELECT e.type FROM sched_events e WHERE e.run_id = sched_timers.run_id
    AND e.seq = sched_timers.number) = {event_codec.TYPE_NUMBERS[TimerStarted]}"""  # noqa: S608 - constants
"""One that is due: a row that no event has started must not fire."""
_UNSEEN = f"""SELECT data FROM sched_events WHERE run_id = ? AND seq > ?
    AND type IN ({", ".join(map(str, WAITED_FOR))}) ORDER BY seq"""  # noqa: S608 - constants
_DRAIN = f"""DELETE FROM sched_inbox WHERE id IN (SELECT id FROM sched_inbox
    WHERE run_id = ? AND kind IN ({KNOWN_KINDS}) ORDER BY id LIMIT ?) RETURNING id, kind, data"""  # noqa: S608 - constants
_SET_ASIDE = "UPDATE sched_inbox SET kind = -kind WHERE id = ? AND kind > 0"


def state(connection: Connection, run: str, needs: Needs) -> State | None:
    """A run with the children that `needs` names; None if there is no such run."""
    row = connection.execute(f"{_HEADER} WHERE x.run_id = ?", [hex_id(run)]).fetchone()
    if row is None:
        return None
    found = _header(row)
    _add_tasks(connection, found, needs)
    _add_children(connection, found, needs)
    if needs.seen_through is not None:
        after = max(needs.seen_through, found.seen_through)
        if after < found.last_event:
            rows = connection.execute(_UNSEEN, [row[0], after])
            found.unseen = [event_codec.decode(data) for (data,) in rows]
    return found


def current(connection: Connection, name: WorkflowKey) -> State | None:
    """The current run of a workflow id, without children."""
    row = connection.execute(
        f"{_HEADER} JOIN sched_current_runs c ON c.run_id = x.run_id WHERE c.namespace = ? AND c.workflow_id = ?",
        name,
    ).fetchone()
    return None if row is None else _header(row)


def drain(connection: Connection, run: str) -> list[InboxRow]:
    """Takes what waits in the inbox of a run, up to `INBOX_MAX`."""
    rows = connection.execute(_DRAIN, [hex_id(run), INBOX_MAX]).fetchall()
    return [InboxRow(number, run, kind, data) for number, kind, data in rows]


def set_aside(connection: Connection, ids: Iterable[int]) -> None:
    """Entries that no drain shall take any more."""
    connection.executemany(_SET_ASIDE, [[number] for number in ids])


def request(connection: Connection, name: WorkflowKey, request_id: str) -> str | None:
    """The run that a request id was for."""
    row = connection.execute(
        "SELECT run_id FROM sched_requests WHERE namespace = ? AND workflow_id = ? AND request_id = ?",
        [*name, request_id],
    ).fetchone()
    return None if row is None else run_id(row[0])


def _header(row: Any) -> State:
    return State(
        run_id=run_id(row[0]),
        namespace=row[1],
        workflow_id=row[2],
        workflow_type=row[3],
        task_queue=row[4],
        status=Status(row[5]),
        started_at=instant(row[6]),
        closed_at=instant_or_none(row[7]),
        last_event_at=instant(row[8]),
        execution_timeout=span_or_none(row[9]),
        last_event=row[10],
        turns=row[11],
        seen_through=row[12],
        wait_left=row[13],
        commands=row[14],
        signals_open=row[15],
        turn_due=bool(row[16]),
        cancel_requested=bool(row[17]),
        wait=v.wait_from(row[18]),
    )


def _add_tasks(connection: Connection, found: State, needs: Needs) -> None:
    run = hex_id(found.run_id)
    if needs.all_children:
        rows = connection.execute(f"{_ALL_TASKS} ORDER BY kind, number", [run]).fetchall()
    else:
        rows = connection.execute(_TASKS, [run, int(TaskKind.WORKFLOW)]).fetchall()
        for number in needs.children:
            rows += connection.execute(f"{_TASKS} AND number = ?", [run, int(TaskKind.ACTIVITY), number])
    for row in rows:
        task = _task(found.run_id, row)
        found.tasks[task.key] = task


def _add_children(connection: Connection, found: State, needs: Needs) -> None:
    run = hex_id(found.run_id)
    if needs.all_children:
        activities = connection.execute(f"{_ACTIVITIES} ORDER BY number", [run]).fetchall()
        timers = connection.execute(f"{_TIMERS} ORDER BY number", [run]).fetchall()
    else:
        activities, timers = [], []
        for number in needs.children:
            activities += connection.execute(f"{_ACTIVITIES} AND number = ?", [run, number])
            timers += connection.execute(_TIMER, [run, number])
    found.activities = {row[0]: _activity(row) for row in activities}
    found.timers = {
        number: UserTimer(number=number, command=stamp, due_at=instant(due)) for number, stamp, due in timers
    }


def _task(run: str, row: Any) -> TaskState:
    return TaskState(
        key=TaskKey(run, TaskKind(row[0]), row[1], row[2]),
        created_at=instant(row[3]),
        delivery=row[4],
        lost=row[5],
        owner=row[6],
        claimed_at=instant_or_none(row[7]),
        lease_until=instant_or_none(row[8]),
        heartbeat_at=instant_or_none(row[9]),
    )


def _activity(row: Any) -> Activity:
    return Activity(
        number=row[0],
        command=row[1],
        activity_type=row[2],
        task_queue=row[3],
        scheduled_at=instant(row[4]),
        retry=None if row[5] is None else v.retry_from(row[5]),
        start_to_close=span_or_none(row[6]),
        schedule_to_start=span_or_none(row[7]),
        schedule_to_close=span_or_none(row[8]),
        heartbeat_timeout=span_or_none(row[9]),
        detached=bool(row[10]),
        cancel_requested=bool(row[11]),
        attempt=row[12],
        backing_off=bool(row[13]),
        last_failure=None if row[14] is None else v.failure_from(row[14]),
    )
