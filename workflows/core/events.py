"""Events: the numbered facts of a run's history. Everything else about a run follows from them.

`number` runs 1, 2, 3 … without a gap. `command` is the running index of the command in the run that an event is about;
`scheduled` and `started` are the numbers of the ActivityTaskScheduled and TimerStarted events.
"""

from datetime import datetime, timedelta

from workflows.core.records import dataclass
from workflows.core.values import Failure, Payload, RetryPolicy, Status, Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact: its place in the history and the instant of its commit, in UTC."""

    number: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecutionStarted(Event):
    namespace: str
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    input: Payload | None = None
    execution_timeout: timedelta | None = None
    memo: Payload | None = None
    search_attributes: Payload | None = None
    request_id: str = ""
    identity: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    retry_of_run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecutionCompleted(Event):
    result: Payload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecutionFailed(Event):
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecutionTimedOut(Event):
    execution_timeout: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecutionCancelRequested(Event):
    reason: str = ""
    request_id: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecutionCanceled(Event):
    details: Payload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowExecutionTerminated(Event):
    reason: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowTaskCompleted(Event):
    """One turn. Events after `seen_through` that lie before this one belong to the next turn."""

    turn: int
    seen_through: int
    wait: Wait
    signals_taken: tuple[int, ...] = ()
    identity: str = ""
    build: str = ""
    delivery: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTaskScheduled(Event):
    command: int
    activity_type: str
    task_queue: str
    input: Payload | None = None
    retry: RetryPolicy | None = None
    start_to_close: timedelta | None = None
    schedule_to_start: timedelta | None = None
    schedule_to_close: timedelta | None = None
    heartbeat_timeout: timedelta | None = None
    detached: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTaskCompleted(Event):
    scheduled: int
    command: int
    attempt: int
    result: Payload | None = None
    identity: str = ""
    delivery: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTaskFailed(Event):
    scheduled: int
    command: int
    attempt: int
    failure: Failure
    identity: str = ""
    delivery: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTaskCanceled(Event):
    scheduled: int
    command: int
    details: Payload | None = None
    identity: str = ""
    delivery: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTaskTimedOut(Event):
    scheduled: int
    command: int
    attempt: int
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTaskRetryScheduled(Event):
    """`attempt` is the one that failed; the next begins `delay` after this event."""

    scheduled: int
    command: int
    attempt: int
    failure: Failure
    delay: timedelta
    delivery: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityTaskCancelRequested(Event):
    scheduled: int
    command: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerStarted(Event):
    command: int
    duration: timedelta
    signal_wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Event):
    started: int
    command: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerCanceled(Event):
    started: int
    command: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalReceived(Event):
    name: str
    payload: Payload | None = None
    request_id: str = ""
    identity: str = ""


ActivityOutcome = ActivityTaskCompleted | ActivityTaskFailed | ActivityTaskCanceled | ActivityTaskTimedOut
"""After one of these the activity is over."""

TERMINAL: dict[type[Event], Status] = {
    WorkflowExecutionCompleted: Status.COMPLETED,
    WorkflowExecutionFailed: Status.FAILED,
    WorkflowExecutionTimedOut: Status.TIMED_OUT,
    WorkflowExecutionCanceled: Status.CANCELED,
    WorkflowExecutionTerminated: Status.TERMINATED,
}
"""Exactly one of these decides an execution."""

SHORT_NAMES: dict[type[Event], str] = {
    WorkflowExecutionStarted: "WS",
    WorkflowExecutionCompleted: "WC",
    WorkflowExecutionFailed: "WF",
    WorkflowExecutionTimedOut: "WTO",
    WorkflowExecutionCancelRequested: "WCR",
    WorkflowExecutionCanceled: "WX",
    WorkflowExecutionTerminated: "WT",
    WorkflowTaskCompleted: "Y",
    ActivityTaskScheduled: "AS",
    ActivityTaskCompleted: "AC",
    ActivityTaskFailed: "AF",
    ActivityTaskCanceled: "AX",
    ActivityTaskTimedOut: "ATO",
    ActivityTaskRetryScheduled: "AR",
    ActivityTaskCancelRequested: "ACR",
    TimerStarted: "TS",
    TimerFired: "TF",
    TimerCanceled: "TX",
    SignalReceived: "SR",
}
"""As histories are written in tests and documentation."""
