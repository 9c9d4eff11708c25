"""Whether a worker's input comes from the one that holds the task now.

A task's token names its key and delivery; each claim is a new delivery. So the answer of a worker that was given up, or
that made its token up, is refused, and a repeated one finds its task gone.
"""

from workflows.core.draft import Draft
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.rejection import Code, Rejected
from workflows.core.state import Activity, TaskState


def held_task(draft: Draft, key: TaskKey, delivery: int) -> TaskState:
    """The task under `key`, if this delivery of it is the one in a worker's hands."""
    task = draft.state.tasks.get(key)
    if task is None:
        raise Rejected(
            Code.STALE_TASK, "the task is gone: it was completed, timed out or canceled", run_id=key.run_id
        )
    if not task.is_held or task.delivery != delivery:
        now = f"the current one is {task.delivery}" if task.is_held else "it waits for its next worker"
        message = f"delivery {delivery} of the task is over; {now}"
        raise Rejected(Code.STALE_TASK, message, run_id=key.run_id)
    return task


def held_activity(draft: Draft, key: TaskKey, delivery: int) -> tuple[Activity, TaskState]:
    """The activity whose current attempt is in the hands of the worker with this delivery."""
    if key.kind is not TaskKind.ACTIVITY:
        raise Rejected(Code.STALE_TASK, "the token is not of an activity task", run_id=key.run_id)
    task = held_task(draft, key, delivery)
    activity = draft.state.activities.get(key.number)
    assert activity is not None, "an activity task has its activity"
    assert activity.attempt == key.attempt, "an activity has the task of its current attempt"
    return activity, task
