"""State: what a run's events fold into, and the operations that stand beside it.

A run is one small header, one child for each open activity and one for each open timer. A state may be partial: it
holds the children that its inputs touch (see `inputs.needs`), and no rule looks at others.

*Facts* follow from the events. *Operations* (marked below) do not: attempts and leases move without an event, and can
be lost or computed again.
"""

from dataclasses import MISSING, field, fields
from datetime import datetime, timedelta

from workflows.core.events import Event
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.records import copier, dataclass
from workflows.core.values import NO_WAIT, Failure, RetryPolicy, Status, Wait

HISTORY_LIMIT = 50_000
"""Events; a run that reaches it fails (spec: defaults and limits)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """An open activity. It leaves the state with its outcome."""

    number: int
    command: int
    activity_type: str
    task_queue: str
    scheduled_at: datetime
    retry: RetryPolicy | None = None
    start_to_close: timedelta | None = None
    schedule_to_start: timedelta | None = None
    schedule_to_close: timedelta | None = None
    heartbeat_timeout: timedelta | None = None
    detached: bool = False
    cancel_requested: bool = False
    # Operations: between two attempts no event is written.
    attempt: int = 1
    backing_off: bool = False
    last_failure: Failure | None = None

    @property
    def close_deadline(self) -> datetime | None:
        """When schedule-to-close ends it, over all attempts."""
        return None if self.schedule_to_close is None else self.scheduled_at + self.schedule_to_close

    def task_key(self, run_id: str) -> TaskKey:
        """The task of the current attempt."""
        return TaskKey(run_id, TaskKind.ACTIVITY, self.number, self.attempt)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserTimer:
    """An open timer of workflow code."""

    number: int
    command: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """Operations of an outstanding task: who holds it, and since when."""

    key: TaskKey
    created_at: datetime
    delivery: int = 0
    lost: int = 0
    owner: str | None = None
    claimed_at: datetime | None = None
    lease_until: datetime | None = None
    heartbeat_at: datetime | None = None

    @property
    def is_held(self) -> bool:
        return self.owner is not None


def workflow_task_key(run_id: str, turns: int) -> TaskKey:
    """The workflow task that follows so many completed turns."""
    return TaskKey(run_id, TaskKind.WORKFLOW, turns + 1, 1)


@dataclass(slots=True, kw_only=True)
class State:
    """A run. Mutable only inside one `decide`, which works on a fork of its own."""

    namespace: str
    workflow_id: str
    run_id: str
    workflow_type: str
    task_queue: str
    started_at: datetime
    execution_timeout: timedelta | None = None
    status: Status = Status.RUNNING
    closed_at: datetime | None = None
    last_event: int = 0
    last_event_at: datetime
    turns: int = 0
    """Turns completed; the outstanding workflow task, if any, is number `turns` + 1."""
    turn_due: bool = False
    seen_through: int = 0
    wait: Wait = NO_WAIT
    wait_left: int = 0
    """Of an all-wait: members that have not arrived."""
    commands: int = 0
    """The running index that the next schedule or timer start takes."""
    cancel_requested: bool = False
    signals_open: int = 0
    """Signals received that no turn has taken yet."""

    activities: dict[int, Activity] = field(default_factory=dict)
    timers: dict[int, UserTimer] = field(default_factory=dict)
    unseen: list[Event] = field(default_factory=list)
    """Events that can end a wait and that no turn has been given, as far as they are loaded."""
    tasks: dict[TaskKey, TaskState] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        return self.status is Status.RUNNING

    @property
    def is_full(self) -> bool:
        """Whether the history has reached its limit: the run is to fail, by the timer of the execution's timeout."""
        return self.last_event >= HISTORY_LIMIT

    @property
    def execution_deadline(self) -> datetime | None:
        return None if self.execution_timeout is None else self.started_at + self.execution_timeout

    @property
    def workflow_task_key(self) -> TaskKey:
        """Of the workflow task that is outstanding while `turn_due`."""
        return workflow_task_key(self.run_id, self.turns)

    def fork(self) -> "State":
        """A copy to work on. Its children are frozen, so copying the collections is enough."""
        copy = _copied(self)
        copy.activities, copy.timers = self.activities.copy(), self.timers.copy()
        copy.unseen, copy.tasks = self.unseen.copy(), self.tasks.copy()
        return copy


_copied = copier(State, [each.name for each in fields(State) if each.default_factory is MISSING])
"""All but the collections."""
