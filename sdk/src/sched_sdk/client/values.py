"""What the engine tells of workflows, as plain values: instants are aware UTC, payloads are decoded."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sched_sdk import converter
from sched_sdk.client.vocabulary import WorkflowStatus
from sched_sdk.errors import ApplicationError, FailureError, WorkflowFailed
from sched_sdk.failures import from_failure
from sched_sdk.proto.v1 import common_pb2, workflow_pb2

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecution:
    """One run. `problem` says why its task is parked, if it is, or what is damaged of what is stored of it."""

    namespace: str
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    status: WorkflowStatus | None
    """None if what is stored is damaged."""
    started_at: dt.datetime
    closed_at: dt.datetime | None
    history_length: int
    cancel_requested: bool
    memo: dict[str, Any]
    search_attributes: dict[str, Any]
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingActivity:
    """An activity that has not ended. `state`: SCHEDULED, STARTED, BACKING_OFF or CANCEL_REQUESTED.

    `problem` says why the last worker gave it back, if one did: it does not know the type, for one.
    """

    activity_id: int
    activity_type: str
    task_queue: str
    attempt: int
    delivery: int
    state: str
    worker: str
    scheduled_at: dt.datetime | None
    started_at: dt.datetime | None
    heartbeat_at: dt.datetime | None
    heartbeat_details: Any
    last_failure: FailureError | None
    next_attempt_at: dt.datetime | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTimer:
    """A timer that runs; `timer_id` is the number of the event that started it."""

    timer_id: int
    due_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignal:
    """A signal that no turn has taken yet."""

    number: int
    name: str
    payload: Any
    received_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingWorkflowTask:
    """The turn that waits for a worker, or is in the hands of one.

    `problem` says why a worker gave it back, if one did; the next delivery is at `next_delivery_at` then.
    """

    turn: int
    delivery: int
    worker: str
    problem: str
    next_delivery_at: dt.datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowDescription:
    """A run with its input, its outcome, and what is pending. `workflow_task` is None between two turns."""

    execution: WorkflowExecution
    input: Any
    result: Any
    failure: FailureError | None
    activities: tuple[PendingActivity, ...]
    timers: tuple[PendingTimer, ...]
    signals: tuple[PendingSignal, ...]
    workflow_task: PendingWorkflowTask | None


def instant(microseconds: int) -> dt.datetime | None:
    """An instant of the contract; 0 is none."""
    return EPOCH + dt.timedelta(microseconds=microseconds) if microseconds else None


def status_of(status: common_pb2.WorkflowStatus) -> WorkflowStatus:
    """A status of the contract."""
    name = common_pb2.WorkflowStatus.Name(status)
    return WorkflowStatus(name.removeprefix("WORKFLOW_STATUS_"))


def execution_of(message: workflow_pb2.WorkflowExecution) -> WorkflowExecution:
    """One run of the contract."""
    return WorkflowExecution(
        namespace=message.namespace,
        workflow_id=message.workflow_id,
        run_id=message.run_id,
        workflow_type=message.workflow_type,
        task_queue=message.task_queue,
        status=status_of(message.status) if message.status else None,
        started_at=instant(message.started_time_us) or EPOCH,
        closed_at=instant(message.closed_time_us),
        history_length=message.history_length,
        cancel_requested=message.cancel_requested,
        memo=converter.decode(message.memo, field="memo") or {},
        search_attributes=converter.decode(message.search_attributes, field="search attributes") or {},
        problem=message.problem,
    )


def description_of(message: workflow_pb2.WorkflowDescription) -> WorkflowDescription:
    """A run with its pending work."""
    return WorkflowDescription(
        execution=execution_of(message.execution),
        input=converter.decode(message.input, field="input"),
        result=converter.decode(message.result, field="result"),
        failure=from_failure(message.failure) if message.HasField("failure") else None,
        activities=tuple(_activity(pending) for pending in message.activities),
        timers=tuple(PendingTimer(timer_id=t.started, due_at=instant(t.due_time_us)) for t in message.timers),
        signals=tuple(_signal(pending) for pending in message.signals),
        workflow_task=_task(message.workflow_task) if message.HasField("workflow_task") else None,
    )


def outcome_of(workflow_id: str, message: workflow_pb2.GetWorkflowResultResponse) -> Any:
    """The result of an ended run.

    Raises:
        WorkflowFailed: It ended otherwise than COMPLETED; the cause says how.
    """
    status = status_of(message.status)
    if status is WorkflowStatus.COMPLETED:
        return converter.decode(message.result, field="result")
    cause = from_failure(message.failure) if message.HasField("failure") else None
    said = f": {_told(cause)}" if cause is not None else ""
    error = WorkflowFailed(
        f"workflow {workflow_id} ended {status}{said}",
        workflow_id=workflow_id,
        run_id=message.run_id,
        status=status.value,
    )
    raise error from cause


def _told(cause: FailureError) -> str:
    """With its type, as `KeyError`: the message of many an exception says little without it."""
    return f"{cause.type}: {cause}" if isinstance(cause, ApplicationError) and cause.type else str(cause)


def _activity(pending: workflow_pb2.PendingActivity) -> PendingActivity:
    return PendingActivity(
        activity_id=pending.scheduled,
        activity_type=pending.activity_type,
        task_queue=pending.task_queue,
        attempt=pending.attempt,
        delivery=pending.delivery,
        state=pending.state,
        worker=pending.worker,
        scheduled_at=instant(pending.scheduled_time_us),
        started_at=instant(pending.started_time_us),
        heartbeat_at=instant(pending.heartbeat_time_us),
        heartbeat_details=converter.decode(pending.heartbeat_details, field="heartbeat details"),
        last_failure=from_failure(pending.last_failure) if pending.HasField("last_failure") else None,
        next_attempt_at=instant(pending.next_attempt_time_us),
        problem=pending.problem,
    )


def _signal(pending: workflow_pb2.PendingSignal) -> PendingSignal:
    return PendingSignal(
        number=pending.number,
        name=pending.name,
        payload=converter.decode(pending.payload, field="payload"),
        received_at=instant(pending.received_time_us),
    )


def _task(pending: workflow_pb2.PendingWorkflowTask) -> PendingWorkflowTask:
    return PendingWorkflowTask(
        turn=pending.turn,
        delivery=pending.delivery,
        worker=pending.worker,
        problem=pending.problem,
        next_delivery_at=instant(pending.next_delivery_time_us),
    )
