from sched_sdk.proto.v1 import common_pb2 as _common_pb2
from sched_sdk.proto.v1 import history_pb2 as _history_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ReturnReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RETURN_REASON_UNSPECIFIED: _ClassVar[ReturnReason]
    RETURN_REASON_UNKNOWN_TYPE: _ClassVar[ReturnReason]
    RETURN_REASON_NON_DETERMINISTIC: _ClassVar[ReturnReason]
    RETURN_REASON_DRAIN: _ClassVar[ReturnReason]
    RETURN_REASON_ERROR: _ClassVar[ReturnReason]
RETURN_REASON_UNSPECIFIED: ReturnReason
RETURN_REASON_UNKNOWN_TYPE: ReturnReason
RETURN_REASON_NON_DETERMINISTIC: ReturnReason
RETURN_REASON_DRAIN: ReturnReason
RETURN_REASON_ERROR: ReturnReason

class Subscription(_message.Message):
    __slots__ = ("namespace", "task_queue", "identity", "session_id", "types", "build", "slots")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    task_queue: str
    identity: str
    session_id: str
    types: _containers.RepeatedScalarFieldContainer[str]
    build: str
    slots: int
    def __init__(self, namespace: _Optional[str] = ..., task_queue: _Optional[str] = ..., identity: _Optional[str] = ..., session_id: _Optional[str] = ..., types: _Optional[_Iterable[str]] = ..., build: _Optional[str] = ..., slots: _Optional[int] = ...) -> None: ...

class WorkflowTask(_message.Message):
    __slots__ = ("token", "workflow_id", "run_id", "workflow_type", "task_queue", "turn", "delivery", "first_event", "seen_through", "events", "lease_us")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    FIRST_EVENT_FIELD_NUMBER: _ClassVar[int]
    SEEN_THROUGH_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    LEASE_US_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    turn: int
    delivery: int
    first_event: int
    seen_through: int
    events: _containers.RepeatedScalarFieldContainer[bytes]
    lease_us: int
    def __init__(self, token: _Optional[bytes] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., workflow_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., turn: _Optional[int] = ..., delivery: _Optional[int] = ..., first_event: _Optional[int] = ..., seen_through: _Optional[int] = ..., events: _Optional[_Iterable[bytes]] = ..., lease_us: _Optional[int] = ...) -> None: ...

class ActivityTask(_message.Message):
    __slots__ = ("token", "workflow_id", "run_id", "workflow_type", "task_queue", "scheduled", "attempt", "delivery", "scheduled_event", "heartbeat_details", "lease_us", "cancel_requested")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_EVENT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_DETAILS_FIELD_NUMBER: _ClassVar[int]
    LEASE_US_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    scheduled: int
    attempt: int
    delivery: int
    scheduled_event: bytes
    heartbeat_details: _common_pb2.Payload
    lease_us: int
    cancel_requested: bool
    def __init__(self, token: _Optional[bytes] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., workflow_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., scheduled: _Optional[int] = ..., attempt: _Optional[int] = ..., delivery: _Optional[int] = ..., scheduled_event: _Optional[bytes] = ..., heartbeat_details: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., lease_us: _Optional[int] = ..., cancel_requested: bool = ...) -> None: ...

class ScheduleActivity(_message.Message):
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

class StartTimer(_message.Message):
    __slots__ = ("command", "duration_us", "signal_wait")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    DURATION_US_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_WAIT_FIELD_NUMBER: _ClassVar[int]
    command: int
    duration_us: int
    signal_wait: bool
    def __init__(self, command: _Optional[int] = ..., duration_us: _Optional[int] = ..., signal_wait: bool = ...) -> None: ...

class CancelActivity(_message.Message):
    __slots__ = ("command",)
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    command: int
    def __init__(self, command: _Optional[int] = ...) -> None: ...

class CancelTimer(_message.Message):
    __slots__ = ("command",)
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    command: int
    def __init__(self, command: _Optional[int] = ...) -> None: ...

class CompleteWorkflow(_message.Message):
    __slots__ = ("result",)
    RESULT_FIELD_NUMBER: _ClassVar[int]
    result: _common_pb2.Payload
    def __init__(self, result: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ...) -> None: ...

class FailWorkflow(_message.Message):
    __slots__ = ("failure",)
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    failure: _common_pb2.Failure
    def __init__(self, failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...

class CancelWorkflowExecution(_message.Message):
    __slots__ = ("details",)
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    details: _common_pb2.Payload
    def __init__(self, details: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ...) -> None: ...

class Command(_message.Message):
    __slots__ = ("schedule_activity", "start_timer", "cancel_activity", "cancel_timer", "complete_workflow", "fail_workflow", "cancel_workflow")
    SCHEDULE_ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    START_TIMER_FIELD_NUMBER: _ClassVar[int]
    CANCEL_ACTIVITY_FIELD_NUMBER: _ClassVar[int]
    CANCEL_TIMER_FIELD_NUMBER: _ClassVar[int]
    COMPLETE_WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    FAIL_WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    CANCEL_WORKFLOW_FIELD_NUMBER: _ClassVar[int]
    schedule_activity: ScheduleActivity
    start_timer: StartTimer
    cancel_activity: CancelActivity
    cancel_timer: CancelTimer
    complete_workflow: CompleteWorkflow
    fail_workflow: FailWorkflow
    cancel_workflow: CancelWorkflowExecution
    def __init__(self, schedule_activity: _Optional[_Union[ScheduleActivity, _Mapping]] = ..., start_timer: _Optional[_Union[StartTimer, _Mapping]] = ..., cancel_activity: _Optional[_Union[CancelActivity, _Mapping]] = ..., cancel_timer: _Optional[_Union[CancelTimer, _Mapping]] = ..., complete_workflow: _Optional[_Union[CompleteWorkflow, _Mapping]] = ..., fail_workflow: _Optional[_Union[FailWorkflow, _Mapping]] = ..., cancel_workflow: _Optional[_Union[CancelWorkflowExecution, _Mapping]] = ...) -> None: ...

class Turn(_message.Message):
    __slots__ = ("seen_through", "commands", "wait", "signals_taken")
    SEEN_THROUGH_FIELD_NUMBER: _ClassVar[int]
    COMMANDS_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_TAKEN_FIELD_NUMBER: _ClassVar[int]
    seen_through: int
    commands: _containers.RepeatedCompositeFieldContainer[Command]
    wait: _history_pb2.Wait
    signals_taken: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, seen_through: _Optional[int] = ..., commands: _Optional[_Iterable[_Union[Command, _Mapping]]] = ..., wait: _Optional[_Union[_history_pb2.Wait, _Mapping]] = ..., signals_taken: _Optional[_Iterable[int]] = ...) -> None: ...

class Returned(_message.Message):
    __slots__ = ("reason", "details")
    REASON_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    reason: ReturnReason
    details: str
    def __init__(self, reason: _Optional[_Union[ReturnReason, str]] = ..., details: _Optional[str] = ...) -> None: ...

class WorkflowTaskCompletion(_message.Message):
    __slots__ = ("id", "token", "turn", "returned", "identity", "build", "parked")
    ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    id: int
    token: bytes
    turn: Turn
    returned: Returned
    identity: str
    build: str
    parked: bool
    def __init__(self, id: _Optional[int] = ..., token: _Optional[bytes] = ..., turn: _Optional[_Union[Turn, _Mapping]] = ..., returned: _Optional[_Union[Returned, _Mapping]] = ..., identity: _Optional[str] = ..., build: _Optional[str] = ..., parked: bool = ...) -> None: ...

class ActivityFailure(_message.Message):
    __slots__ = ("failure", "declared_retry")
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    DECLARED_RETRY_FIELD_NUMBER: _ClassVar[int]
    failure: _common_pb2.Failure
    declared_retry: _common_pb2.RetryPolicy
    def __init__(self, failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ..., declared_retry: _Optional[_Union[_common_pb2.RetryPolicy, _Mapping]] = ...) -> None: ...

class ActivityCanceled(_message.Message):
    __slots__ = ("details",)
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    details: _common_pb2.Payload
    def __init__(self, details: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ...) -> None: ...

class EagerTurn(_message.Message):
    __slots__ = ("token", "base_seq", "turn", "build", "parked")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    BASE_SEQ_FIELD_NUMBER: _ClassVar[int]
    TURN_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    PARKED_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    base_seq: int
    turn: Turn
    build: str
    parked: bool
    def __init__(self, token: _Optional[bytes] = ..., base_seq: _Optional[int] = ..., turn: _Optional[_Union[Turn, _Mapping]] = ..., build: _Optional[str] = ..., parked: bool = ...) -> None: ...

class ActivityTaskCompletion(_message.Message):
    __slots__ = ("id", "token", "result", "failure", "canceled", "returned", "identity", "eager", "let_go")
    ID_FIELD_NUMBER: _ClassVar[int]
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    CANCELED_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    EAGER_FIELD_NUMBER: _ClassVar[int]
    LET_GO_FIELD_NUMBER: _ClassVar[int]
    id: int
    token: bytes
    result: _common_pb2.Payload
    failure: ActivityFailure
    canceled: ActivityCanceled
    returned: Returned
    identity: str
    eager: EagerTurn
    let_go: bool
    def __init__(self, id: _Optional[int] = ..., token: _Optional[bytes] = ..., result: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., failure: _Optional[_Union[ActivityFailure, _Mapping]] = ..., canceled: _Optional[_Union[ActivityCanceled, _Mapping]] = ..., returned: _Optional[_Union[Returned, _Mapping]] = ..., identity: _Optional[str] = ..., eager: _Optional[_Union[EagerTurn, _Mapping]] = ..., let_go: bool = ...) -> None: ...

class CommandNumber(_message.Message):
    __slots__ = ("command", "number")
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    command: int
    number: int
    def __init__(self, command: _Optional[int] = ..., number: _Optional[int] = ...) -> None: ...

class CompletionAck(_message.Message):
    __slots__ = ("id", "code", "reason", "message", "duplicate", "numbers", "last_event")
    ID_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    NUMBERS_FIELD_NUMBER: _ClassVar[int]
    LAST_EVENT_FIELD_NUMBER: _ClassVar[int]
    id: int
    code: int
    reason: str
    message: str
    duplicate: bool
    numbers: _containers.RepeatedCompositeFieldContainer[CommandNumber]
    last_event: int
    def __init__(self, id: _Optional[int] = ..., code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ..., duplicate: bool = ..., numbers: _Optional[_Iterable[_Union[CommandNumber, _Mapping]]] = ..., last_event: _Optional[int] = ...) -> None: ...

class ActivityHeartbeat(_message.Message):
    __slots__ = ("token", "details", "renew_only")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    RENEW_ONLY_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    details: _common_pb2.Payload
    renew_only: bool
    def __init__(self, token: _Optional[bytes] = ..., details: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., renew_only: bool = ...) -> None: ...

class ActivityHeartbeatReply(_message.Message):
    __slots__ = ("token", "cancel_requested", "lost")
    TOKEN_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    token: bytes
    cancel_requested: bool
    lost: bool
    def __init__(self, token: _Optional[bytes] = ..., cancel_requested: bool = ..., lost: bool = ...) -> None: ...

class StreamWorkflowTasksRequest(_message.Message):
    __slots__ = ("subscription", "credits", "completions")
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    COMPLETIONS_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    credits: int
    completions: _containers.RepeatedCompositeFieldContainer[WorkflowTaskCompletion]
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., credits: _Optional[int] = ..., completions: _Optional[_Iterable[_Union[WorkflowTaskCompletion, _Mapping]]] = ...) -> None: ...

class StreamWorkflowTasksResponse(_message.Message):
    __slots__ = ("tasks", "acks", "draining")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    ACKS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[WorkflowTask]
    acks: _containers.RepeatedCompositeFieldContainer[CompletionAck]
    draining: bool
    def __init__(self, tasks: _Optional[_Iterable[_Union[WorkflowTask, _Mapping]]] = ..., acks: _Optional[_Iterable[_Union[CompletionAck, _Mapping]]] = ..., draining: bool = ...) -> None: ...

class StreamActivityTasksRequest(_message.Message):
    __slots__ = ("subscription", "credits", "completions", "heartbeats")
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    CREDITS_FIELD_NUMBER: _ClassVar[int]
    COMPLETIONS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEATS_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    credits: int
    completions: _containers.RepeatedCompositeFieldContainer[ActivityTaskCompletion]
    heartbeats: _containers.RepeatedCompositeFieldContainer[ActivityHeartbeat]
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., credits: _Optional[int] = ..., completions: _Optional[_Iterable[_Union[ActivityTaskCompletion, _Mapping]]] = ..., heartbeats: _Optional[_Iterable[_Union[ActivityHeartbeat, _Mapping]]] = ...) -> None: ...

class StreamActivityTasksResponse(_message.Message):
    __slots__ = ("tasks", "acks", "heartbeats", "draining")
    TASKS_FIELD_NUMBER: _ClassVar[int]
    ACKS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEATS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    tasks: _containers.RepeatedCompositeFieldContainer[ActivityTask]
    acks: _containers.RepeatedCompositeFieldContainer[CompletionAck]
    heartbeats: _containers.RepeatedCompositeFieldContainer[ActivityHeartbeatReply]
    draining: bool
    def __init__(self, tasks: _Optional[_Iterable[_Union[ActivityTask, _Mapping]]] = ..., acks: _Optional[_Iterable[_Union[CompletionAck, _Mapping]]] = ..., heartbeats: _Optional[_Iterable[_Union[ActivityHeartbeatReply, _Mapping]]] = ..., draining: bool = ...) -> None: ...

class PollTaskRequest(_message.Message):
    __slots__ = ("subscription", "wait_seconds")
    SUBSCRIPTION_FIELD_NUMBER: _ClassVar[int]
    WAIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    subscription: Subscription
    wait_seconds: float
    def __init__(self, subscription: _Optional[_Union[Subscription, _Mapping]] = ..., wait_seconds: _Optional[float] = ...) -> None: ...

class PollWorkflowTaskResponse(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: WorkflowTask
    def __init__(self, task: _Optional[_Union[WorkflowTask, _Mapping]] = ...) -> None: ...

class PollActivityTaskResponse(_message.Message):
    __slots__ = ("task",)
    TASK_FIELD_NUMBER: _ClassVar[int]
    task: ActivityTask
    def __init__(self, task: _Optional[_Union[ActivityTask, _Mapping]] = ...) -> None: ...
