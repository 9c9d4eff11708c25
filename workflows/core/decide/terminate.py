"""A terminate request: the run ends at once; no workflow code runs."""

from workflows.core import events as e
from workflows.core.draft import Draft
from workflows.core.inputs import TerminateRequested
from workflows.core.transition import Steered, Transition


def decide(draft: Draft, given: TerminateRequested) -> Transition:
    draft.emit(e.WorkflowExecutionTerminated, reason=given.reason, identity=given.identity)
    draft.remember(given.request_id)
    return draft.finish(Steered(run_id=draft.state.run_id, changed=True, status=draft.state.status))
