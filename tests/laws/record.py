"""What the laws keep beside the kernel: the history, its fold, and the rows that a store would hold."""

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

from workflows.core.events import Event
from workflows.core.inputs import Needs
from workflows.core.keys import TaskKey, TaskKind, TimerKey
from workflows.core.state import Activity, State, TaskState
from workflows.core.transition import NewTimer, Transition

LEASE = timedelta(seconds=30)


@dataclass(slots=True, kw_only=True)
class Run:
    """A run as the kernel left it, and what was derived from its transitions alone."""

    state: State
    folded: State | None = None
    history: list[Event] = field(default_factory=list)
    tasks: set[TaskKey] = field(default_factory=set)
    timers: dict[TimerKey, NewTimer] = field(default_factory=dict)
    seen: dict[TaskKey, int] = field(default_factory=dict)
    """By workflow task: the last event when a worker took it."""
    signals_taken: set[int] = field(default_factory=set)

    def claim(self, task: TaskState, now: datetime) -> None:
        """A worker takes a task, as dispatch writes it: an operation, no input."""
        limits = [now + LEASE]
        if task.key.kind is TaskKind.ACTIVITY:
            activity = self.state.activities[task.key.number]
            limits += [
                now + x for x in (activity.start_to_close, activity.heartbeat_timeout) if x is not None
            ]
        self.state.tasks[task.key] = replace(
            task,
            delivery=task.delivery + 1,
            owner="worker",
            claimed_at=now,
            lease_until=min(limits),
            heartbeat_at=None,
        )
        self.seen[task.key] = self.state.last_event

    def beat(self, task: TaskState, now: datetime) -> None:
        """A heartbeat of the holder, as dispatch writes it."""
        self.state.tasks[task.key] = replace(task, heartbeat_at=now, lease_until=now + LEASE)

    def write(self, done: Transition) -> None:
        """Apply what a transition says, as a store would."""
        assert done.state is not None
        self.state = done.state
        self.history += done.events
        for key, task in done.tasks.items():
            self.tasks.discard(key) if task is None else self.tasks.add(key)
        for timer_key, timer in done.timers.items():
            if timer is None:
                self.timers.pop(timer_key, None)
            else:
                self.timers[timer_key] = timer


HEADER = attrgetter(
    "namespace", "workflow_id", "run_id", "workflow_type", "task_queue", "started_at", "execution_timeout",
    "status", "closed_at", "last_event", "last_event_at", "turns", "turn_due", "seen_through", "wait",
    "wait_left", "commands", "cancel_requested", "signals_open",
)  # fmt: skip
ACTIVITY_FACTS = attrgetter(
    "number", "command", "activity_type", "task_queue", "scheduled_at", "retry", "start_to_close",
    "schedule_to_start", "schedule_to_close", "heartbeat_timeout", "detached", "cancel_requested",
)  # fmt: skip


def same_facts(one: State, other: State) -> bool:
    """Whether two states agree in all that follows from events; attempts and leases do not."""
    return (
        HEADER(one) == HEADER(other)
        and one.timers == other.timers
        and one.unseen == other.unseen
        and one.activities.keys() == other.activities.keys()
        and all(_same_activity(a, other.activities[n]) for n, a in one.activities.items())
    )


def _same_activity(one: Activity, other: Activity) -> bool:
    return one == other or ACTIVITY_FACTS(one) == ACTIVITY_FACTS(other)


def copied(state: State) -> State:
    """A copy that owes nothing to the kernel's own `fork`, which is under test."""
    other = copy(state)
    other.activities, other.timers = dict(state.activities), dict(state.timers)
    other.unseen, other.tasks = list(state.unseen), dict(state.tasks)
    return other


def reduced(state: State, need: Needs) -> State:
    """The part of a state that a store loads for these needs: no child, no task, no event beyond them."""
    part = copied(state)
    if not need.all_children:
        part.activities = {n: a for n, a in state.activities.items() if n in need.children}
        part.timers = {n: t for n, t in state.timers.items() if n in need.children}
        part.tasks = {
            key: task
            for key, task in state.tasks.items()
            if key.kind is TaskKind.WORKFLOW or key.number in part.activities
        }
    after = state.last_event if need.seen_through is None else need.seen_through
    part.unseen = [event for event in state.unseen if event.number > after]
    return part
