"""A start: a new run of a workflow id, or the run that has it, as the policies say."""

from collections.abc import Mapping
from datetime import datetime

from workflows.core import events as e
from workflows.core.decide import signal
from workflows.core.draft import Draft
from workflows.core.inputs import StartRequested
from workflows.core.rejection import Code, Rejected
from workflows.core.state import State
from workflows.core.transition import Started, Transition
from workflows.core.values import ConflictPolicy, ReusePolicy, Status


def decide(
    current: State | None, given: StartRequested, now: datetime, requests: Mapping[str, str]
) -> Transition:
    """`current` is the run that has the workflow id now: open, closed, or None."""
    if given.request_id in requests:
        repeated = Started(workflow_id=given.workflow_id, run_id=requests[given.request_id], started=False)
        return Transition(state=current, reply=repeated)
    if current is None:
        return _new_run(given, now)
    if current.is_open:
        return _existing(current, given, now)
    _check_reuse(current, given)
    return _new_run(given, max(now, current.last_event_at))


def _existing(current: State, given: StartRequested, now: datetime) -> Transition:
    if given.conflict is ConflictPolicy.FAIL:
        message = f"workflow id {given.workflow_id!r} has an open run; workflowIdConflictPolicy is FAIL"
        raise Rejected(Code.ALREADY_EXISTS, message, run_id=current.run_id)
    draft = Draft(current, now)
    draft.remember(given.request_id)
    if given.signal is not None:
        signal.receive(draft, given.signal)
    return draft.finish(_reply(given, current.run_id, started=False))


def _check_reuse(last: State, given: StartRequested) -> None:
    if given.reuse is ReusePolicy.ALLOW_DUPLICATE:
        return
    if given.reuse is ReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY and last.status is not Status.COMPLETED:
        return
    rule = f"workflowIdReusePolicy is {given.reuse}"
    message = f"workflow id {given.workflow_id!r} has a run that is {last.status}; {rule}"
    raise Rejected(Code.ALREADY_EXISTS, message, run_id=last.run_id)


def _new_run(given: StartRequested, now: datetime) -> Transition:
    draft = Draft(None, now)
    draft.mark_new_run()
    draft.emit(
        e.WorkflowExecutionStarted,
        namespace=given.namespace,
        workflow_id=given.workflow_id,
        run_id=given.run_id,
        workflow_type=given.workflow_type,
        task_queue=given.task_queue,
        input=given.input,
        execution_timeout=given.execution_timeout,
        memo=given.memo,
        search_attributes=given.search_attributes,
        request_id=given.request_id,
        identity=given.identity,
        headers=given.headers,
        retry_of_run_id=given.retry_of_run_id,
    )
    if given.signal is not None:
        signal.receive(draft, given.signal)
    draft.remember(given.request_id)
    return draft.finish(_reply(given, given.run_id, started=True))


def _reply(given: StartRequested, run_id: str, *, started: bool) -> Started:
    signaled = given.signal is not None
    return Started(workflow_id=given.workflow_id, run_id=run_id, started=started, signaled=signaled)
