"""An activity's back-off is over: its next attempt. Not in the history; a timer of the engine itself."""

from workflows.core.draft import Draft
from workflows.core.inputs import RetryDue
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Recorded, Transition


def decide(draft: Draft, given: RetryDue) -> Transition:
    activity = draft.state.activities.get(given.number)
    if activity is None or not activity.backing_off or activity.attempt != given.attempt:
        raise Rejected(
            Code.STALE_TIMER, "the activity is not backing off after that attempt", run_id=given.run_id
        )
    draft.next_attempt(activity)
    return draft.finish(Recorded())
