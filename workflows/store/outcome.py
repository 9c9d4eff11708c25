"""How a run ended, read from its terminal event."""

from dataclasses import dataclass

from workflows.core import events as e
from workflows.core.values import Failure, FailureKind, Payload, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run ended, or (RUNNING) that it has not."""

    run_id: str
    status: Status
    result: Payload | None = None
    failure: Failure | None = None


def outcome_of(run_id: str, event: e.Event) -> Outcome:
    """What a terminal event says."""
    status = e.TERMINAL[type(event)]
    match event:
        case e.WorkflowExecutionCompleted():
            return Outcome(run_id=run_id, status=status, result=event.result)
        case e.WorkflowExecutionFailed():
            return Outcome(run_id=run_id, status=status, failure=event.failure)
        case e.WorkflowExecutionTerminated():
            failure = Failure(kind=FailureKind.TERMINATED, type="TERMINATED", message=event.reason)
        case e.WorkflowExecutionTimedOut():
            seconds = event.execution_timeout.total_seconds()
            message = f"the execution timeout of {seconds:g} s was reached"
            failure = Failure(kind=FailureKind.TIMEOUT, type="EXECUTION_TIMEOUT", message=message)
        case _:
            failure = Failure(
                kind=FailureKind.CANCELED, type="CANCELED", message="the execution was canceled"
            )
    return Outcome(run_id=run_id, status=status, failure=failure)
