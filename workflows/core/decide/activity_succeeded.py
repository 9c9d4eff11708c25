"""An activity's result."""

from workflows.core import events as e
from workflows.core.decide.held import held_activity
from workflows.core.draft import Draft
from workflows.core.inputs import ActivitySucceeded
from workflows.core.transition import Recorded, Transition


def decide(draft: Draft, given: ActivitySucceeded) -> Transition:
    activity, task = held_activity(draft, given.key, given.delivery)
    draft.emit(
        e.ActivityTaskCompleted,
        scheduled=activity.number,
        command=activity.command,
        attempt=activity.attempt,
        result=given.result,
        identity=given.identity,
        delivery=task.delivery,
    )
    return draft.finish(Recorded())
