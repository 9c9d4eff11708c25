from google.protobuf import any_pb2 as _any_pb2
from sched_sdk.proto.v1 import common_pb2 as _common_pb2
from sched_sdk.proto.v1 import history_pb2 as _history_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class StartWorkflowRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "workflow_type", "task_queue", "input", "execution_timeout_us", "memo", "search_attributes", "request_id", "reuse_policy", "conflict_policy", "wait_seconds", "identity", "headers")
    class HeadersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_TIMEOUT_US_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    SEARCH_ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    REUSE_POLICY_FIELD_NUMBER: _ClassVar[int]
    CONFLICT_POLICY_FIELD_NUMBER: _ClassVar[int]
    WAIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    HEADERS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    workflow_type: str
    task_queue: str
    input: _common_pb2.Payload
    execution_timeout_us: int
    memo: _common_pb2.Payload
    search_attributes: _common_pb2.Payload
    request_id: str
    reuse_policy: _common_pb2.WorkflowIdReusePolicy
    conflict_policy: _common_pb2.WorkflowIdConflictPolicy
    wait_seconds: float
    identity: str
    headers: _containers.ScalarMap[str, str]
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., workflow_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., input: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., execution_timeout_us: _Optional[int] = ..., memo: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., search_attributes: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., request_id: _Optional[str] = ..., reuse_policy: _Optional[_Union[_common_pb2.WorkflowIdReusePolicy, str]] = ..., conflict_policy: _Optional[_Union[_common_pb2.WorkflowIdConflictPolicy, str]] = ..., wait_seconds: _Optional[float] = ..., identity: _Optional[str] = ..., headers: _Optional[_Mapping[str, str]] = ...) -> None: ...

class StartWorkflowResponse(_message.Message):
    __slots__ = ("workflow_id", "run_id", "started", "result")
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STARTED_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    workflow_id: str
    run_id: str
    started: bool
    result: GetWorkflowResultResponse
    def __init__(self, workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., started: bool = ..., result: _Optional[_Union[GetWorkflowResultResponse, _Mapping]] = ...) -> None: ...

class StartWorkflowsRequest(_message.Message):
    __slots__ = ("starts",)
    STARTS_FIELD_NUMBER: _ClassVar[int]
    starts: _containers.RepeatedCompositeFieldContainer[StartWorkflowRequest]
    def __init__(self, starts: _Optional[_Iterable[_Union[StartWorkflowRequest, _Mapping]]] = ...) -> None: ...

class StartOutcome(_message.Message):
    __slots__ = ("response", "code", "reason", "message")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    response: StartWorkflowResponse
    code: int
    reason: str
    message: str
    def __init__(self, response: _Optional[_Union[StartWorkflowResponse, _Mapping]] = ..., code: _Optional[int] = ..., reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class StartWorkflowsResponse(_message.Message):
    __slots__ = ("outcomes",)
    OUTCOMES_FIELD_NUMBER: _ClassVar[int]
    outcomes: _containers.RepeatedCompositeFieldContainer[StartOutcome]
    def __init__(self, outcomes: _Optional[_Iterable[_Union[StartOutcome, _Mapping]]] = ...) -> None: ...

class SignalWorkflowRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id", "name", "payload", "request_id", "identity")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    name: str
    payload: _common_pb2.Payload
    request_id: str
    identity: str
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., name: _Optional[str] = ..., payload: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., request_id: _Optional[str] = ..., identity: _Optional[str] = ...) -> None: ...

class SignalWorkflowResponse(_message.Message):
    __slots__ = ("run_id", "duplicate")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    DUPLICATE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    duplicate: bool
    def __init__(self, run_id: _Optional[str] = ..., duplicate: bool = ...) -> None: ...

class SignalWithStartWorkflowRequest(_message.Message):
    __slots__ = ("start", "signal_name", "signal_payload")
    START_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_NAME_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    start: StartWorkflowRequest
    signal_name: str
    signal_payload: _common_pb2.Payload
    def __init__(self, start: _Optional[_Union[StartWorkflowRequest, _Mapping]] = ..., signal_name: _Optional[str] = ..., signal_payload: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ...) -> None: ...

class CancelWorkflowRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id", "reason", "request_id", "identity")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    reason: str
    request_id: str
    identity: str
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., identity: _Optional[str] = ...) -> None: ...

class CancelWorkflowResponse(_message.Message):
    __slots__ = ("run_id", "requested", "status")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REQUESTED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    requested: bool
    status: _common_pb2.WorkflowStatus
    def __init__(self, run_id: _Optional[str] = ..., requested: bool = ..., status: _Optional[_Union[_common_pb2.WorkflowStatus, str]] = ...) -> None: ...

class TerminateWorkflowRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id", "reason", "request_id", "identity")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    reason: str
    request_id: str
    identity: str
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., reason: _Optional[str] = ..., request_id: _Optional[str] = ..., identity: _Optional[str] = ...) -> None: ...

class TerminateWorkflowResponse(_message.Message):
    __slots__ = ("run_id", "terminated", "status")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    TERMINATED_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    terminated: bool
    status: _common_pb2.WorkflowStatus
    def __init__(self, run_id: _Optional[str] = ..., terminated: bool = ..., status: _Optional[_Union[_common_pb2.WorkflowStatus, str]] = ...) -> None: ...

class RetryWorkflowRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id", "request_id", "identity")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    request_id: str
    identity: str
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., request_id: _Optional[str] = ..., identity: _Optional[str] = ...) -> None: ...

class GetWorkflowRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ...) -> None: ...

class WorkflowExecution(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id", "workflow_type", "task_queue", "status", "started_time_us", "closed_time_us", "history_length", "cancel_requested", "memo", "search_attributes", "problem")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    STARTED_TIME_US_FIELD_NUMBER: _ClassVar[int]
    CLOSED_TIME_US_FIELD_NUMBER: _ClassVar[int]
    HISTORY_LENGTH_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    MEMO_FIELD_NUMBER: _ClassVar[int]
    SEARCH_ATTRIBUTES_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    status: _common_pb2.WorkflowStatus
    started_time_us: int
    closed_time_us: int
    history_length: int
    cancel_requested: bool
    memo: _common_pb2.Payload
    search_attributes: _common_pb2.Payload
    problem: str
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., workflow_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., status: _Optional[_Union[_common_pb2.WorkflowStatus, str]] = ..., started_time_us: _Optional[int] = ..., closed_time_us: _Optional[int] = ..., history_length: _Optional[int] = ..., cancel_requested: bool = ..., memo: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., search_attributes: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., problem: _Optional[str] = ...) -> None: ...

class PendingActivity(_message.Message):
    __slots__ = ("scheduled", "activity_type", "task_queue", "attempt", "delivery", "state", "worker", "scheduled_time_us", "started_time_us", "heartbeat_time_us", "heartbeat_details", "last_failure", "next_attempt_time_us", "problem")
    SCHEDULED_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_TIME_US_FIELD_NUMBER: _ClassVar[int]
    STARTED_TIME_US_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_DETAILS_FIELD_NUMBER: _ClassVar[int]
    LAST_FAILURE_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_TIME_US_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    scheduled: int
    activity_type: str
    task_queue: str
    attempt: int
    delivery: int
    state: str
    worker: str
    scheduled_time_us: int
    started_time_us: int
    heartbeat_time_us: int
    heartbeat_details: _common_pb2.Payload
    last_failure: _common_pb2.Failure
    next_attempt_time_us: int
    problem: str
    def __init__(self, scheduled: _Optional[int] = ..., activity_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., attempt: _Optional[int] = ..., delivery: _Optional[int] = ..., state: _Optional[str] = ..., worker: _Optional[str] = ..., scheduled_time_us: _Optional[int] = ..., started_time_us: _Optional[int] = ..., heartbeat_time_us: _Optional[int] = ..., heartbeat_details: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., last_failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ..., next_attempt_time_us: _Optional[int] = ..., problem: _Optional[str] = ...) -> None: ...

class PendingTimer(_message.Message):
    __slots__ = ("started", "due_time_us")
    STARTED_FIELD_NUMBER: _ClassVar[int]
    DUE_TIME_US_FIELD_NUMBER: _ClassVar[int]
    started: int
    due_time_us: int
    def __init__(self, started: _Optional[int] = ..., due_time_us: _Optional[int] = ...) -> None: ...

class PendingSignal(_message.Message):
    __slots__ = ("number", "name", "payload", "received_time_us")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_TIME_US_FIELD_NUMBER: _ClassVar[int]
    number: int
    name: str
    payload: _common_pb2.Payload
    received_time_us: int
    def __init__(self, number: _Optional[int] = ..., name: _Optional[str] = ..., payload: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., received_time_us: _Optional[int] = ...) -> None: ...

class PendingWorkflowTask(_message.Message):
    __slots__ = ("turn", "delivery", "worker", "problem", "next_delivery_time_us")
    TURN_FIELD_NUMBER: _ClassVar[int]
    DELIVERY_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    NEXT_DELIVERY_TIME_US_FIELD_NUMBER: _ClassVar[int]
    turn: int
    delivery: int
    worker: str
    problem: str
    next_delivery_time_us: int
    def __init__(self, turn: _Optional[int] = ..., delivery: _Optional[int] = ..., worker: _Optional[str] = ..., problem: _Optional[str] = ..., next_delivery_time_us: _Optional[int] = ...) -> None: ...

class WorkflowDescription(_message.Message):
    __slots__ = ("execution", "input", "result", "failure", "activities", "timers", "signals", "workflow_task", "payloads_hidden")
    EXECUTION_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    ACTIVITIES_FIELD_NUMBER: _ClassVar[int]
    TIMERS_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TASK_FIELD_NUMBER: _ClassVar[int]
    PAYLOADS_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    execution: WorkflowExecution
    input: _common_pb2.Payload
    result: _common_pb2.Payload
    failure: _common_pb2.Failure
    activities: _containers.RepeatedCompositeFieldContainer[PendingActivity]
    timers: _containers.RepeatedCompositeFieldContainer[PendingTimer]
    signals: _containers.RepeatedCompositeFieldContainer[PendingSignal]
    workflow_task: PendingWorkflowTask
    payloads_hidden: bool
    def __init__(self, execution: _Optional[_Union[WorkflowExecution, _Mapping]] = ..., input: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., result: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ..., activities: _Optional[_Iterable[_Union[PendingActivity, _Mapping]]] = ..., timers: _Optional[_Iterable[_Union[PendingTimer, _Mapping]]] = ..., signals: _Optional[_Iterable[_Union[PendingSignal, _Mapping]]] = ..., workflow_task: _Optional[_Union[PendingWorkflowTask, _Mapping]] = ..., payloads_hidden: bool = ...) -> None: ...

class GetWorkflowResultRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id", "wait_seconds")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    WAIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    wait_seconds: float
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., wait_seconds: _Optional[float] = ...) -> None: ...

class GetWorkflowResultResponse(_message.Message):
    __slots__ = ("run_id", "status", "result", "failure")
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    run_id: str
    status: _common_pb2.WorkflowStatus
    result: _common_pb2.Payload
    failure: _common_pb2.Failure
    def __init__(self, run_id: _Optional[str] = ..., status: _Optional[_Union[_common_pb2.WorkflowStatus, str]] = ..., result: _Optional[_Union[_common_pb2.Payload, _Mapping]] = ..., failure: _Optional[_Union[_common_pb2.Failure, _Mapping]] = ...) -> None: ...

class GetWorkflowHistoryRequest(_message.Message):
    __slots__ = ("namespace", "workflow_id", "run_id", "after", "page_size", "wait_seconds")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_ID_FIELD_NUMBER: _ClassVar[int]
    RUN_ID_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    WAIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    workflow_id: str
    run_id: str
    after: int
    page_size: int
    wait_seconds: float
    def __init__(self, namespace: _Optional[str] = ..., workflow_id: _Optional[str] = ..., run_id: _Optional[str] = ..., after: _Optional[int] = ..., page_size: _Optional[int] = ..., wait_seconds: _Optional[float] = ...) -> None: ...

class GetWorkflowHistoryResponse(_message.Message):
    __slots__ = ("events", "next_after", "closed", "payloads_hidden")
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    NEXT_AFTER_FIELD_NUMBER: _ClassVar[int]
    CLOSED_FIELD_NUMBER: _ClassVar[int]
    PAYLOADS_HIDDEN_FIELD_NUMBER: _ClassVar[int]
    events: _containers.RepeatedCompositeFieldContainer[_history_pb2.HistoryEvent]
    next_after: int
    closed: bool
    payloads_hidden: bool
    def __init__(self, events: _Optional[_Iterable[_Union[_history_pb2.HistoryEvent, _Mapping]]] = ..., next_after: _Optional[int] = ..., closed: bool = ..., payloads_hidden: bool = ...) -> None: ...

class ListWorkflowsRequest(_message.Message):
    __slots__ = ("namespace", "status", "workflow_type", "task_queue", "started_after_us", "started_before_us", "id_prefix", "page_size", "cursor")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    WORKFLOW_TYPE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    STARTED_AFTER_US_FIELD_NUMBER: _ClassVar[int]
    STARTED_BEFORE_US_FIELD_NUMBER: _ClassVar[int]
    ID_PREFIX_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    CURSOR_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    status: _common_pb2.WorkflowStatus
    workflow_type: str
    task_queue: str
    started_after_us: int
    started_before_us: int
    id_prefix: str
    page_size: int
    cursor: str
    def __init__(self, namespace: _Optional[str] = ..., status: _Optional[_Union[_common_pb2.WorkflowStatus, str]] = ..., workflow_type: _Optional[str] = ..., task_queue: _Optional[str] = ..., started_after_us: _Optional[int] = ..., started_before_us: _Optional[int] = ..., id_prefix: _Optional[str] = ..., page_size: _Optional[int] = ..., cursor: _Optional[str] = ...) -> None: ...

class ListWorkflowsResponse(_message.Message):
    __slots__ = ("executions", "next_cursor")
    EXECUTIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_CURSOR_FIELD_NUMBER: _ClassVar[int]
    executions: _containers.RepeatedCompositeFieldContainer[WorkflowExecution]
    next_cursor: str
    def __init__(self, executions: _Optional[_Iterable[_Union[WorkflowExecution, _Mapping]]] = ..., next_cursor: _Optional[str] = ...) -> None: ...

class GetMetricsRequest(_message.Message):
    __slots__ = ("namespace",)
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    def __init__(self, namespace: _Optional[str] = ...) -> None: ...

class StatusCount(_message.Message):
    __slots__ = ("status", "count")
    STATUS_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    status: _common_pb2.WorkflowStatus
    count: int
    def __init__(self, status: _Optional[_Union[_common_pb2.WorkflowStatus, str]] = ..., count: _Optional[int] = ...) -> None: ...

class TypeCount(_message.Message):
    __slots__ = ("workflow_type", "count")
    WORKFLOW_TYPE_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    workflow_type: str
    count: int
    def __init__(self, workflow_type: _Optional[str] = ..., count: _Optional[int] = ...) -> None: ...

class GetMetricsResponse(_message.Message):
    __slots__ = ("statuses", "types", "average_duration_seconds")
    STATUSES_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_DURATION_SECONDS_FIELD_NUMBER: _ClassVar[int]
    statuses: _containers.RepeatedCompositeFieldContainer[StatusCount]
    types: _containers.RepeatedCompositeFieldContainer[TypeCount]
    average_duration_seconds: float
    def __init__(self, statuses: _Optional[_Iterable[_Union[StatusCount, _Mapping]]] = ..., types: _Optional[_Iterable[_Union[TypeCount, _Mapping]]] = ..., average_duration_seconds: _Optional[float] = ...) -> None: ...

class DescribeTaskQueueRequest(_message.Message):
    __slots__ = ("namespace", "task_queue")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    task_queue: str
    def __init__(self, namespace: _Optional[str] = ..., task_queue: _Optional[str] = ...) -> None: ...

class QueueKindDescription(_message.Message):
    __slots__ = ("backlog", "oldest_age_seconds", "in_flight", "workers")
    BACKLOG_FIELD_NUMBER: _ClassVar[int]
    OLDEST_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    backlog: int
    oldest_age_seconds: float
    in_flight: int
    workers: _containers.RepeatedCompositeFieldContainer[WorkerDescription]
    def __init__(self, backlog: _Optional[int] = ..., oldest_age_seconds: _Optional[float] = ..., in_flight: _Optional[int] = ..., workers: _Optional[_Iterable[_Union[WorkerDescription, _Mapping]]] = ...) -> None: ...

class DescribeTaskQueueResponse(_message.Message):
    __slots__ = ("workflow_tasks", "activity_tasks")
    WORKFLOW_TASKS_FIELD_NUMBER: _ClassVar[int]
    ACTIVITY_TASKS_FIELD_NUMBER: _ClassVar[int]
    workflow_tasks: QueueKindDescription
    activity_tasks: QueueKindDescription
    def __init__(self, workflow_tasks: _Optional[_Union[QueueKindDescription, _Mapping]] = ..., activity_tasks: _Optional[_Union[QueueKindDescription, _Mapping]] = ...) -> None: ...

class WorkerDescription(_message.Message):
    __slots__ = ("identity", "session_id", "task_queue", "kind", "types", "build", "slots", "in_flight", "connected_time_us", "streaming")
    IDENTITY_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    BUILD_FIELD_NUMBER: _ClassVar[int]
    SLOTS_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    CONNECTED_TIME_US_FIELD_NUMBER: _ClassVar[int]
    STREAMING_FIELD_NUMBER: _ClassVar[int]
    identity: str
    session_id: str
    task_queue: str
    kind: str
    types: _containers.RepeatedScalarFieldContainer[str]
    build: str
    slots: int
    in_flight: int
    connected_time_us: int
    streaming: bool
    def __init__(self, identity: _Optional[str] = ..., session_id: _Optional[str] = ..., task_queue: _Optional[str] = ..., kind: _Optional[str] = ..., types: _Optional[_Iterable[str]] = ..., build: _Optional[str] = ..., slots: _Optional[int] = ..., in_flight: _Optional[int] = ..., connected_time_us: _Optional[int] = ..., streaming: bool = ...) -> None: ...

class ListWorkersRequest(_message.Message):
    __slots__ = ("namespace", "task_queue")
    NAMESPACE_FIELD_NUMBER: _ClassVar[int]
    TASK_QUEUE_FIELD_NUMBER: _ClassVar[int]
    namespace: str
    task_queue: str
    def __init__(self, namespace: _Optional[str] = ..., task_queue: _Optional[str] = ...) -> None: ...

class ListWorkersResponse(_message.Message):
    __slots__ = ("workers",)
    WORKERS_FIELD_NUMBER: _ClassVar[int]
    workers: _containers.RepeatedCompositeFieldContainer[WorkerDescription]
    def __init__(self, workers: _Optional[_Iterable[_Union[WorkerDescription, _Mapping]]] = ...) -> None: ...

class Call(_message.Message):
    __slots__ = ("id", "timeout_seconds", "start", "signal", "signal_with_start", "cancel", "terminate", "result")
    ID_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_WITH_START_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    TERMINATE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    id: int
    timeout_seconds: float
    start: StartWorkflowRequest
    signal: SignalWorkflowRequest
    signal_with_start: SignalWithStartWorkflowRequest
    cancel: CancelWorkflowRequest
    terminate: TerminateWorkflowRequest
    result: GetWorkflowResultRequest
    def __init__(self, id: _Optional[int] = ..., timeout_seconds: _Optional[float] = ..., start: _Optional[_Union[StartWorkflowRequest, _Mapping]] = ..., signal: _Optional[_Union[SignalWorkflowRequest, _Mapping]] = ..., signal_with_start: _Optional[_Union[SignalWithStartWorkflowRequest, _Mapping]] = ..., cancel: _Optional[_Union[CancelWorkflowRequest, _Mapping]] = ..., terminate: _Optional[_Union[TerminateWorkflowRequest, _Mapping]] = ..., result: _Optional[_Union[GetWorkflowResultRequest, _Mapping]] = ...) -> None: ...

class CallError(_message.Message):
    __slots__ = ("code", "message", "details")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    DETAILS_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    details: _containers.RepeatedCompositeFieldContainer[_any_pb2.Any]
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., details: _Optional[_Iterable[_Union[_any_pb2.Any, _Mapping]]] = ...) -> None: ...

class CallAnswer(_message.Message):
    __slots__ = ("id", "error", "start", "signal", "cancel", "terminate", "result")
    ID_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    SIGNAL_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    TERMINATE_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    id: int
    error: CallError
    start: StartWorkflowResponse
    signal: SignalWorkflowResponse
    cancel: CancelWorkflowResponse
    terminate: TerminateWorkflowResponse
    result: GetWorkflowResultResponse
    def __init__(self, id: _Optional[int] = ..., error: _Optional[_Union[CallError, _Mapping]] = ..., start: _Optional[_Union[StartWorkflowResponse, _Mapping]] = ..., signal: _Optional[_Union[SignalWorkflowResponse, _Mapping]] = ..., cancel: _Optional[_Union[CancelWorkflowResponse, _Mapping]] = ..., terminate: _Optional[_Union[TerminateWorkflowResponse, _Mapping]] = ..., result: _Optional[_Union[GetWorkflowResultResponse, _Mapping]] = ...) -> None: ...

class StreamCallsRequest(_message.Message):
    __slots__ = ("calls", "canceled")
    CALLS_FIELD_NUMBER: _ClassVar[int]
    CANCELED_FIELD_NUMBER: _ClassVar[int]
    calls: _containers.RepeatedCompositeFieldContainer[Call]
    canceled: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, calls: _Optional[_Iterable[_Union[Call, _Mapping]]] = ..., canceled: _Optional[_Iterable[int]] = ...) -> None: ...

class StreamCallsResponse(_message.Message):
    __slots__ = ("answers", "draining")
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    DRAINING_FIELD_NUMBER: _ClassVar[int]
    answers: _containers.RepeatedCompositeFieldContainer[CallAnswer]
    draining: bool
    def __init__(self, answers: _Optional[_Iterable[_Union[CallAnswer, _Mapping]]] = ..., draining: bool = ...) -> None: ...
