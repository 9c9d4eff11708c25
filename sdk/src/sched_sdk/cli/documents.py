"""Messages of the contract as documents, in the words and the camelCase of the REST API.

Spans are seconds, instants RFC 3339 in UTC, what there is none of is null. A payload that is no JSON, by its
encoding or by damage, is `{"encoding", "base64"}`.
"""

import base64
from typing import Any

from sched_sdk import converter
from sched_sdk.cli.json_text import Spliced
from sched_sdk.client.values import instant as instant_of
from sched_sdk.client.values import status_of
from sched_sdk.errors import PayloadError
from sched_sdk.proto.v1 import common_pb2, workflow_pb2

Document = dict[str, Any]


def instant(microseconds: int) -> str | None:
    """RFC 3339 with microseconds, which orders events; 0 is none."""
    at = instant_of(microseconds)
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def payload(message: common_pb2.Payload) -> object:
    """A JSON value, spliced in; None for an absent payload."""
    if not message.data and not message.encoding:
        return None
    try:
        converter.decode(message)
        return Spliced(message.data.decode("utf-8")) if message.data else None
    except PayloadError:
        encoding = message.encoding or converter.JSON_ENCODING
        return {"encoding": encoding, "base64": base64.b64encode(message.data).decode()}


def status(message: common_pb2.WorkflowStatus) -> str | None:
    """None if what is stored is damaged."""
    return status_of(message).value if message else None


def failure(message: common_pb2.Failure) -> Document:
    """With the chain of its causes."""
    timeout = common_pb2.TimeoutKind.Name(message.timeout).removeprefix("TIMEOUT_KIND_")
    return {
        "kind": common_pb2.FailureKind.Name(message.kind).removeprefix("FAILURE_KIND_"),
        "type": message.type,
        "message": message.message,
        "stackTrace": message.stack_trace,
        "timeout": timeout if message.timeout else None,
        "nonRetryable": message.non_retryable,
        "details": payload(message.details),
        "cause": failure(message.cause) if message.HasField("cause") else None,
    }


def execution(message: workflow_pb2.WorkflowExecution) -> Document:
    """One run."""
    return {
        "workflowId": message.workflow_id,
        "runId": message.run_id,
        "workflowName": message.workflow_type,
        "taskQueue": message.task_queue,
        "status": status(message.status),
        "startedAt": instant(message.started_time_us),
        "closedAt": instant(message.closed_time_us),
        "historyLength": message.history_length,
        "cancelRequested": message.cancel_requested,
        "memo": payload(message.memo),
        "searchAttributes": payload(message.search_attributes),
        "problem": message.problem or None,
    }


def description(message: workflow_pb2.WorkflowDescription) -> Document:
    """A run with its input, its outcome, and what is pending."""
    return {
        **execution(message.execution),
        "input": payload(message.input),
        "result": payload(message.result),
        "failure": failure(message.failure) if message.HasField("failure") else None,
        "payloadsHidden": message.payloads_hidden,
        "pending": {
            "activities": [_activity(each) for each in message.activities],
            "timers": [
                {"number": each.started, "dueAt": instant(each.due_time_us)} for each in message.timers
            ],
            "signals": [_signal(each) for each in message.signals],
            "workflowTask": _task(message.workflow_task) if message.HasField("workflow_task") else None,
        },
    }


def outcome(workflow_id: str, message: workflow_pb2.GetWorkflowResultResponse) -> Document:
    """How a run ended, or RUNNING."""
    return {
        "workflowId": workflow_id,
        "runId": message.run_id,
        "status": status(message.status),
        "result": payload(message.result),
        "failure": failure(message.failure) if message.HasField("failure") else None,
    }


def task_queue(name: str, message: workflow_pb2.DescribeTaskQueueResponse) -> Document:
    """What waits on a queue, and who serves it."""
    return {
        "taskQueue": name,
        "workflowTasks": _kind(message.workflow_tasks),
        "activityTasks": _kind(message.activity_tasks),
    }


def worker(message: workflow_pb2.WorkerDescription) -> Document:
    """One kind of one worker."""
    return {
        "identity": message.identity,
        "sessionId": message.session_id,
        "taskQueue": message.task_queue,
        "kind": message.kind,
        "types": list(message.types),
        "build": message.build or None,
        "slots": message.slots,
        "inFlight": message.in_flight,
        "connectedAt": instant(message.connected_time_us),
        "streaming": message.streaming,
    }


def _kind(message: workflow_pb2.QueueKindDescription) -> Document:
    return {
        "backlog": message.backlog,
        "oldestAgeSeconds": message.oldest_age_seconds if message.backlog else None,
        "inFlight": message.in_flight,
        "workers": [worker(each) for each in message.workers],
    }


def _activity(message: workflow_pb2.PendingActivity) -> Document:
    return {
        "number": message.scheduled,
        "activityType": message.activity_type,
        "taskQueue": message.task_queue,
        "state": message.state,
        "attempt": message.attempt,
        "delivery": message.delivery,
        "worker": message.worker or None,
        "scheduledAt": instant(message.scheduled_time_us),
        "startedAt": instant(message.started_time_us),
        "heartbeatAt": instant(message.heartbeat_time_us),
        "heartbeatDetails": payload(message.heartbeat_details),
        "lastFailure": failure(message.last_failure) if message.HasField("last_failure") else None,
        "nextAttemptAt": instant(message.next_attempt_time_us),
        "problem": message.problem or None,
    }


def _signal(message: workflow_pb2.PendingSignal) -> Document:
    return {
        "number": message.number,
        "name": message.name,
        "payload": payload(message.payload),
        "receivedAt": instant(message.received_time_us),
    }


def _task(message: workflow_pb2.PendingWorkflowTask) -> Document:
    return {
        "turn": message.turn,
        "delivery": message.delivery,
        "worker": message.worker or None,
        "problem": message.problem or None,
        "nextDeliveryAt": instant(message.next_delivery_time_us),
    }
