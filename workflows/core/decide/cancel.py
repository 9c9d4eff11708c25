"""A cancel request: recorded once, and a turn, in which `Cancelled` is raised. A second request is a no-op."""

from workflows.core import events as e
from workflows.core.decide.repeat import repeat
from workflows.core.draft import Draft
from workflows.core.inputs import CancelRequested
from workflows.core.transition import Steered, Transition


def decide(draft: Draft, given: CancelRequested) -> Transition:
    if draft.state.cancel_requested:
        return repeat(draft)
    draft.emit(
        e.WorkflowExecutionCancelRequested,
        reason=given.reason,
        request_id=given.request_id,
        identity=given.identity,
    )
    draft.remember(given.request_id)
    return draft.finish(Steered(run_id=draft.state.run_id, changed=True, status=draft.state.status))
