"""A failed attempt, as its worker reports it."""

from workflows.core.decide import attempt
from workflows.core.decide.held import held_activity
from workflows.core.draft import Draft
from workflows.core.inputs import ActivityFailed
from workflows.core.transition import Recorded, Transition


def decide(draft: Draft, given: ActivityFailed) -> Transition:
    activity, task = held_activity(draft, given.key, given.delivery)
    attempt.failed(
        draft, activity, given.failure, task=task, declared=given.declared_retry, identity=given.identity
    )
    return draft.finish(Recorded())
