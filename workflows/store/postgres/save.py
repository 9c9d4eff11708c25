"""Write a batch: one statement of data-modifying parts over arrays, made of those parts that have anything to do.

The parts touch different tables or different rows, so their order is free. A part of its own checks that what was read
without a lock still holds; if not, it fails the statement, and the COMMIT behind it does nothing.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from functools import cache
from typing import Any, LiteralString

from workflows.codec import events as event_codec
from workflows.codec import values as v
from workflows.core.keys import shard_of
from workflows.core.state import Activity, State
from workflows.core.transition import Holder
from workflows.store.backend import WorkflowKey
from workflows.store.merge import Net
from workflows.store.postgres import arrays as a

Parameters = dict[str, Any]

PARTS: dict[str, str] = {
    "new_runs": """INSERT INTO sched_executions (run_id, namespace, shard, workflow_id, workflow_type, task_queue,
        status, started_at, closed_at, execution_timeout_us, last_event, last_event_at, turns, turn_due, seen_through,
        wait, wait_left, commands, cancel_requested, signals_open, memo, search_attributes)
        SELECT * FROM unnest(%(n_run)s, %(n_namespace)s, %(n_shard)s, %(n_workflow_id)s, %(n_type)s, %(n_queue)s,
        %(n_status)s, %(n_started_at)s, %(n_closed_at)s, %(n_timeout)s, %(n_last_event)s, %(n_last_event_at)s,
        %(n_turns)s, %(n_turn_due)s, %(n_seen)s, %(n_wait)s, %(n_wait_left)s, %(n_commands)s, %(n_cancel)s,
        %(n_signals)s, %(n_memo)s, %(n_attributes)s)""",
    "headers": """UPDATE sched_executions x SET status = u.status, closed_at = u.closed_at, last_event = u.last_event,
        last_event_at = u.last_event_at, turns = u.turns, turn_due = u.turn_due, seen_through = u.seen_through,
        wait = u.wait, wait_left = u.wait_left, commands = u.commands, cancel_requested = u.cancel_requested,
        signals_open = u.signals_open
        FROM unnest(%(h_run)s, %(h_status)s, %(h_closed_at)s, %(h_last_event)s, %(h_last_event_at)s, %(h_turns)s,
        %(h_turn_due)s, %(h_seen)s, %(h_wait)s, %(h_wait_left)s, %(h_commands)s, %(h_cancel)s, %(h_signals)s)
        u(run_id, status, closed_at, last_event, last_event_at, turns, turn_due, seen_through, wait, wait_left,
        commands, cancel_requested, signals_open) WHERE x.run_id = u.run_id""",
    "events": """INSERT INTO sched_events (run_id, seq, shard, namespace, type, data)
        SELECT * FROM unnest(%(e_run)s, %(e_seq)s, %(e_shard)s, %(e_namespace)s, %(e_type)s, %(e_data)s)""",
    "new_tasks": """INSERT INTO sched_tasks (run_id, kind, number, attempt, namespace, shard, queue, workflow_id,
        created_at, visible_at, start_to_close_us, heartbeat_timeout_us, delivery, owner, session, engine,
        claimed_at, lease_until, heartbeat_details)
        SELECT run_id, kind, number, attempt, namespace, shard, queue, workflow_id, created_at, created_at,
        start_to_close_us, heartbeat_timeout_us, (owner IS NOT NULL)::int, owner, session, engine, claimed_at,
        lease_until, CASE WHEN attempt > 1 THEN (SELECT a.heartbeat_details
        FROM sched_activities a WHERE a.run_id = u.run_id AND a.number = u.number) END
        FROM unnest(%(t_run)s, %(t_kind)s, %(t_number)s, %(t_attempt)s, %(t_namespace)s, %(t_shard)s, %(t_queue)s,
        %(t_workflow_id)s, %(t_created_at)s, %(t_start_to_close)s, %(t_heartbeat)s, %(t_owner)s, %(t_session)s,
        %(t_engine)s, %(t_claimed_at)s, %(t_lease_until)s)
        u(run_id, kind, number, attempt, namespace, shard, queue, workflow_id, created_at, start_to_close_us,
        heartbeat_timeout_us, owner, session, engine, claimed_at, lease_until)""",
    "changed_tasks": """UPDATE sched_tasks t SET lost = coalesce(u.lost, t.lost),
        visible_at = coalesce(u.visible_at, t.visible_at), problem = coalesce(u.problem, t.problem),
        cancel_requested = t.cancel_requested OR u.stop,
        owner = CASE WHEN u.lost IS NULL THEN t.owner END, session = CASE WHEN u.lost IS NULL THEN t.session END,
        engine = CASE WHEN u.lost IS NULL THEN t.engine END,
        claimed_at = CASE WHEN u.lost IS NULL THEN t.claimed_at END,
        lease_until = CASE WHEN u.lost IS NULL THEN t.lease_until END,
        heartbeat_at = CASE WHEN u.lost IS NULL THEN t.heartbeat_at END
        FROM unnest(%(c_run)s, %(c_kind)s, %(c_number)s, %(c_attempt)s, %(c_delivery)s, %(c_lost)s,
        %(c_visible_at)s, %(c_problem)s, %(c_stop)s)
        u(run_id, kind, number, attempt, delivery, lost, visible_at, problem, stop)
        WHERE t.run_id = u.run_id AND t.kind = u.kind AND t.number = u.number AND t.attempt = u.attempt
        AND (t.delivery = u.delivery OR u.stop)""",
    "ended_tasks": """DELETE FROM sched_tasks t
        USING unnest(%(d_run)s, %(d_kind)s, %(d_number)s, %(d_attempt)s) u(run_id, kind, number, attempt)
        WHERE t.run_id = u.run_id AND t.kind = u.kind AND t.number = u.number AND t.attempt = u.attempt""",
    "timers": """INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at, stamp)
        SELECT * FROM unnest(%(m_run)s, %(m_kind)s, %(m_number)s, %(m_namespace)s, %(m_shard)s, %(m_due_at)s,
        %(m_stamp)s)
        ON CONFLICT (run_id, kind, number) DO UPDATE SET due_at = excluded.due_at, stamp = excluded.stamp""",
    "ended_timers": """DELETE FROM sched_timers t
        USING unnest(%(x_run)s, %(x_kind)s, %(x_number)s) u(run_id, kind, number)
        WHERE t.run_id = u.run_id AND t.kind = u.kind AND t.number = u.number""",
    "activities": """INSERT INTO sched_activities (run_id, number, namespace, shard, command, activity_type, task_queue,
        scheduled_at, retry, start_to_close_us, schedule_to_start_us, schedule_to_close_us, heartbeat_timeout_us,
        detached, cancel_requested, attempt, backing_off, last_failure)
        SELECT * FROM unnest(%(a_run)s, %(a_number)s, %(a_namespace)s, %(a_shard)s, %(a_command)s, %(a_type)s,
        %(a_queue)s, %(a_scheduled_at)s, %(a_retry)s, %(a_start_to_close)s, %(a_schedule_to_start)s,
        %(a_schedule_to_close)s, %(a_heartbeat)s, %(a_detached)s, %(a_cancel)s, %(a_attempt)s, %(a_backing_off)s,
        %(a_last_failure)s)
        ON CONFLICT (run_id, number) DO UPDATE SET cancel_requested = excluded.cancel_requested,
        attempt = excluded.attempt, backing_off = excluded.backing_off, last_failure = excluded.last_failure""",
    # The task of the failed attempt ends in the same statement, whose snapshot still has it.
    "failed_activities": """UPDATE sched_activities a SET cancel_requested = u.cancel_requested, attempt = u.attempt,
        backing_off = true, last_failure = u.last_failure, heartbeat_details = coalesce((SELECT t.heartbeat_details
        FROM sched_tasks t WHERE t.run_id = u.run_id AND t.kind = 2 AND t.number = u.number AND t.attempt = u.attempt),
        a.heartbeat_details)
        FROM unnest(%(b_run)s, %(b_number)s, %(b_cancel)s, %(b_attempt)s, %(b_last_failure)s)
        u(run_id, number, cancel_requested, attempt, last_failure)
        WHERE a.run_id = u.run_id AND a.number = u.number""",
    "ended_activities": """DELETE FROM sched_activities t USING unnest(%(y_run)s, %(y_number)s) u(run_id, number)
        WHERE t.run_id = u.run_id AND t.number = u.number""",
    "requests": """INSERT INTO sched_requests (namespace, workflow_id, request_id, shard, run_id)
        SELECT * FROM unnest(%(r_namespace)s, %(r_workflow_id)s, %(r_request_id)s, %(r_shard)s, %(r_run)s)""",
    "new_current": """INSERT INTO sched_current_runs (namespace, workflow_id, shard, run_id)
        SELECT * FROM unnest(%(k_namespace)s, %(k_workflow_id)s, %(k_shard)s, %(k_run)s)""",
    "moved_current": """UPDATE sched_current_runs c SET run_id = u.run_id
        FROM unnest(%(v_namespace)s, %(v_workflow_id)s, %(v_run)s, %(v_before)s)
        u(namespace, workflow_id, run_id, before)
        WHERE c.namespace = u.namespace AND c.workflow_id = u.workflow_id AND c.run_id = u.before RETURNING 1""",
}


@cache
def statement(parts: tuple[str, ...]) -> LiteralString:
    """The statement of these parts. It fails (division by zero) unless every id moved from where it was."""
    tables = ", ".join(f"{name} AS ({PARTS[name]})" for name in parts)
    check = "1"
    if "moved_current" in parts:
        check = "1 / (CASE WHEN (SELECT count(*) FROM moved_current) = %(moves)s THEN 1 ELSE 0 END)"
    return f"WITH {tables} SELECT {check}"


def parameters(
    net: Net, current: Mapping[WorkflowKey, str], remembered: Collection[tuple[str, str, str]]
) -> tuple[tuple[str, ...], Parameters]:
    """The parts that a batch needs, and their parameters.

    Args:
        net: what is to be written.
        current: the run that each workflow id meant when it was loaded.
        remembered: (namespace, workflow id, request id) that are stored already, by the inbox's writers.
    """
    found: dict[str, Parameters] = {}
    if net.new_runs:
        found["new_runs"] = _new_runs(net)
    if net.headers:
        found["headers"] = _header_columns("h", list(net.headers), list(net.headers.values()))
    if net.events:
        found["events"] = _events(net)
    if net.new_tasks:
        found["new_tasks"] = _new_tasks(net)
    if net.changed_tasks:
        found["changed_tasks"] = _changed_tasks(net)
    if net.ended_tasks:
        found["ended_tasks"] = {
            "d_run": a.uuids([key.run_id for key in net.ended_tasks]),
            "d_kind": a.smalls([key.kind for key in net.ended_tasks]),
            "d_number": a.ints([key.number for key in net.ended_tasks]),
            "d_attempt": a.ints([key.attempt for key in net.ended_tasks]),
        }
    _add_timers(net, found)
    _add_activities(net, found)
    _add_ids(net, current, remembered, found)
    merged: Parameters = {}
    for part in found.values():
        merged.update(part)
    return tuple(found), merged


def _header_columns(prefix: str, runs: list[str], states: list[State]) -> Parameters:
    """What changes often. `status` is indexed, but changes once; the other columns are in no index."""
    columns: Parameters = {
        "run": a.uuids(runs),
        "status": a.texts([state.status.value for state in states]),
        "closed_at": a.instants([state.closed_at for state in states]),
        "last_event": a.ints([state.last_event for state in states]),
        "last_event_at": a.instants([state.last_event_at for state in states]),
        "turns": a.ints([state.turns for state in states]),
        "turn_due": a.bools([state.turn_due for state in states]),
        "seen": a.ints([state.seen_through for state in states]),
        "wait": a.blobs([v.wait_bytes(state.wait) for state in states]),
        "wait_left": a.ints([state.wait_left for state in states]),
        "commands": a.ints([state.commands for state in states]),
        "cancel": a.bools([state.cancel_requested for state in states]),
        "signals": a.ints([state.signals_open for state in states]),
    }
    return {f"{prefix}_{name}": values for name, values in columns.items()}


def _new_runs(net: Net) -> Parameters:
    runs = list(net.new_runs)
    states = [run.state for run in net.new_runs.values()]
    starts = [run.start for run in net.new_runs.values()]
    return _header_columns("n", runs, states) | {
        "n_namespace": a.texts([state.namespace for state in states]),
        "n_shard": a.smalls([net.places[run].shard for run in runs]),
        "n_workflow_id": a.texts([state.workflow_id for state in states]),
        "n_type": a.texts([state.workflow_type for state in states]),
        "n_queue": a.texts([state.task_queue for state in states]),
        "n_started_at": a.instants([state.started_at for state in states]),
        "n_timeout": a.bigs([span_us(state.execution_timeout) for state in states]),
        "n_memo": a.blobs([None if each.memo is None else v.payload_bytes(each.memo) for each in starts]),
        "n_attributes": a.blobs(
            [
                None if each.search_attributes is None else v.payload_bytes(each.search_attributes)
                for each in starts
            ]
        ),
    }


def _events(net: Net) -> Parameters:
    events = [event for _, event in net.events]
    places = [net.places[run] for run, _ in net.events]
    return {
        "e_run": a.uuids([run for run, _ in net.events]),
        "e_seq": a.ints([event.number for event in events]),
        "e_shard": a.smalls([place.shard for place in places]),
        "e_namespace": a.texts([place.namespace for place in places]),
        "e_type": a.smalls([event_codec.type_number(event) for event in events]),
        "e_data": a.blobs([event_codec.encode(event) for event in events]),
    }


def _new_tasks(net: Net) -> Parameters:
    keys, tasks = list(net.new_tasks), list(net.new_tasks.values())
    places = [net.places[key.run_id] for key in keys]
    return {
        "t_run": a.uuids([key.run_id for key in keys]),
        "t_kind": a.smalls([key.kind for key in keys]),
        "t_number": a.ints([key.number for key in keys]),
        "t_attempt": a.ints([key.attempt for key in keys]),
        "t_namespace": a.texts([place.namespace for place in places]),
        "t_shard": a.smalls([place.shard for place in places]),
        "t_queue": a.texts([task.ref.queue.queue for task in tasks]),
        "t_workflow_id": a.texts([place.workflow_id for place in places]),
        "t_created_at": a.instants([task.created_at for task in tasks]),
        "t_start_to_close": a.bigs([span_us(task.start_to_close) for task in tasks]),
        "t_heartbeat": a.bigs([span_us(task.heartbeat_timeout) for task in tasks]),
        **_holders([task.holder for task in tasks]),
    }


def _holders(holders: list[Holder | None]) -> Parameters:
    """Of the tasks that are born claimed; the others' are null."""
    return {
        "t_owner": a.texts([None if each is None else each.owner for each in holders]),
        "t_session": a.texts([None if each is None else each.session for each in holders]),
        "t_engine": a.texts([None if each is None else each.engine for each in holders]),
        "t_claimed_at": a.instants([None if each is None else each.claimed_at for each in holders]),
        "t_lease_until": a.instants([None if each is None else each.lease_until for each in holders]),
    }


def _changed_tasks(net: Net) -> Parameters:
    keys, changes = list(net.changed_tasks), list(net.changed_tasks.values())
    return {
        "c_run": a.uuids([key.run_id for key in keys]),
        "c_kind": a.smalls([key.kind for key in keys]),
        "c_number": a.ints([key.number for key in keys]),
        "c_attempt": a.ints([key.attempt for key in keys]),
        "c_delivery": a.ints([change.delivery for change in changes]),
        "c_lost": a.ints([change.lost for change in changes]),
        "c_visible_at": a.instants([change.visible_at for change in changes]),
        "c_problem": a.texts([change.problem or None for change in changes]),
        "c_stop": a.bools([change.stop for change in changes]),
    }


def _add_timers(net: Net, found: dict[str, Parameters]) -> None:
    if net.timers:
        keys, timers = list(net.timers), list(net.timers.values())
        found["timers"] = {
            "m_run": a.uuids([key.run_id for key in keys]),
            "m_kind": a.smalls([key.kind for key in keys]),
            "m_number": a.ints([key.number for key in keys]),
            "m_namespace": a.texts([net.places[key.run_id].namespace for key in keys]),
            "m_shard": a.smalls([net.places[key.run_id].shard for key in keys]),
            "m_due_at": a.instants([timer.due_at for timer in timers]),
            "m_stamp": a.ints([timer.stamp for timer in timers]),
        }
    if net.ended_timers:
        found["ended_timers"] = {
            "x_run": a.uuids([key.run_id for key in net.ended_timers]),
            "x_kind": a.smalls([key.kind for key in net.ended_timers]),
            "x_number": a.ints([key.number for key in net.ended_timers]),
        }


def _add_activities(net: Net, found: dict[str, Parameters]) -> None:
    failed = {key: row for key, row in net.activities.items() if row.backing_off}
    if failed:
        found["failed_activities"] = {
            "b_run": a.uuids([run for run, _ in failed]),
            "b_number": a.ints([row.number for row in failed.values()]),
            "b_cancel": a.bools([row.cancel_requested for row in failed.values()]),
            "b_attempt": a.ints([row.attempt for row in failed.values()]),
            "b_last_failure": a.blobs([_failure(row) for row in failed.values()]),
        }
    others = {key: row for key, row in net.activities.items() if not row.backing_off}
    if others:
        runs = [run for run, _ in others]
        rows = list(others.values())
        found["activities"] = {
            "a_run": a.uuids(runs),
            "a_number": a.ints([row.number for row in rows]),
            "a_namespace": a.texts([net.places[run].namespace for run in runs]),
            "a_shard": a.smalls([net.places[run].shard for run in runs]),
            "a_command": a.ints([row.command for row in rows]),
            "a_type": a.texts([row.activity_type for row in rows]),
            "a_queue": a.texts([row.task_queue for row in rows]),
            "a_scheduled_at": a.instants([row.scheduled_at for row in rows]),
            "a_retry": a.blobs([None if row.retry is None else v.retry_bytes(row.retry) for row in rows]),
            "a_start_to_close": a.bigs([span_us(row.start_to_close) for row in rows]),
            "a_schedule_to_start": a.bigs([span_us(row.schedule_to_start) for row in rows]),
            "a_schedule_to_close": a.bigs([span_us(row.schedule_to_close) for row in rows]),
            "a_heartbeat": a.bigs([span_us(row.heartbeat_timeout) for row in rows]),
            "a_detached": a.bools([row.detached for row in rows]),
            "a_cancel": a.bools([row.cancel_requested for row in rows]),
            "a_attempt": a.ints([row.attempt for row in rows]),
            "a_backing_off": a.bools([row.backing_off for row in rows]),
            "a_last_failure": a.blobs(map(_failure, rows)),
        }
    if net.ended_activities:
        found["ended_activities"] = {
            "y_run": a.uuids([run for run, _ in net.ended_activities]),
            "y_number": a.ints([number for _, number in net.ended_activities]),
        }


def _failure(row: Activity) -> bytes | None:
    return None if row.last_failure is None else v.failure_bytes(row.last_failure)


def _add_ids(
    net: Net,
    current: Mapping[WorkflowKey, str],
    remembered: Collection[tuple[str, str, str]],
    found: dict[str, Parameters],
) -> None:
    requests = {key: run for key, run in net.requests.items() if key not in remembered}
    if requests:
        found["requests"] = {
            "r_namespace": a.texts([key[0] for key in requests]),
            "r_workflow_id": a.texts([key[1] for key in requests]),
            "r_request_id": a.texts([key[2] for key in requests]),
            "r_shard": a.smalls([shard_of(key[1]) for key in requests]),
            "r_run": a.uuids(requests.values()),
        }
    fresh = {key: run for key, run in net.current.items() if key not in current}
    if fresh:
        found["new_current"] = {
            "k_namespace": a.texts([key[0] for key in fresh]),
            "k_workflow_id": a.texts([key[1] for key in fresh]),
            "k_shard": a.smalls([shard_of(key[1]) for key in fresh]),
            "k_run": a.uuids(fresh.values()),
        }
    moved = {key: run for key, run in net.current.items() if key in current}
    if moved:
        found["moved_current"] = {
            "v_namespace": a.texts([key[0] for key in moved]),
            "v_workflow_id": a.texts([key[1] for key in moved]),
            "v_run": a.uuids(moved.values()),
            "v_before": a.uuids([current[key] for key in moved]),
            "moves": a.Number(len(moved)),
        }


def span_us(span: timedelta | None) -> int | None:
    """For a column: no span is null."""
    return None if span is None else v.span_us(span)
