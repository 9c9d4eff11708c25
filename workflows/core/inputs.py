"""Inputs: everything that reaches an execution from outside, and how much of its state each needs.

A worker's input carries the task's key and the delivery its token names; what is not the current one is refused.
"""

from datetime import timedelta

from workflows.core.commands import (
    CancelActivity,
    CancelTimer,
    CancelWorkflow,
    Command,
    CompleteWorkflow,
    FailWorkflow,
)
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKey, TaskKind
from workflows.core.records import dataclass
from workflows.core.values import ConflictPolicy, Failure, Payload, RetryPolicy, ReusePolicy, Wait


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSent:
    run_id: str
    name: str
    payload: Payload | None = None
    request_id: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRequested:
    """`run_id` is made at the door. With `signal`, the run that results or exists receives it, in one transition."""

    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str = "default"
    namespace: str = DEFAULT_NAMESPACE
    input: Payload | None = None
    execution_timeout: timedelta | None = None
    memo: Payload | None = None
    search_attributes: Payload | None = None
    request_id: str = ""
    identity: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    retry_of_run_id: str = ""
    conflict: ConflictPolicy = ConflictPolicy.FAIL
    reuse: ReusePolicy = ReusePolicy.ALLOW_DUPLICATE
    signal: SignalSent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    run_id: str
    reason: str = ""
    request_id: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminateRequested:
    run_id: str
    reason: str = ""
    request_id: str = ""
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCompleted:
    key: TaskKey
    delivery: int
    seen_through: int
    commands: tuple[Command, ...] = ()
    wait: Wait
    signals_taken: tuple[int, ...] = ()
    identity: str = ""
    build: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySucceeded:
    """`turn` is the eager turn: the one that follows this result, done by a worker that still has the run in memory.

    It counts if the result becomes the event that it has seen last, and nothing else has come in between; otherwise
    the result counts alone. Its key names the run; it has no task and no delivery.
    """

    key: TaskKey
    delivery: int
    result: Payload | None = None
    identity: str = ""
    turn: TurnCompleted | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityFailed:
    """`declared_retry` is the policy of the activity's own worker, used where the schedule names none."""

    key: TaskKey
    delivery: int
    failure: Failure
    declared_retry: RetryPolicy | None = None
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCanceled:
    """The worker's answer to a cancel request."""

    key: TaskKey
    delivery: int
    details: Payload | None = None
    identity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaseExpired:
    """A lease lapsed, or (`lost`) the stream of the worker that held it broke."""

    key: TaskKey
    delivery: int
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerDue:
    run_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDue:
    """The back-off after the failed attempt `attempt` is over."""

    run_id: str
    number: int
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineDue:
    """A schedule-to-start or schedule-to-close limit may have been reached."""

    run_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionDue:
    run_id: str


TaskInput = TurnCompleted | ActivitySucceeded | ActivityFailed | ActivityCanceled | LeaseExpired
ClockInput = TimerDue | RetryDue | DeadlineDue | ExecutionDue
Input = StartRequested | SignalSent | CancelRequested | TerminateRequested | TaskInput | ClockInput
RunInput = SignalSent | CancelRequested | TerminateRequested | TaskInput | ClockInput
"""Inputs to a run that exists."""


_OF_TASKS = (TurnCompleted, ActivitySucceeded, ActivityFailed, ActivityCanceled, LeaseExpired)
_STEERING = (SignalSent, CancelRequested, TerminateRequested)
_TOUCHING = (CancelActivity, CancelTimer, CompleteWorkflow, FailWorkflow, CancelWorkflow)


def run_id_of(given: RunInput) -> str:
    """The run an input is for."""
    return given.key.run_id if isinstance(given, _OF_TASKS) else given.run_id


def request_id_of(given: RunInput) -> str:
    """What names its repeats; empty where it has none: it cannot be told from a repeat, or needs not to be."""
    return given.request_id if isinstance(given, _STEERING) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Which children of a run an input touches: none, those of some numbers, or all.

    The workflow task's row always comes with the header. `seen_through` asks for the events after that number, too:
    a turn has not seen them, and they may be what it waits for.
    """

    children: tuple[int, ...] = ()
    all_children: bool = False
    seen_through: int | None = None


_NOTHING = Needs()
_EVERYTHING = Needs(all_children=True)


def needs(given: RunInput) -> Needs:
    """What must be loaded before `decide` may see this input."""
    match given:
        case TurnCompleted():
            return Needs(all_children=_touches_children(given), seen_through=given.seen_through)
        case ActivitySucceeded(turn=TurnCompleted() as turn) if _touches_children(turn):
            return _EVERYTHING
        case TimerDue() | RetryDue() | DeadlineDue():
            return Needs(children=(given.number,))
        case ActivitySucceeded() | ActivityFailed() | ActivityCanceled() | LeaseExpired():
            return Needs(children=(given.key.number,)) if given.key.kind is TaskKind.ACTIVITY else _NOTHING
        case TerminateRequested() | ExecutionDue():
            return _EVERYTHING
        case _:
            return _NOTHING


def _touches_children(turn: TurnCompleted) -> bool:
    for command in turn.commands:  # noqa: SIM110 - `any` over a generator takes three times as long
        if isinstance(command, _TOUCHING):
            return True
    return False
