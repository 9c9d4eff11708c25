"""A task's holder is silent, or its stream broke.

For an activity the lease is also where start-to-close and heartbeat timeouts show: a lease never reaches past them, so
when it lapses the first limit that was reached tells what happened. If none was, the worker is lost: the same attempt
gets its next delivery. Five losses of one attempt end an activity's attempt; a workflow task is parked with a problem
and offered again with back-off.
"""

from datetime import datetime, timedelta

from workflows.core import events as e
from workflows.core.decide import attempt
from workflows.core.decide.held import held_activity, held_task
from workflows.core.draft import Draft
from workflows.core.inputs import LeaseExpired
from workflows.core.keys import TaskKind
from workflows.core.rejection import Code, Rejected
from workflows.core.state import Activity, TaskState
from workflows.core.transition import Recorded, Transition
from workflows.core.values import Failure, FailureKind, TimeoutKind

DELIVERIES_MAX = 5
"""Lost deliveries of one attempt (spec: attempt and delivery)."""

PARKED_FIRST = timedelta(seconds=10)
PARKED_LONGEST = timedelta(minutes=5)


def decide(draft: Draft, given: LeaseExpired) -> Transition:
    if given.key.kind is TaskKind.WORKFLOW:
        return _workflow_task(draft, given)
    activity, task = held_activity(draft, given.key, given.delivery)
    reached = _limit_reached(activity, task, draft.now)
    if reached is not None:
        attempt.failed(draft, activity, timeout_failure(reached, activity), task=task)
        return draft.finish(Recorded())
    _check_lapsed(draft, given, task)
    _lost(draft, activity, task)
    return draft.finish(Recorded())


def timeout_failure(kind: TimeoutKind, activity: Activity) -> Failure:
    """The failure of an attempt, or of an activity, that ran into one of its four limits."""
    limit = {
        TimeoutKind.START_TO_CLOSE: activity.start_to_close,
        TimeoutKind.SCHEDULE_TO_START: activity.schedule_to_start,
        TimeoutKind.SCHEDULE_TO_CLOSE: activity.schedule_to_close,
        TimeoutKind.HEARTBEAT: activity.heartbeat_timeout,
    }[kind]
    seconds = limit.total_seconds() if limit else 0
    return Failure(
        kind=FailureKind.TIMEOUT,
        type=f"{kind.name}_TIMEOUT",
        message=f"{activity.activity_type}: {kind.name.lower()} of {seconds:g} s was reached",
        timeout=kind,
        cause=activity.last_failure,
    )


def _limit_reached(activity: Activity, task: TaskState, now: datetime) -> TimeoutKind | None:
    assert task.claimed_at is not None, "a held task was claimed"
    if activity.start_to_close is not None and now >= task.claimed_at + activity.start_to_close:
        return TimeoutKind.START_TO_CLOSE
    heard_at = task.heartbeat_at or task.claimed_at
    if activity.heartbeat_timeout is not None and now >= heard_at + activity.heartbeat_timeout:
        return TimeoutKind.HEARTBEAT
    return None


def _check_lapsed(draft: Draft, given: LeaseExpired, task: TaskState) -> None:
    """A renewal may have come between the look at the lease and this decision."""
    if not given.lost and task.lease_until is not None and draft.now < task.lease_until:
        raise Rejected(Code.STALE_TASK, "the lease was renewed", run_id=given.key.run_id)


def _lost(draft: Draft, activity: Activity, task: TaskState) -> None:
    if activity.cancel_requested:
        # Nobody is left to answer the request.
        draft.emit(
            e.ActivityTaskCanceled,
            scheduled=activity.number,
            command=activity.command,
            delivery=task.delivery,
        )
    elif task.lost + 1 >= DELIVERIES_MAX:
        message = f"{DELIVERIES_MAX} workers were lost while they ran this attempt"
        failure = Failure(kind=FailureKind.WORKER_LOST, type="WORKER_LOST", message=message)
        attempt.failed(draft, activity, failure, task=task)
    else:
        draft.release(task, activity.task_queue, visible_at=draft.now)


def _workflow_task(draft: Draft, given: LeaseExpired) -> Transition:
    task = held_task(draft, given.key, given.delivery)
    _check_lapsed(draft, given, task)
    over = task.lost + 1 - DELIVERIES_MAX
    if over < 0:
        draft.release(task, draft.state.task_queue, visible_at=draft.now)
    else:
        delay = min(PARKED_FIRST * 2 ** min(over, 16), PARKED_LONGEST)
        problem = f"WORKER_LOST: {task.lost + 1} deliveries of turn {given.key.number} were not answered"
        draft.release(task, draft.state.task_queue, visible_at=draft.now + delay, problem=problem)
    return draft.finish(Recorded())
