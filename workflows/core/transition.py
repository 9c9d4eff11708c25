"""Transitions: what one input does. New events, changes of what is outstanding, and the reply.

A transition is written in one commit with all others of its batch. Its deltas are upserts and deletions by key, so that
the transitions of a batch can be merged in order and written in one statement.
"""

from dataclasses import field
from datetime import datetime, timedelta

from workflows.core.events import Event
from workflows.core.keys import TaskKey, TaskRef, TimerKey
from workflows.core.records import dataclass
from workflows.core.state import State
from workflows.core.values import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a task from its first moment on: its delivery 1."""

    owner: str
    session: str
    engine: str
    claimed_at: datetime
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """Work for a worker, to be written and announced. The limits of an activity's attempt bound its lease.

    `holder` is an operation: no decision sets it. A task that is born claimed is written with it, and not announced.
    """

    ref: TaskRef
    created_at: datetime
    start_to_close: timedelta | None = None
    heartbeat_timeout: timedelta | None = None
    holder: Holder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedTask:
    """A task whose holder is gone: offered again from `visible_at` on; `problem` is shown to operators."""

    ref: TaskRef
    lost: int
    visible_at: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppingTask:
    """A task whose holder is to learn, with its next heartbeat, that it is asked to stop."""

    ref: TaskRef


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTimer:
    """Something to happen at `due_at`.

    `stamp` comes back with it: the attempt of a retry, the command of a user timer.
    """

    key: TimerKey
    due_at: datetime
    stamp: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """Answer to a start. `started` is false for a run that was there; `signaled` tells whether the signal that came
    with it was taken."""

    workflow_id: str
    run_id: str
    started: bool
    signaled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """Answer to a signal, cancel or terminate. `changed` is false where the request was a repeat or came too late."""

    run_id: str
    changed: bool
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecorded:
    """`numbers` pairs each new command's index with the number of its event."""

    numbers: tuple[tuple[int, int], ...]
    last_event: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """The outcome of an activity, or something of the engine's own loops, was written."""


Reply = Started | Steered | TurnRecorded | Recorded


TaskDelta = NewTask | ReleasedTask | StoppingTask | None


@dataclass(slots=True, kw_only=True)
class Transition:
    """`state` is the run afterwards. A transition without events or deltas changes nothing."""

    state: State | None
    reply: Reply
    events: list[Event] = field(default_factory=list)
    tasks: dict[TaskKey, TaskDelta] = field(default_factory=dict)
    """By key: written, released, asked to stop, or (None) deleted."""
    timers: dict[TimerKey, NewTimer | None] = field(default_factory=dict)
    """By key: set, or (None) deleted."""
    activities: set[int] = field(default_factory=set)
    """Numbers of the activities whose rows change; those no longer in `state` are deleted."""
    request: tuple[str, str] | None = None
    """A request id and the run it belongs to, to be remembered."""
    is_new_run: bool = False
    closed: bool = False
    """The run ended by this transition."""
    ran: tuple[timedelta, ...] = ()
    """Attempts of activities that ended by it, each from its claim on. An operation: for the engine's metrics alone."""
