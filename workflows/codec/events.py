"""Events to the bytes of a `HistoryEvent`, and back: a table of functions by type.

What is empty is not set: it would not be written, and setting it costs as much as anything else.

Guarantees: `decode(encode(event)) == event` (maps come back sorted by key); an event of a type that this code does not
know, written by a newer engine, decodes to `Unknown`, which encodes to the same bytes.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.unknown_fields import UnknownFieldSet
from sched_sdk.proto.v1 import history_pb2 as pb

from workflows.codec import values as v
from workflows.core import events as e
from workflows.core.events import Event
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.records import dataclass
from workflows.core.values import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Event):
    """An event of a type that only newer code knows."""

    type_number: int
    data: bytes


def encode(event: Event) -> bytes:
    """The serialized HistoryEvent."""
    if type(event) is Unknown:
        return event.data
    message = pb.HistoryEvent()
    message.number, message.time_us = event.number, v.time_us(event.at)
    name, put, _ = _TABLE[type(event)]
    attributes = getattr(message, name)
    attributes.SetInParent()
    put(attributes, event)
    return message.SerializeToString(deterministic=True)


def decode(data: bytes) -> Event:
    """The event in these bytes."""
    return event_of(pb.HistoryEvent.FromString(data))


def event_of(message: pb.HistoryEvent) -> Event:
    """The event in a parsed message."""
    number, at = message.number, v.instant(message.time_us)
    name = message.WhichOneof("attributes")
    if name is None:
        fields = UnknownFieldSet(message)
        unknown = fields[0].field_number if len(fields) else 0
        return Unknown(number=number, at=at, type_number=unknown, data=message.SerializeToString())
    kind, take = _BY_NAME[name]
    return kind(number=number, at=at, **take(getattr(message, name)))


def type_number(event: Event) -> int:
    """What is stored beside an event to find it by: the number of its field in the message's oneof."""
    return event.type_number if isinstance(event, Unknown) else TYPE_NUMBERS[type(event)]


def _put_started(m: pb.WorkflowExecutionStarted, x: e.WorkflowExecutionStarted) -> None:
    m.workflow_id, m.run_id = x.workflow_id, x.run_id
    m.workflow_type, m.task_queue = x.workflow_type, x.task_queue
    if x.execution_timeout is not None:
        m.execution_timeout_us = v.span_us(x.execution_timeout)
    if x.request_id:
        m.request_id = x.request_id
    if x.identity:
        m.identity = x.identity
    if x.retry_of_run_id:
        m.retry_of_run_id = x.retry_of_run_id
    if x.namespace != DEFAULT_NAMESPACE:
        m.namespace = x.namespace
    if x.input is not None:
        v.put_payload(m.input, x.input)
    if x.memo is not None:
        v.put_payload(m.memo, x.memo)
    if x.search_attributes is not None:
        v.put_payload(m.search_attributes, x.search_attributes)
    for key, value in x.headers:
        m.headers[key] = value


def _started(m: pb.WorkflowExecutionStarted) -> dict[str, Any]:
    return {
        "namespace": m.namespace or DEFAULT_NAMESPACE,
        "workflow_id": m.workflow_id,
        "run_id": m.run_id,
        "workflow_type": m.workflow_type,
        "task_queue": m.task_queue,
        "input": _payload(m, "input"),
        "execution_timeout": v.span_or_none(m.execution_timeout_us),
        "memo": _payload(m, "memo"),
        "search_attributes": _payload(m, "search_attributes"),
        "request_id": m.request_id,
        "identity": m.identity,
        "headers": v.pairs_of(m.headers),
        "retry_of_run_id": m.retry_of_run_id,
    }


def _put_completed(m: pb.WorkflowExecutionCompleted, x: e.WorkflowExecutionCompleted) -> None:
    if x.result is not None:
        v.put_payload(m.result, x.result)


def _completed(m: pb.WorkflowExecutionCompleted) -> dict[str, Any]:
    return {"result": _payload(m, "result")}


def _put_failed(m: pb.WorkflowExecutionFailed, x: e.WorkflowExecutionFailed) -> None:
    v.put_failure(m.failure, x.failure)


def _failed(m: pb.WorkflowExecutionFailed) -> dict[str, Any]:
    return {"failure": v.failure_of(m.failure)}


def _put_timed_out(m: pb.WorkflowExecutionTimedOut, x: e.WorkflowExecutionTimedOut) -> None:
    m.execution_timeout_us = v.span_us(x.execution_timeout)


def _timed_out(m: pb.WorkflowExecutionTimedOut) -> dict[str, Any]:
    return {"execution_timeout": v.span(m.execution_timeout_us)}


def _put_cancel_requested(
    m: pb.WorkflowExecutionCancelRequested, x: e.WorkflowExecutionCancelRequested
) -> None:
    m.reason, m.request_id, m.identity = x.reason, x.request_id, x.identity


def _cancel_requested(m: pb.WorkflowExecutionCancelRequested) -> dict[str, Any]:
    return {"reason": m.reason, "request_id": m.request_id, "identity": m.identity}


def _put_canceled(m: pb.WorkflowExecutionCanceled, x: e.WorkflowExecutionCanceled) -> None:
    if x.details is not None:
        v.put_payload(m.details, x.details)


def _canceled(m: pb.WorkflowExecutionCanceled) -> dict[str, Any]:
    return {"details": _payload(m, "details")}


def _put_terminated(m: pb.WorkflowExecutionTerminated, x: e.WorkflowExecutionTerminated) -> None:
    m.reason, m.identity = x.reason, x.identity


def _terminated(m: pb.WorkflowExecutionTerminated) -> dict[str, Any]:
    return {"reason": m.reason, "identity": m.identity}


def _put_turn(m: pb.WorkflowTaskCompleted, x: e.WorkflowTaskCompleted) -> None:
    m.turn, m.seen_through, m.delivery = x.turn, x.seen_through, x.delivery
    m.identity = x.identity
    if x.build:
        m.build = x.build
    if x.signals_taken:
        m.signals_taken.extend(x.signals_taken)
    v.put_wait(m.wait, x.wait)


def _turn(m: pb.WorkflowTaskCompleted) -> dict[str, Any]:
    return {
        "turn": m.turn,
        "seen_through": m.seen_through,
        "wait": v.wait_of(m.wait),
        "signals_taken": tuple(m.signals_taken),
        "identity": m.identity,
        "build": m.build,
        "delivery": m.delivery,
    }


def _put_scheduled(m: pb.ActivityTaskScheduled, x: e.ActivityTaskScheduled) -> None:
    m.command, m.activity_type, m.task_queue = x.command, x.activity_type, x.task_queue
    if x.start_to_close is not None:
        m.start_to_close_us = v.span_us(x.start_to_close)
    if x.schedule_to_start is not None:
        m.schedule_to_start_us = v.span_us(x.schedule_to_start)
    if x.schedule_to_close is not None:
        m.schedule_to_close_us = v.span_us(x.schedule_to_close)
    if x.heartbeat_timeout is not None:
        m.heartbeat_timeout_us = v.span_us(x.heartbeat_timeout)
    if x.detached:
        m.detached = True
    if x.input is not None:
        v.put_payload(m.input, x.input)
    if x.retry is not None:
        v.put_retry(m.retry, x.retry)
    for key, value in x.headers:
        m.headers[key] = value


def _scheduled(m: pb.ActivityTaskScheduled) -> dict[str, Any]:
    return {
        "command": m.command,
        "activity_type": m.activity_type,
        "task_queue": m.task_queue,
        "input": _payload(m, "input"),
        "retry": v.retry_of(m.retry) if m.HasField("retry") else None,
        "start_to_close": v.span_or_none(m.start_to_close_us),
        "schedule_to_start": v.span_or_none(m.schedule_to_start_us),
        "schedule_to_close": v.span_or_none(m.schedule_to_close_us),
        "heartbeat_timeout": v.span_or_none(m.heartbeat_timeout_us),
        "detached": m.detached,
        "headers": v.pairs_of(m.headers),
    }


def _put_activity_completed(m: pb.ActivityTaskCompleted, x: e.ActivityTaskCompleted) -> None:
    m.scheduled, m.command, m.attempt = x.scheduled, x.command, x.attempt
    m.identity, m.delivery = x.identity, x.delivery
    if x.result is not None:
        v.put_payload(m.result, x.result)


def _activity_completed(m: pb.ActivityTaskCompleted) -> dict[str, Any]:
    return {
        "scheduled": m.scheduled,
        "command": m.command,
        "attempt": m.attempt,
        "result": _payload(m, "result"),
        "identity": m.identity,
        "delivery": m.delivery,
    }


def _put_activity_failed(m: pb.ActivityTaskFailed, x: e.ActivityTaskFailed) -> None:
    m.scheduled, m.command, m.attempt = x.scheduled, x.command, x.attempt
    m.identity, m.delivery = x.identity, x.delivery
    v.put_failure(m.failure, x.failure)


def _activity_failed(m: pb.ActivityTaskFailed) -> dict[str, Any]:
    return {
        "scheduled": m.scheduled,
        "command": m.command,
        "attempt": m.attempt,
        "failure": v.failure_of(m.failure),
        "identity": m.identity,
        "delivery": m.delivery,
    }


def _put_activity_canceled(m: pb.ActivityTaskCanceled, x: e.ActivityTaskCanceled) -> None:
    m.scheduled, m.command = x.scheduled, x.command
    m.identity, m.delivery = x.identity, x.delivery
    if x.details is not None:
        v.put_payload(m.details, x.details)


def _activity_canceled(m: pb.ActivityTaskCanceled) -> dict[str, Any]:
    return {
        "scheduled": m.scheduled,
        "command": m.command,
        "details": _payload(m, "details"),
        "identity": m.identity,
        "delivery": m.delivery,
    }


def _put_activity_timed_out(m: pb.ActivityTaskTimedOut, x: e.ActivityTaskTimedOut) -> None:
    m.scheduled, m.command, m.attempt = x.scheduled, x.command, x.attempt
    v.put_failure(m.failure, x.failure)


def _activity_timed_out(m: pb.ActivityTaskTimedOut) -> dict[str, Any]:
    return {
        "scheduled": m.scheduled,
        "command": m.command,
        "attempt": m.attempt,
        "failure": v.failure_of(m.failure),
    }


def _put_retry_scheduled(m: pb.ActivityTaskRetryScheduled, x: e.ActivityTaskRetryScheduled) -> None:
    m.scheduled, m.command, m.attempt = x.scheduled, x.command, x.attempt
    m.delay_us, m.delivery = v.span_us(x.delay), x.delivery
    v.put_failure(m.failure, x.failure)


def _retry_scheduled(m: pb.ActivityTaskRetryScheduled) -> dict[str, Any]:
    return {
        "scheduled": m.scheduled,
        "command": m.command,
        "attempt": m.attempt,
        "failure": v.failure_of(m.failure),
        "delay": v.span(m.delay_us),
        "delivery": m.delivery,
    }


def _put_activity_cancel_requested(
    m: pb.ActivityTaskCancelRequested, x: e.ActivityTaskCancelRequested
) -> None:
    m.scheduled, m.command = x.scheduled, x.command


def _activity_cancel_requested(m: pb.ActivityTaskCancelRequested) -> dict[str, Any]:
    return {"scheduled": m.scheduled, "command": m.command}


def _put_timer_started(m: pb.TimerStarted, x: e.TimerStarted) -> None:
    m.command, m.duration_us, m.signal_wait = x.command, v.span_us(x.duration), x.signal_wait


def _timer_started(m: pb.TimerStarted) -> dict[str, Any]:
    return {"command": m.command, "duration": v.span(m.duration_us), "signal_wait": m.signal_wait}


def _put_timer_over(m: pb.TimerFired | pb.TimerCanceled, x: e.TimerFired | e.TimerCanceled) -> None:
    m.started, m.command = x.started, x.command


def _timer_over(m: pb.TimerFired | pb.TimerCanceled) -> dict[str, Any]:
    return {"started": m.started, "command": m.command}


def _put_signal(m: pb.SignalReceived, x: e.SignalReceived) -> None:
    m.name, m.request_id, m.identity = x.name, x.request_id, x.identity
    if x.payload is not None:
        v.put_payload(m.payload, x.payload)


def _signal(m: pb.SignalReceived) -> dict[str, Any]:
    return {
        "name": m.name,
        "payload": _payload(m, "payload"),
        "request_id": m.request_id,
        "identity": m.identity,
    }


def _payload(message: Any, field: str) -> Payload | None:
    return v.payload_of(getattr(message, field)) if message.HasField(field) else None


_Put = Callable[[Any, Any], None]
_Take = Callable[[Any], dict[str, Any]]
_TABLE: dict[type[Event], tuple[str, _Put, _Take]] = {
    e.WorkflowExecutionStarted: ("workflow_execution_started", _put_started, _started),
    e.WorkflowExecutionCompleted: ("workflow_execution_completed", _put_completed, _completed),
    e.WorkflowExecutionFailed: ("workflow_execution_failed", _put_failed, _failed),
    e.WorkflowExecutionTimedOut: ("workflow_execution_timed_out", _put_timed_out, _timed_out),
    e.WorkflowExecutionCancelRequested: (
        "workflow_execution_cancel_requested",
        _put_cancel_requested,
        _cancel_requested,
    ),
    e.WorkflowExecutionCanceled: ("workflow_execution_canceled", _put_canceled, _canceled),
    e.WorkflowExecutionTerminated: ("workflow_execution_terminated", _put_terminated, _terminated),
    e.WorkflowTaskCompleted: ("workflow_task_completed", _put_turn, _turn),
    e.ActivityTaskScheduled: ("activity_task_scheduled", _put_scheduled, _scheduled),
    e.ActivityTaskCompleted: ("activity_task_completed", _put_activity_completed, _activity_completed),
    e.ActivityTaskFailed: ("activity_task_failed", _put_activity_failed, _activity_failed),
    e.ActivityTaskCanceled: ("activity_task_canceled", _put_activity_canceled, _activity_canceled),
    e.ActivityTaskTimedOut: ("activity_task_timed_out", _put_activity_timed_out, _activity_timed_out),
    e.ActivityTaskRetryScheduled: ("activity_task_retry_scheduled", _put_retry_scheduled, _retry_scheduled),
    e.ActivityTaskCancelRequested: (
        "activity_task_cancel_requested",
        _put_activity_cancel_requested,
        _activity_cancel_requested,
    ),
    e.TimerStarted: ("timer_started", _put_timer_started, _timer_started),
    e.TimerFired: ("timer_fired", _put_timer_over, _timer_over),
    e.TimerCanceled: ("timer_canceled", _put_timer_over, _timer_over),
    e.SignalReceived: ("signal_received", _put_signal, _signal),
}
_BY_NAME = {name: (kind, take) for kind, (name, _, take) in _TABLE.items()}
_FIELDS = pb.HistoryEvent.DESCRIPTOR.fields_by_name

TYPE_NUMBERS: dict[type[Event], int] = {kind: _FIELDS[name].number for kind, (name, _, _) in _TABLE.items()}
"""Of `sched_events.type`."""

TYPE_NAMES: dict[int, str] = {number: kind.__name__ for kind, number in TYPE_NUMBERS.items()}
"""As histories name their events outside."""
