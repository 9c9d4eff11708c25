"""A worker's answer that it stopped an activity because it was asked to."""

from workflows.core import events as e
from workflows.core.decide import attempt
from workflows.core.decide.held import held_activity
from workflows.core.draft import Draft
from workflows.core.inputs import ActivityCanceled
from workflows.core.transition import Recorded, Transition
from workflows.core.values import Failure, FailureKind


def decide(draft: Draft, given: ActivityCanceled) -> Transition:
    """Where nobody asked, stopping is a failed attempt like any other."""
    activity, task = held_activity(draft, given.key, given.delivery)
    if activity.cancel_requested:
        draft.emit(
            e.ActivityTaskCanceled,
            scheduled=activity.number,
            command=activity.command,
            details=given.details,
            identity=given.identity,
            delivery=task.delivery,
        )
    else:
        message = "the activity ended as canceled, and nobody had asked for it"
        failure = Failure(kind=FailureKind.CANCELED, type="Cancelled", message=message, details=given.details)
        attempt.failed(draft, activity, failure, task=task, identity=given.identity)
    return draft.finish(Recorded())
