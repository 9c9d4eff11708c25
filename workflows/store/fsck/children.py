"""Activities, tasks and timers of a run against what its history says: nothing missing, nothing extra, nothing else."""

from collections.abc import Callable
from typing import Any

from workflows.codec import values as v
from workflows.core.keys import TaskKey, TaskKind, TimerKey, TimerKind, shard_of
from workflows.core.state import Activity
from workflows.store.fsck.due import Due, task_key, timer_key
from workflows.store.fsck.finding import Rule
from workflows.store.fsck.history import Told
from workflows.store.fsck.rows import ActivityRow, TaskRow, TimerRow
from workflows.store.fsck.walk import RunRows

NONE, A_ROW = "none", "a row"


def check(rows: RunRows, due: Due, tell: Told) -> None:
    """Tells of every row that is missing, extra, or says something else."""
    _activities(rows, due, tell)
    _tasks(rows, due, tell)
    _timers(rows, due, tell)


def activity_columns(activity: Activity) -> dict[str, Any]:
    """An activity as it is stored, but for its place."""
    return {
        "command": activity.command,
        "activity_type": activity.activity_type,
        "task_queue": activity.task_queue,
        "scheduled_at": activity.scheduled_at,
        "retry": None if activity.retry is None else v.retry_bytes(activity.retry),
        "start_to_close_us": span_us(activity.start_to_close),
        "schedule_to_start_us": span_us(activity.schedule_to_start),
        "schedule_to_close_us": span_us(activity.schedule_to_close),
        "heartbeat_timeout_us": span_us(activity.heartbeat_timeout),
        "detached": activity.detached,
        "cancel_requested": activity.cancel_requested,
        "attempt": activity.attempt,
        "backing_off": activity.backing_off,
        "last_failure": None if activity.last_failure is None else v.failure_bytes(activity.last_failure),
    }


def task_columns(key: TaskKey, due: Due) -> dict[str, Any]:
    """The facts of a task as they are stored, but for its place."""
    state = due.state
    columns: dict[str, Any] = {
        "queue": state.task_queue,
        "workflow_id": state.workflow_id,
        "start_to_close_us": None,
        "heartbeat_timeout_us": None,
        "cancel_requested": False,
    }
    if key.kind is TaskKind.ACTIVITY:
        activity = state.activities[key.number]
        columns["queue"] = activity.task_queue
        columns["start_to_close_us"] = span_us(activity.start_to_close)
        columns["heartbeat_timeout_us"] = span_us(activity.heartbeat_timeout)
        columns["cancel_requested"] = activity.cancel_requested
    return columns


def place_of(due: Due) -> tuple[str, int]:
    """Namespace and shard of every row of the run."""
    return due.state.namespace, shard_of(due.state.workflow_id)


def check_place(row: Any, what: str, place: tuple[str, int], tell: Told) -> None:
    if (row.namespace, row.shard) != place:
        tell(Rule.PLACE, what, f"{row.namespace}/{row.shard}", f"{place[0]}/{place[1]}")


def span_us(span: Any) -> int | None:
    return None if span is None else v.span_us(span)


def task_name(row: TaskRow | TaskKey) -> str:
    kind = {1: "workflow", 2: "activity"}.get(row.kind, f"kind {row.kind}")
    return f"{kind} task {row.number}/{row.attempt}"


def timer_name(row: TimerRow | TimerKey) -> str:
    names = {int(kind): kind.name.lower() for kind in TimerKind}
    return f"{names.get(row.kind, f'kind {row.kind}')} timer {row.number}"


def is_task(row: TaskRow) -> bool:
    """Whether its kind is one that there is."""
    return row.kind in (1, 2)


def is_timer(row: TimerRow) -> bool:
    return row.kind in (1, 2, 3, 4)


def _activities(rows: RunRows, due: Due, tell: Told) -> None:
    for number, activity in due.state.activities.items():
        row = rows.activities.get(number)
        name = f"activity {number}"
        if row is None:
            tell(Rule.ACTIVITY_MISSING, name, NONE, A_ROW)
        else:
            check_place(row, name, place_of(due), tell)
            _compare(row, activity_columns(activity), Rule.ACTIVITY, name, tell)
    for number in rows.activities.keys() - due.state.activities.keys():
        tell(Rule.ACTIVITY_EXTRA, f"activity {number}", A_ROW, NONE)


def _tasks(rows: RunRows, due: Due, tell: Told) -> None:
    there = {task_key(row) for row in rows.tasks if is_task(row)}
    for missing in sorted(key for key in due.effects if isinstance(key, TaskKey) and key not in there):
        tell(Rule.TASK_MISSING, task_name(missing), NONE, A_ROW)
    for row in rows.tasks:
        key = task_key(row) if is_task(row) else None
        if key is None or key not in due.effects:
            tell(Rule.TASK_EXTRA, task_name(row), A_ROW, NONE)
            continue
        check_place(row, task_name(key), place_of(due), tell)
        _compare(row, task_columns(key, due), Rule.TASK, task_name(key), tell)


def _timers(rows: RunRows, due: Due, tell: Told) -> None:
    there = {timer_key(row) for row in rows.timers if is_timer(row)}
    for missing in sorted(key for key in due.effects if isinstance(key, TimerKey) and key not in there):
        tell(Rule.TIMER_MISSING, timer_name(missing), NONE, A_ROW)
    for row in rows.timers:
        key = timer_key(row) if is_timer(row) else None
        if key is None or (key not in due.effects and key not in due.leftovers):
            tell(Rule.TIMER_EXTRA, timer_name(row), A_ROW, NONE)
        else:
            check_place(row, timer_name(key), place_of(due), tell)
            _timer(row, key, due, tell)


def _timer(row: TimerRow, key: TimerKey, due: Due, tell: Told) -> None:
    if row.stamp != due.stamp(key):
        tell(Rule.TIMER, f"{timer_name(key)}: stamp", row.stamp, due.stamp(key))
    if not due.allows(key, row.due_at):
        at_most = "at most " if key.kind is TimerKind.DEADLINE else ""
        tell(Rule.TIMER, f"{timer_name(key)}: due_at", row.due_at, f"{at_most}{due.instant(key)}")


_DECODED: dict[str, Callable[[bytes], Any]] = {"retry": v.retry_from, "last_failure": v.failure_from}


def _compare(row: ActivityRow | TaskRow, expected: dict[str, Any], rule: Rule, name: str, tell: Told) -> None:
    for column, wanted in expected.items():
        found = getattr(row, column)
        if found != wanted and not _same_value(column, found, wanted):
            tell(rule, f"{name}: {column}", found, wanted)


def _same_value(column: str, found: Any, wanted: Any) -> bool:
    """Bytes of one value may differ."""
    decode = _DECODED.get(column)
    if decode is None or found is None or wanted is None:
        return False
    try:
        return bool(decode(found) == decode(wanted))
    except Exception:  # unreadable, so it is not the same
        return False
