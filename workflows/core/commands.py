"""Commands: what workflow code asks for in one turn.

`command` is the running index of schedules and timer starts in the run, from 0; cancellations name their target by it.
"""

from datetime import timedelta

from workflows.core.records import dataclass
from workflows.core.values import Failure, Payload, RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleActivity:
    command: int
    activity_type: str
    task_queue: str = ""
    input: Payload | None = None
    retry: RetryPolicy | None = None
    start_to_close: timedelta | None = None
    schedule_to_start: timedelta | None = None
    schedule_to_close: timedelta | None = None
    heartbeat_timeout: timedelta | None = None
    detached: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTimer:
    command: int
    duration: timedelta
    signal_wait: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelActivity:
    command: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelTimer:
    command: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteWorkflow:
    result: Payload | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailWorkflow:
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWorkflow:
    details: Payload | None = None


Ending = CompleteWorkflow | FailWorkflow | CancelWorkflow
Command = ScheduleActivity | StartTimer | CancelActivity | CancelTimer | Ending
