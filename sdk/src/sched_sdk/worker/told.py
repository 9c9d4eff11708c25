"""What a worker tells of its tasks: one line each, with the fields by which an operator searches, and no payload."""

from sched_sdk.logs import component_logger, one_line
from sched_sdk.proto.v1.common_pb2 import Failure
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
from sched_sdk.proto.v1.worker_pb2 import ActivityTask, CompletionAck, WorkflowTask
from sched_sdk.worker.activity_context import ActivityInfo, activity_logger

log = component_logger("worker")
workflow_log = component_logger("workflow")
MESSAGE_CHARACTERS = 300
"""Of an exception's message: enough to recognise it; the whole is in the history."""


def task_fields(task: WorkflowTask | ActivityTask) -> dict[str, object]:
    """Whose task it is."""
    return {"workflow_id": task.workflow_id, "run_id": task.run_id, "workflow_type": task.workflow_type}


def tell_failed_attempt(info: ActivityInfo, failure: Failure, raised: BaseException | None) -> None:
    """An attempt failed; whether there will be another is the engine's to know."""
    log_ = activity_logger(info)
    log_.warning("activity %s failed, attempt %d: %s", info.activity_type, info.attempt, _told(failure))
    log_.debug("where activity %s failed", info.activity_type, exc_info=raised)


def tell_failed_workflow(task: WorkflowTask | ActivityTask, failure: Failure) -> None:
    """A turn ended its workflow with an exception."""
    fields = task_fields(task)
    workflow_log.warning(
        "workflow %s failed, %s: %s", task.workflow_type, task.workflow_id, _told(failure), extra=fields
    )
    workflow_log.debug("where workflow %s failed\n%s", task.workflow_type, failure.stack_trace, extra=fields)


def tell_refused(task: WorkflowTask | ActivityTask, ack: CompletionAck) -> None:
    """The engine does not take what this worker made of a task: it was lost to another, cancelled, or timed out."""
    fields, name = task_fields(task), "a turn"
    if isinstance(task, ActivityTask):
        activity = HistoryEvent.FromString(task.scheduled_event).activity_task_scheduled.activity_type
        name = f"activity {activity}, attempt {task.attempt}"
        fields |= {"activity_id": task.scheduled, "activity_type": activity, "attempt": task.attempt}
    log.warning(
        "the engine refused a completion (%s), %s of workflow %s: %s; it is dropped",
        ack.reason or f"code {ack.code}",
        name,
        task.workflow_id,
        one_line(ack.message),
        extra=fields,
    )


def _told(failure: Failure) -> str:
    message = one_line(failure.message, longest=MESSAGE_CHARACTERS)
    return f"{failure.type}: {message}" if message else failure.type
