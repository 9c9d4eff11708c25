"""Schedule-to-start or schedule-to-close of an activity may have been reached. Neither is followed by a retry."""

from datetime import datetime

from workflows.core import events as e
from workflows.core.decide.lease_expired import timeout_failure
from workflows.core.draft import Draft
from workflows.core.inputs import DeadlineDue
from workflows.core.keys import TimerKind
from workflows.core.rejection import Code, Rejected
from workflows.core.state import Activity
from workflows.core.transition import Recorded, Transition
from workflows.core.values import TimeoutKind


def decide(draft: Draft, given: DeadlineDue) -> Transition:
    """Reached: the activity times out. Not, or no longer: armed again for what still lies ahead, if anything does."""
    activity = draft.state.activities.get(given.number)
    if activity is None:
        raise Rejected(Code.STALE_TIMER, "the activity is over", run_id=given.run_id)
    close_at, start_at = activity.close_deadline, _start_deadline(draft, activity)
    if close_at is not None and draft.now >= close_at:
        _time_out(draft, activity, TimeoutKind.SCHEDULE_TO_CLOSE)
    elif start_at is not None and draft.now >= start_at:
        _time_out(draft, activity, TimeoutKind.SCHEDULE_TO_START)
    else:
        ahead = [limit for limit in (close_at, start_at) if limit is not None]
        if ahead:
            draft.set_timer(TimerKind.DEADLINE, activity.number, min(ahead))
        else:
            draft.drop_timer(TimerKind.DEADLINE, activity.number)
    return draft.finish(Recorded())


def _start_deadline(draft: Draft, activity: Activity) -> datetime | None:
    """When the current attempt must have been handed out; None once it was, or while it backs off."""
    if activity.schedule_to_start is None or activity.backing_off:
        return None
    task = draft.state.tasks[activity.task_key(draft.state.run_id)]
    return None if task.delivery else task.created_at + activity.schedule_to_start


def _time_out(draft: Draft, activity: Activity, kind: TimeoutKind) -> None:
    draft.emit(
        e.ActivityTaskTimedOut,
        scheduled=activity.number,
        command=activity.command,
        attempt=activity.attempt,
        failure=timeout_failure(kind, activity),
    )
