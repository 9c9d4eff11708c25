"""The execution's timer: its timeout is reached and it ends as TIMED_OUT, or its history is full and it fails."""

from workflows.core import events as e
from workflows.core import state as limits
from workflows.core.draft import Draft
from workflows.core.inputs import ExecutionDue
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Recorded, Transition
from workflows.core.values import Failure, FailureKind


def decide(draft: Draft, given: ExecutionDue) -> Transition:
    deadline, timeout = draft.state.execution_deadline, draft.state.execution_timeout
    if draft.state.is_full:
        message = f"the history has {draft.state.last_event} events; the limit is {limits.HISTORY_LIMIT}"
        failure = Failure(kind=FailureKind.LIMIT, type="HISTORY_LIMIT", message=message, non_retryable=True)
        draft.emit(e.WorkflowExecutionFailed, failure=failure)
    elif deadline is None or timeout is None:
        raise Rejected(Code.STALE_TIMER, "the execution has no timeout", run_id=given.run_id)
    elif draft.now < deadline:
        message = f"the execution's timeout is due at {deadline.isoformat()}"
        raise Rejected(Code.NOT_DUE, message, run_id=given.run_id)
    else:
        draft.emit(e.WorkflowExecutionTimedOut, execution_timeout=timeout)
    return draft.finish(Recorded())
