"""Executions and their pending work, as the reads return them."""

from datetime import datetime

from sched_sdk.proto.v1 import workflow_pb2 as pb

from workflows.codec import values as v
from workflows.rpc import messages
from workflows.store import reader


def execution_message(execution: reader.Execution) -> pb.WorkflowExecution:
    message = pb.WorkflowExecution(
        namespace=execution.namespace,
        workflow_id=execution.workflow_id,
        run_id=execution.run_id,
        workflow_type=execution.workflow_type,
        task_queue=execution.task_queue,
        status=messages.STATUSES[execution.status] if execution.status is not None else None,
        started_time_us=v.time_us(execution.started_at),
        closed_time_us=_time_us(execution.closed_at),
        history_length=execution.history_length,
        cancel_requested=execution.cancel_requested,
        problem=execution.problem,
    )
    if execution.memo is not None:
        v.put_payload(message.memo, execution.memo)
    if execution.search_attributes is not None:
        v.put_payload(message.search_attributes, execution.search_attributes)
    return message


def description_message(found: reader.Description) -> pb.WorkflowDescription:
    message = pb.WorkflowDescription(execution=execution_message(found.execution))
    if found.input is not None:
        v.put_payload(message.input, found.input)
    if found.result is not None:
        v.put_payload(message.result, found.result)
    if found.failure is not None:
        v.put_failure(message.failure, found.failure)
    message.activities.extend(map(_activity, found.activities))
    message.timers.extend(
        pb.PendingTimer(started=each.number, due_time_us=v.time_us(each.due_at)) for each in found.timers
    )
    message.signals.extend(map(_signal, found.signals))
    if found.workflow_task is not None:
        message.workflow_task.CopyFrom(_workflow_task(found.workflow_task))
    return message


def _activity(pending: reader.PendingActivity) -> pb.PendingActivity:
    message = pb.PendingActivity(
        scheduled=pending.number,
        activity_type=pending.activity_type,
        task_queue=pending.task_queue,
        attempt=pending.attempt,
        delivery=pending.delivery,
        state=pending.state.value,
        worker=pending.worker,
        scheduled_time_us=v.time_us(pending.scheduled_at),
        started_time_us=_time_us(pending.started_at),
        heartbeat_time_us=_time_us(pending.heartbeat_at),
        next_attempt_time_us=_time_us(pending.next_attempt_at),
        problem=pending.problem,
    )
    if pending.heartbeat_details is not None:
        v.put_payload(message.heartbeat_details, pending.heartbeat_details)
    if pending.last_failure is not None:
        v.put_failure(message.last_failure, pending.last_failure)
    return message


def _signal(pending: reader.PendingSignal) -> pb.PendingSignal:
    message = pb.PendingSignal(
        number=pending.number, name=pending.name, received_time_us=v.time_us(pending.received_at)
    )
    if pending.payload is not None:
        v.put_payload(message.payload, pending.payload)
    return message


def _workflow_task(pending: reader.PendingWorkflowTask) -> pb.PendingWorkflowTask:
    return pb.PendingWorkflowTask(
        turn=pending.turn,
        delivery=pending.delivery,
        worker=pending.worker,
        problem=pending.problem,
        next_delivery_time_us=_time_us(pending.next_delivery_at),
    )


def _time_us(instant: datetime | None) -> int:
    return 0 if instant is None else v.time_us(instant)
