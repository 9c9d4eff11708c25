"""The execution's timeout: the run ends as TIMED_OUT, whatever it was doing."""

from workflows.core import events as e
from workflows.core.draft import Draft
from workflows.core.inputs import ExecutionDue
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Recorded, Transition


def decide(draft: Draft, given: ExecutionDue) -> Transition:
    deadline, timeout = draft.state.execution_deadline, draft.state.execution_timeout
    if deadline is None or timeout is None or draft.now < deadline:
        raise Rejected(Code.STALE_TIMER, "the execution's timeout is not reached", run_id=given.run_id)
    draft.emit(e.WorkflowExecutionTimedOut, execution_timeout=timeout)
    return draft.finish(Recorded())
