"""Effects: what must be outstanding because of a state.

The hot path never calls this: it writes the deltas that a transition carries. Tests and `fsck` hold the one against
the other.
"""

from workflows.core.keys import TaskKey, TimerKey, TimerKind
from workflows.core.state import Activity, State


def effects(state: State) -> set[TaskKey | TimerKey]:
    """Keys of all tasks and timers that must exist for a completely loaded state."""
    due: set[TaskKey | TimerKey] = set()
    if state.is_open:
        if state.turn_due:
            due.add(state.workflow_task_key)
        if state.execution_timeout is not None or state.is_full:
            due.add(TimerKey(state.run_id, TimerKind.EXECUTION, 0))
    due.update(TimerKey(state.run_id, TimerKind.USER, number) for number in state.timers)
    for activity in state.activities.values():
        due.update(_of_activity(state, activity))
    return due


def leftovers(state: State) -> set[TimerKey]:
    """Timers that may exist without a cause: a claim writes no timer, so schedule-to-start stays armed past it."""
    return {
        TimerKey(state.run_id, TimerKind.DEADLINE, activity.number)
        for activity in state.activities.values()
        if activity.schedule_to_start is not None and not _waits_for_deadline(state, activity)
    }


def _of_activity(state: State, activity: Activity) -> set[TaskKey | TimerKey]:
    due: set[TaskKey | TimerKey] = set()
    if activity.backing_off:
        due.add(TimerKey(state.run_id, TimerKind.RETRY, activity.number))
    else:
        due.add(activity.task_key(state.run_id))
    if _waits_for_deadline(state, activity):
        due.add(TimerKey(state.run_id, TimerKind.DEADLINE, activity.number))
    return due


def _waits_for_deadline(state: State, activity: Activity) -> bool:
    """Schedule-to-start is over once the attempt was handed out, and while it backs off."""
    if activity.schedule_to_close is not None:
        return True
    if activity.schedule_to_start is None or activity.backing_off:
        return False
    return state.tasks[activity.task_key(state.run_id)].delivery == 0
