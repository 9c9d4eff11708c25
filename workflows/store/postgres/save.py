"""The net of a batch as the parameters of the statement that writes it (`parts`)."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from workflows.codec import events as event_codec
from workflows.codec import values as v
from workflows.core.keys import shard_of
from workflows.core.state import Activity, State
from workflows.core.transition import Holder
from workflows.store.backend import WorkflowKey
from workflows.store.merge import Net
from workflows.store.postgres import arrays as a
from workflows.store.postgres.parts import Part

Parameters = dict[str, Any]


def parameters(
    net: Net,
    current: Mapping[WorkflowKey, str],
    remembered: Collection[tuple[str, str, str]],
    *,
    by_value: bool = False,
) -> tuple[tuple[Part, ...], Parameters]:
    """The parts that a batch needs, and their parameters.

    Args:
        net: what is to be written.
        current: the run that each workflow id meant when it was loaded.
        remembered: (namespace, workflow id, request id) that are stored already, by the inbox's writers.
        by_value: parts of one row may have values for parameters, in place of arrays of one. Only batches of one run
            do: of larger ones each might be another statement.
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
    parts: list[Part] = []
    by_value = by_value and len(net.places) == 1
    for name, columns in found.items():
        is_one_row = by_value and next(iter(columns.values())).count == 1
        parts.append(Part(name, is_one_row))
        merged.update(a.values(columns) if is_one_row else columns)
    return tuple(parts), merged


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
