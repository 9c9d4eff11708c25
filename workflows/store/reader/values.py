"""What reading returns: values, never rows."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind
from workflows.core.values import Failure, Payload, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A run as its header tells it."""

    namespace: str
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    status: Status | None
    """None if the header holds none that there is."""
    started_at: datetime
    closed_at: datetime | None
    execution_timeout: timedelta | None
    history_length: int
    last_event_at: datetime
    turns: int
    turn_due: bool
    cancel_requested: bool
    signals_open: int
    memo: Payload | None
    search_attributes: Payload | None
    problem: str
    """Why its workflow task is parked, or what of it is damaged; empty if neither."""
    damage: str
    """What of it cannot be read; empty if all can."""

    @property
    def is_open(self) -> bool:
        return self.status is Status.RUNNING

    @property
    def duration(self) -> timedelta | None:
        """From start to end; None while it runs."""
        return None if self.closed_at is None else self.closed_at - self.started_at


class ActivityState(enum.StrEnum):
    """What an open activity waits for."""

    SCHEDULED = "SCHEDULED"
    """A worker."""
    STARTED = "STARTED"
    """The worker that holds it."""
    BACKING_OFF = "BACKING_OFF"
    """Its next attempt."""
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    """The worker's answer to the request to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingActivity:
    """An open activity and its current attempt. `number` is that of its ActivityTaskScheduled event."""

    number: int
    activity_type: str
    task_queue: str
    state: ActivityState
    attempt: int
    delivery: int
    scheduled_at: datetime
    worker: str
    started_at: datetime | None
    heartbeat_at: datetime | None
    heartbeat_details: Payload | None
    last_failure: Failure | None
    next_attempt_at: datetime | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTimer:
    """A timer of workflow code. `number` is that of its TimerStarted event."""

    number: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignal:
    """A signal that no turn has taken. `number` is that of its SignalReceived event."""

    number: int
    name: str
    payload: Payload | None
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingWorkflowTask:
    """The outstanding turn. `next_delivery_at` is set while it is parked."""

    turn: int
    delivery: int
    worker: str
    problem: str
    next_delivery_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """All that is known of a run but its history."""

    execution: Execution
    input: Payload | None
    result: Payload | None
    failure: Failure | None
    activities: tuple[PendingActivity, ...]
    timers: tuple[PendingTimer, ...]
    signals: tuple[PendingSignal, ...]
    workflow_task: PendingWorkflowTask | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which executions: all conditions hold; None and empty mean any. Both instants are excluded."""

    namespace: str = DEFAULT_NAMESPACE
    status: Status | None = None
    workflow_type: str = ""
    task_queue: str = ""
    started_after: datetime | None = None
    started_before: datetime | None = None
    id_prefix: str = ""


class Position(NamedTuple):
    """A place in a list of executions, newest first: that of the last one shown."""

    started_at: datetime
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many executions in each status. `approximate`: the great ones are scaled up from a sample."""

    by_status: Mapping[Status, int]
    approximate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A span of time from `at`: what started and what ended in it, and how long that had taken; None if nothing did."""

    at: datetime
    started: int
    completed: int
    failed: int
    other_ends: int
    mean: timedelta | None
    p50: timedelta | None
    p95: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Spans of one width, in order, without a gap. `approximate`: all is from a sample, and counts are scaled up."""

    width: timedelta
    buckets: tuple[Bucket, ...]
    approximate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Executions of a namespace. `average_duration` is that of the ended ones; None if there is none."""

    by_status: Mapping[Status, int]
    by_type: Mapping[str, int]
    average_duration: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingInbox:
    """A run that others have asked something of."""

    run_id: str
    unknown_kind: int
    """Of an entry that only a newer version can read; 0: there is none."""
    is_drained_here: bool
    """Whether there is an entry that this version can read."""
    since: datetime = field(compare=False)
    """When the oldest of them was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLoad:
    """Work of one kind on one queue: how much waits, since when the oldest, and how much is in a worker's hand."""

    queue: str
    kind: TaskKind
    backlog: int
    oldest_at: datetime | None
    in_flight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A worker on one queue, at one engine."""

    engine: str
    identity: str
    session: str
    queue: str
    kind: TaskKind
    types: tuple[str, ...]
    build: str
    slots: int
    in_flight: int
    streaming: bool
    connected_at: datetime
