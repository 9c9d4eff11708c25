from sched_sdk.proto.v1 import common_pb2 as _common_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Wait(_message.Message):
    __slots__ = ("all", "commands", "signals", "any_signal", "anything")
    ALL_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    ANY_SIGNAL_FIELD_NUMBER: _ClassVar[int]
    ANYTHING_FIELD_NUMBER: _ClassVar[int]
    all: bool
    commands: _containers.RepeatedScalarFieldContainer[int]
    signals: _containers.RepeatedScalarFieldContainer[str]
    any_signal: bool
    anything: bool
    def __init__(self, all: bool = ..., commands: _Optional[_Iterable[int]] = ..., signals: _Optional[_Iterable[str]] = ..., any_signal: bool = ..., anything: bool = ...) -> None: ...

class WorkflowExecutionStarted(_message.Message):
    __slots__ = ("workflow_id", "run_id", "workflow_type", "task_queue", "input", "execution_timeout_us", "memo", "search_attributes", "request_id", "identity", "headers", "retry_of_run_id", "namespace")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_TIMEOUT_US_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    SEARCH_ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    RETRY_OF_RUN_ID_FIELD_NUMBER: _ClassVar[int]
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    input: _common_pb2.Payload
    execution_timeout_us: int
    memo: _common_pb2.Payload
    search_attributes: _common_pb2.Payload
    request_id: str
    identity: str
    headers: _containers.ScalarMap[str, str]
    retry_of_run_id: str
    namespace: str
    def __init__(self, workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., workflow_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., input: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., execution_timeout_us: _Optional[int] = ..., memo: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., search_attributes: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., request_id: _Optional[str] = ..., identity: _Optional[str] = ..., headers: _Optional[_Mapping[str, str]] = ..., retry_of_run_id: _Optional[str] = ..., namespace: _Optional[str] = ...) -> None: ...

class WorkflowExecutionCompleted(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: _common_pb2.Payload
    def __init__(self, result: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ...) -> None: ...

class WorkflowExecutionFailed(_message.Message):
    __slots__ = ("failure",)
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    failure: _common_pb2.Failure
    def __init__(self, failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...

class WorkflowExecutionTimedOut(_message.Message):
    __slots__ = ("execution_timeout_us",)
    EXECUTION_TIMEOUT_US_FIELD_NUMBER: _ClassVar[int]
    execution_timeout_us: int
    def __init__(self, execution_timeout_us: _Optional[int] = ...) -> None: ...

class WorkflowExecutionCancelRequested(_message.Message):
    __slots__ = ("reason", "request_id", "identity")
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    reason: str
    request_id: str
    identity: str
    def __init__(self, reason: _Optional[str] = ..., request_id: _Optional[str] = ..., identity: _Optional[str] = ...) -> None: ...

class WorkflowExecutionCanceled(_message.Message):
    __slots__ = ("details",)
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    details: _common_pb2.Payload
    def __init__(self, details: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ...) -> None: ...

class WorkflowExecutionTerminated(_message.Message):
    __slots__ = ("reason", "identity")
    REASON_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    reason: str
    identity: str
    def __init__(self, reason: _Optional[str] = ..., identity: _Optional[str] = ...) -> None: ...

class WorkflowTaskCompleted(_message.Message):
    __slots__ = ("turn", "seen_through", "wait", "signals_taken", "identity", "build", "delivery")
    TURN_FIELD_NUMBER: _ClassVar[int]
    SEEN_THROUGH_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_TAKEN_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    turn: int
    seen_through: int
    wait: Wait
    signals_taken: _containers.RepeatedScalarFieldContainer[int]
    identity: str
    build: str
    delivery: int
    def __init__(self, turn: _Optional[int] = ..., seen_through: _Optional[int] = ..., wait: _Optional[_Union[Wait, _Mapping]] = ..., signals_taken: _Optional[_Iterable[int]] = ..., identity: _Optional[str] = ..., build: _Optional[str] = ..., delivery: _Optional[int] = ...) -> None: ...

class ActivityTaskScheduled(_message.Message):
    __slots__ = ("command", "activity_type", "task_queue", "input", "retry", "start_to_close_us", "schedule_to_start_us", "schedule_to_close_us", "heartbeat_timeout_us", "detached", "headers")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    RETRY_FIELD_NUMBER: _ClassVar[int]
    START_TO_CLOSE_US_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_TO_START_US_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_TO_CLOSE_US_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_TIMEOUT_US_FIELD_NUMBER: _ClassVar[int]
    DETACHED_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    command: int
    activity_type: str
    task_queue: str
    input: _common_pb2.Payload
    retry: _common_pb2.RetryPolicy
    start_to_close_us: int
    schedule_to_start_us: int
    schedule_to_close_us: int
    heartbeat_timeout_us: int
    detached: bool
    headers: _containers.ScalarMap[str, str]
    def __init__(self, command: _Optional[int] = ..., activity_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., input: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., retry: _Optional[_Union[_common_pb2.RetryPolicy, _Mapping]] = ..., start_to_close_us: _Optional[int] = ..., schedule_to_start_us: _Optional[int] = ..., schedule_to_close_us: _Optional[int] = ..., heartbeat_timeout_us: _Optional[int] = ..., detached: bool = ..., headers: _Optional[_Mapping[str, str]] = ...) -> None: ...

class ActivityTaskCompleted(_message.Message):
    __slots__ = ("scheduled", "command", "attempt", "result", "identity", "delivery")
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    scheduled: int
    command: int
    attempt: int
    result: _common_pb2.Payload
    identity: str
    delivery: int
    def __init__(self, scheduled: _Optional[int] = ..., command: _Optional[int] = ..., attempt: _Optional[int] = ..., result: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., identity: _Optional[str] = ..., delivery: _Optional[int] = ...) -> None: ...

class ActivityTaskFailed(_message.Message):
    __slots__ = ("scheduled", "command", "attempt", "failure", "identity", "delivery")
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    scheduled: int
    command: int
    attempt: int
    failure: _common_pb2.Failure
    identity: str
    delivery: int
    def __init__(self, scheduled: _Optional[int] = ..., command: _Optional[int] = ..., attempt: _Optional[int] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ..., identity: _Optional[str] = ..., delivery: _Optional[int] = ...) -> None: ...

class ActivityTaskCanceled(_message.Message):
    __slots__ = ("scheduled", "command", "details", "identity", "delivery")
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    scheduled: int
    command: int
    details: _common_pb2.Payload
    identity: str
    delivery: int
    def __init__(self, scheduled: _Optional[int] = ..., command: _Optional[int] = ..., details: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., identity: _Optional[str] = ..., delivery: _Optional[int] = ...) -> None: ...

class ActivityTaskTimedOut(_message.Message):
    __slots__ = ("scheduled", "command", "attempt", "failure")
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    scheduled: int
    command: int
    attempt: int
    failure: _common_pb2.Failure
    def __init__(self, scheduled: _Optional[int] = ..., command: _Optional[int] = ..., attempt: _Optional[int] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...

class ActivityTaskRetryScheduled(_message.Message):
    __slots__ = ("scheduled", "command", "attempt", "failure", "delay_us", "delivery")
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    DELAY_US_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    scheduled: int
    command: int
    attempt: int
    failure: _common_pb2.Failure
    delay_us: int
    delivery: int
    def __init__(self, scheduled: _Optional[int] = ..., command: _Optional[int] = ..., attempt: _Optional[int] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ..., delay_us: _Optional[int] = ..., delivery: _Optional[int] = ...) -> None: ...

class ActivityTaskCancelRequested(_message.Message):
    __slots__ = ("scheduled", "command")
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    scheduled: int
    command: int
    def __init__(self, scheduled: _Optional[int] = ..., command: _Optional[int] = ...) -> None: ...

class TimerStarted(_message.Message):
    __slots__ = ("command", "duration_us", "signal_wait")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    DURATION_US_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_WAIT_FIELD_NUMBER: _ClassVar[int]
    command: int
    duration_us: int
    signal_wait: bool
    def __init__(self, command: _Optional[int] = ..., duration_us: _Optional[int] = ..., signal_wait: bool = ...) -> None: ...

class TimerFired(_message.Message):
    __slots__ = ("started", "command")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    started: int
    command: int
    def __init__(self, started: _Optional[int] = ..., command: _Optional[int] = ...) -> None: ...

class TimerCanceled(_message.Message):
    __slots__ = ("started", "command")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    started: int
    command: int
    def __init__(self, started: _Optional[int] = ..., command: _Optional[int] = ...) -> None: ...

class SignalReceived(_message.Message):
    __slots__ = ("name", "payload", "request_id", "identity")
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    payload: _common_pb2.Payload
    request_id: str
    identity: str
    def __init__(self, name: _Optional[str] = ..., payload: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., request_id: _Optional[str] = ..., identity: _Optional[str] = ...) -> None: ...

class HistoryEvent(_message.Message):
    __slots__ = ("number", "time_us", "workflow_execution_started", "workflow_execution_completed", "workflow_execution_failed", "workflow_execution_timed_out", "workflow_execution_cancel_requested", "workflow_execution_canceled", "workflow_execution_terminated", "workflow_task_completed", "activity_task_scheduled", "activity_task_completed", "activity_task_failed", "activity_task_canceled", "activity_task_timed_out", "activity_task_retry_scheduled", "activity_task_cancel_requested", "timer_started", "timer_fired", "timer_canceled", "signal_received")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TIME_US_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_EXECUTION_STARTED_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_EXECUTION_COMPLETED_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_EXECUTION_FAILED_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_EXECUTION_TIMED_OUT_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_EXECUTION_CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_EXECUTION_CANCELED_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_EXECUTION_TERMINATED_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TASK_COMPLETED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASK_SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASK_COMPLETED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASK_FAILED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASK_CANCELED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASK_TIMED_OUT_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASK_RETRY_SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASK_CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    TIMER_STARTED_FIELD_NUMBER: _ClassVar[int]
    TIMER_FIRED_FIELD_NUMBER: _ClassVar[int]
    TIMER_CANCELED_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_RECEIVED_FIELD_NUMBER: _ClassVar[int]
    number: int
    time_us: int
    workflow_execution_started: WorkflowExecutionStarted
    workflow_execution_completed: WorkflowExecutionCompleted
    workflow_execution_failed: WorkflowExecutionFailed
    workflow_execution_timed_out: WorkflowExecutionTimedOut
    workflow_execution_cancel_requested: WorkflowExecutionCancelRequested
    workflow_execution_canceled: WorkflowExecutionCanceled
    workflow_execution_terminated: WorkflowExecutionTerminated
    workflow_task_completed: WorkflowTaskCompleted
    activity_task_scheduled: ActivityTaskScheduled
    activity_task_completed: ActivityTaskCompleted
    activity_task_failed: ActivityTaskFailed
    activity_task_canceled: ActivityTaskCanceled
    activity_task_timed_out: ActivityTaskTimedOut
    activity_task_retry_scheduled: ActivityTaskRetryScheduled
    activity_task_cancel_requested: ActivityTaskCancelRequested
    timer_started: TimerStarted
    timer_fired: TimerFired
    timer_canceled: TimerCanceled
    signal_received: SignalReceived
    def __init__(self, number: _Optional[int] = ..., time_us: _Optional[int] = ..., workflow_execution_started: _Optional[_Union[WorkflowExecutionStarted, _Mapping]] = ..., workflow_execution_completed: _Optional[_Union[WorkflowExecutionCompleted, _Mapping]] = ..., workflow_execution_failed: _Optional[_Union[WorkflowExecutionFailed, _Mapping]] = ..., workflow_execution_timed_out: _Optional[_Union[WorkflowExecutionTimedOut, _Mapping]] = ..., workflow_execution_cancel_requested: _Optional[_Union[WorkflowExecutionCancelRequested, _Mapping]] = ..., workflow_execution_canceled: _Optional[_Union[WorkflowExecutionCanceled, _Mapping]] = ..., workflow_execution_terminated: _Optional[_Union[WorkflowExecutionTerminated, _Mapping]] = ..., workflow_task_completed: _Optional[_Union[WorkflowTaskCompleted, _Mapping]] = ..., activity_task_scheduled: _Optional[_Union[ActivityTaskScheduled, _Mapping]] = ..., activity_task_completed: _Optional[_Union[ActivityTaskCompleted, _Mapping]] = ..., activity_task_failed: _Optional[_Union[ActivityTaskFailed, _Mapping]] = ..., activity_task_canceled: _Optional[_Union[ActivityTaskCanceled, _Mapping]] = ..., activity_task_timed_out: _Optional[_Union[ActivityTaskTimedOut, _Mapping]] = ..., activity_task_retry_scheduled: _Optional[_Union[ActivityTaskRetryScheduled, _Mapping]] = ..., activity_task_cancel_requested: _Optional[_Union[ActivityTaskCancelRequested, _Mapping]] = ..., timer_started: _Optional[_Union[TimerStarted, _Mapping]] = ..., timer_fired: _Optional[_Union[TimerFired, _Mapping]] = ..., timer_canceled: _Optional[_Union[TimerCanceled, _Mapping]] = ..., signal_received: _Optional[_Union[SignalReceived, _Mapping]] = ...) -> None: ...
