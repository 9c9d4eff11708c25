"""Writing the net of a batch: `executemany` over a statement for each kind of row."""

# ruff: noqa: S608 - put together from this module's constants; values are parameters

from collections.abc import Callable, Iterable
from sqlite3 import Connection
from typing import Any

from workflows.codec import events as event_codec
from workflows.codec import values as v
from workflows.core.keys import TaskKey, shard_of
from workflows.core.state import State
from workflows.core.transition import Holder
from workflows.store.merge import Net
from workflows.store.sqlite.values import hex_id, text, us

_NEW_RUN = """INSERT INTO sched_executions (status, closed_at, last_event, last_event_at, turns, turn_due, seen_through,
    wait, wait_left, commands, cancel_requested, signals_open, run_id, namespace, shard, workflow_id, workflow_type,
    task_queue, started_at, execution_timeout_us, memo, search_attributes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_HEADER = """UPDATE sched_executions SET status = ?, closed_at = ?, last_event = ?, last_event_at = ?, turns = ?,
    turn_due = ?, seen_through = ?, wait = ?, wait_left = ?, commands = ?, cancel_requested = ?, signals_open = ?
    WHERE run_id = ?"""
_EVENT = "INSERT INTO sched_events (run_id, seq, shard, namespace, type, data) VALUES (?, ?, ?, ?, ?, ?)"
_NEW_TASK = """INSERT INTO sched_tasks (run_id, kind, number, attempt, namespace, shard, queue, workflow_id, created_at,
    visible_at, start_to_close_us, heartbeat_timeout_us, delivery, owner, session, engine, claimed_at, lease_until)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_OF_TASK = "WHERE run_id = ? AND kind = ? AND number = ? AND attempt = ?"
_STOP = f"UPDATE sched_tasks SET cancel_requested = 1 {_OF_TASK} AND delivery = ?"
_RELEASE = f"""UPDATE sched_tasks SET lost = ?, visible_at = ?, problem = coalesce(?, problem), owner = NULL,
    session = NULL, engine = NULL, claimed_at = NULL, lease_until = NULL, heartbeat_at = NULL
    {_OF_TASK} AND delivery = ?"""
_KEEP_DETAILS = """UPDATE sched_activities AS a SET heartbeat_details = coalesce((SELECT t.heartbeat_details
    FROM sched_tasks t WHERE t.run_id = a.run_id AND t.kind = 2 AND t.number = a.number AND t.attempt = ?),
    heartbeat_details) WHERE run_id = ? AND number = ?"""
_HAND_ON_DETAILS = f"""UPDATE sched_tasks AS t SET heartbeat_details = (SELECT a.heartbeat_details
    FROM sched_activities a WHERE a.run_id = t.run_id AND a.number = t.number) {_OF_TASK}"""
_END_TASK = f"DELETE FROM sched_tasks {_OF_TASK}"
_TIMER = """INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at, stamp)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (run_id, kind, number)
    DO UPDATE SET due_at = excluded.due_at, stamp = excluded.stamp"""
_END_TIMER = "DELETE FROM sched_timers WHERE run_id = ? AND kind = ? AND number = ?"
_ACTIVITY = """INSERT INTO sched_activities (run_id, number, namespace, shard, command, activity_type, task_queue,
    scheduled_at, retry, start_to_close_us, schedule_to_start_us, schedule_to_close_us, heartbeat_timeout_us, detached,
    cancel_requested, attempt, backing_off, last_failure)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run_id, number) DO UPDATE SET cancel_requested = excluded.cancel_requested,
    attempt = excluded.attempt, backing_off = excluded.backing_off, last_failure = excluded.last_failure"""
_END_ACTIVITY = "DELETE FROM sched_activities WHERE run_id = ? AND number = ?"
_REQUEST = """INSERT INTO sched_requests (namespace, workflow_id, request_id, shard, run_id) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (namespace, workflow_id, request_id) DO NOTHING"""
_CURRENT = """INSERT INTO sched_current_runs (namespace, workflow_id, shard, run_id) VALUES (?, ?, ?, ?)
    ON CONFLICT (namespace, workflow_id) DO UPDATE SET run_id = excluded.run_id"""

Rows = Iterable[tuple[Any, ...]]


def save(connection: Connection, net: Net) -> None:
    """Writes everything; the caller commits."""
    for statement, rows in _WRITES:
        found = list(rows(net))
        if found:
            connection.executemany(statement, found)


def _header_values(state: State) -> tuple[Any, ...]:
    return (
        state.status.value,
        text(state.closed_at),
        state.last_event,
        text(state.last_event_at),
        state.turns,
        state.turn_due,
        state.seen_through,
        v.wait_bytes(state.wait),
        state.wait_left,
        state.commands,
        state.cancel_requested,
        state.signals_open,
        hex_id(state.run_id),
    )


def _new_runs(net: Net) -> Rows:
    for run, (state, start) in net.new_runs.items():
        yield (
            *_header_values(state),
            state.namespace,
            net.places[run].shard,
            state.workflow_id,
            state.workflow_type,
            state.task_queue,
            text(state.started_at),
            us(state.execution_timeout),
            None if start.memo is None else v.payload_bytes(start.memo),
            None if start.search_attributes is None else v.payload_bytes(start.search_attributes),
        )


def _headers(net: Net) -> Rows:
    return map(_header_values, net.headers.values())


def _events(net: Net) -> Rows:
    for run, event in net.events:
        place = net.places[run]
        number, data = event_codec.type_number(event), event_codec.encode(event)
        yield hex_id(run), event.number, place.shard, place.namespace, number, data


def _new_tasks(net: Net) -> Rows:
    for key, task in net.new_tasks.items():
        place, created = net.places[key.run_id], text(task.created_at)
        where = (place.namespace, place.shard, task.ref.queue.queue, place.workflow_id)
        limits = (us(task.start_to_close), us(task.heartbeat_timeout))
        yield *_task(key), *where, created, created, *limits, *_holder(task.holder)


def _holder(holder: Holder | None) -> tuple[Any, ...]:
    """Of a task that is born claimed: its delivery, and who holds it."""
    if holder is None:
        return (0, None, None, None, None, None)
    claimed, until = text(holder.claimed_at), text(holder.lease_until)
    return (1, holder.owner, holder.session, holder.engine, claimed, until)


def _retried(net: Net) -> Rows:
    return (_task(key) for key in net.new_tasks if key.attempt > 1)


def _failed(net: Net) -> Rows:
    """Ahead of the end of the failed attempts' tasks."""
    return (
        (row.attempt, hex_id(run), number) for (run, number), row in net.activities.items() if row.backing_off
    )


def _stops(net: Net) -> Rows:
    return ((*_task(key), change.delivery) for key, change in net.changed_tasks.items() if change.stop)


def _releases(net: Net) -> Rows:
    for key, change in net.changed_tasks.items():
        if change.lost is not None:
            problem = change.problem or None
            yield change.lost, text(change.visible_at), problem, *_task(key), change.delivery


def _ended_tasks(net: Net) -> Rows:
    return map(_task, net.ended_tasks)


def _task(key: TaskKey) -> tuple[Any, ...]:
    return hex_id(key.run_id), int(key.kind), key.number, key.attempt


def _timers(net: Net) -> Rows:
    for key, timer in net.timers.items():
        place = net.places[key.run_id]
        of = (hex_id(key.run_id), int(key.kind), key.number)
        yield *of, place.namespace, place.shard, text(timer.due_at), timer.stamp


def _ended_timers(net: Net) -> Rows:
    return ((hex_id(key.run_id), int(key.kind), key.number) for key in net.ended_timers)


def _activities(net: Net) -> Rows:
    for (run, number), row in net.activities.items():
        place = net.places[run]
        yield (
            hex_id(run),
            number,
            place.namespace,
            place.shard,
            row.command,
            row.activity_type,
            row.task_queue,
            text(row.scheduled_at),
            None if row.retry is None else v.retry_bytes(row.retry),
            us(row.start_to_close),
            us(row.schedule_to_start),
            us(row.schedule_to_close),
            us(row.heartbeat_timeout),
            row.detached,
            row.cancel_requested,
            row.attempt,
            row.backing_off,
            None if row.last_failure is None else v.failure_bytes(row.last_failure),
        )


def _ended_activities(net: Net) -> Rows:
    return ((hex_id(run), number) for run, number in net.ended_activities)


def _requests(net: Net) -> Rows:
    return ((*key, shard_of(key[1]), hex_id(run)) for key, run in net.requests.items())


def _current(net: Net) -> Rows:
    return ((*key, shard_of(key[1]), hex_id(run)) for key, run in net.current.items())


_WRITES: tuple[tuple[str, Callable[[Net], Rows]], ...] = (
    (_NEW_RUN, _new_runs),
    (_HEADER, _headers),
    (_EVENT, _events),
    (_NEW_TASK, _new_tasks),
    (_HAND_ON_DETAILS, _retried),
    (_KEEP_DETAILS, _failed),
    (_STOP, _stops),
    (_RELEASE, _releases),
    (_END_TASK, _ended_tasks),
    (_TIMER, _timers),
    (_END_TIMER, _ended_timers),
    (_ACTIVITY, _activities),
    (_END_ACTIVITY, _ended_activities),
    (_REQUEST, _requests),
    (_CURRENT, _current),
)
