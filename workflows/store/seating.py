"""Tasks that are born claimed: written with their holder, and handed over after the commit, with no claim between.

```
 decide ─► reserve a seat ─► write the task as delivery 1 of its holder ─► COMMIT ─► hand over
                  │                                                          │
                  └──────────────── freed, if it was not committed ◄─────────┘
```

A seat is room for one task at a worker that is connected to this engine. It saves a task the way through the dispatcher
and a claim with its own commit.

Guarantees: a seat serves one task or is freed. Only a task whose worker finds all that it needs in the batch is seated:
an activity with the event that schedules it, a workflow task with its run's whole history, or with all that is new to
the worker that keeps the run in memory, which then has the seat. All others are announced and claimed, and so are those
for which nobody has room.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from dispatch.claims import Claimed
from workflows.codec import events as event_codec
from workflows.core.events import ActivityTaskScheduled, Event
from workflows.core.keys import QueueKey, TaskKey, TaskKind, shard_of
from workflows.core.records import dataclass
from workflows.core.transition import Holder, NewTask, Transition
from workflows.store.claimer import ACTIVITY_TASK_LEASE, WORKFLOW_TASK_LEASE
from workflows.store.handout import ActivityHandout, Handout, WorkflowHandout


class Seat(Protocol):
    """Room for one task at a worker."""

    @property
    def identity(self) -> str: ...

    @property
    def session(self) -> str: ...


class Seats(Protocol):
    """The room of this engine's workers. Called on committing threads."""

    @property
    def engine(self) -> str:
        """The engine's name, written to what it hands out."""

    def reserve(self, queue: QueueKey, count: int) -> Sequence[Seat]:
        """Up to `count` seats, one for each task. Fewer say that the others are to be announced."""

    def reserve_resting(self, queue: QueueKey, runs: Sequence[tuple[str, int]]) -> Sequence[Seat | None]:
        """For each run a seat at the worker that keeps it up to just that event, if it has room."""

    def free(self, seats: Iterable[Seat]) -> None:
        """Not used after all."""


@dataclass(frozen=True, slots=True)
class Seated:
    """A task that was born claimed, and whose it is."""

    seat: Seat
    handout: Handout


@dataclass(slots=True)
class _Candidate:
    """A task of the batch, the transition that makes it, and the events that its worker needs."""

    transition: Transition
    task: NewTask
    events: list[Event]

    @property
    def is_for_whom_keeps_the_run(self) -> bool:
        """Whether there is more history than the batch holds."""
        return self.task.ref.key.kind is TaskKind.WORKFLOW and self.events[0].number > 1


def seat_tasks(transitions: Sequence[Transition], seats: Seats, now: datetime) -> list[Seated]:
    """Reserves seats for the batch's new tasks, and marks those that have one as held."""
    found: list[Seated] = []
    reserved: list[Seat] = []
    try:
        candidates = _candidates(transitions)
        resting = [each for each in candidates if each.is_for_whom_keeps_the_run]
        for queue, mine in _by_queue(resting).items():
            known = [(each.task.ref.key.run_id, each.events[0].number - 1) for each in mine]
            taken = seats.reserve_resting(queue, known)
            reserved.extend(seat for seat in taken if seat is not None)
            for candidate, seat in zip(mine, taken, strict=True):
                if seat is not None:
                    found.append(_seated(candidate, seat, seats.engine, now))
        others = (
            [each for each in candidates if not each.is_for_whom_keeps_the_run] if resting else candidates
        )
        for queue, mine in _by_queue(others).items():
            free = seats.reserve(queue, len(mine))
            reserved.extend(free)
            for candidate, seat in zip(mine, free, strict=False):
                found.append(_seated(candidate, seat, seats.engine, now))
    except BaseException:
        seats.free(reserved)
        raise
    return found


def _candidates(transitions: Sequence[Transition]) -> list[_Candidate]:
    """What the batch leaves to be done by workers, as far as all they need is in the batch."""
    histories: dict[str, list[Event]] = {}
    scheduled: dict[tuple[str, int], Event] = {}
    tasks: dict[TaskKey, tuple[Transition, NewTask]] = {}
    for transition in transitions:
        state = transition.state
        if state is None:
            continue
        if state.run_id in histories:
            histories[state.run_id].extend(transition.events)
        elif transition.events:
            histories[state.run_id] = list(transition.events)
        for event in transition.events:
            if type(event) is ActivityTaskScheduled:
                scheduled[state.run_id, event.number] = event
        for key, delta in transition.tasks.items():
            if isinstance(delta, NewTask):
                tasks[key] = (transition, delta)
            else:
                tasks.pop(key, None)
    return [
        _Candidate(transition, task, events)
        for key, (transition, task) in tasks.items()
        if (events := _needed(key, histories, scheduled))
    ]


def _needed(
    key: TaskKey, histories: dict[str, list[Event]], scheduled: dict[tuple[str, int], Event]
) -> list[Event]:
    """What the task's worker is handed with it, as far as the batch holds it; of a history it may be the end alone."""
    if key.kind is TaskKind.WORKFLOW:
        return histories.get(key.run_id, [])
    event = scheduled.get((key.run_id, key.number))
    return [] if event is None or key.attempt > 1 else [event]


def _by_queue(candidates: Iterable[_Candidate]) -> dict[QueueKey, list[_Candidate]]:
    queues: dict[QueueKey, list[_Candidate]] = {}
    for candidate in candidates:
        queues.setdefault(candidate.task.ref.queue, []).append(candidate)
    return queues


def _seated(candidate: _Candidate, seat: Seat, engine: str, now: datetime) -> Seated:
    task, key = candidate.task, candidate.task.ref.key
    claimed_at = max(now, task.created_at)
    holder = Holder(
        owner=seat.identity,
        session=seat.session,
        engine=engine,
        claimed_at=claimed_at,
        lease_until=claimed_at + _lease(task),
    )
    candidate.transition.tasks[key] = NewTask(
        ref=task.ref,
        created_at=task.created_at,
        start_to_close=task.start_to_close,
        heartbeat_timeout=task.heartbeat_timeout,
        holder=holder,
    )
    return Seated(seat, _handout(candidate, holder))


def _lease(task: NewTask) -> timedelta:
    """Never past what limits the attempt."""
    lease = WORKFLOW_TASK_LEASE if task.ref.key.kind is TaskKind.WORKFLOW else ACTIVITY_TASK_LEASE
    if task.start_to_close is not None:
        lease = min(lease, task.start_to_close)
    if task.heartbeat_timeout is not None:
        lease = min(lease, task.heartbeat_timeout)
    return lease


def _handout(candidate: _Candidate, holder: Holder) -> Handout:
    task, state = candidate.task, candidate.transition.state
    assert state is not None, "a task is of a run"
    claimed = Claimed(
        key=task.ref.key,
        queue=task.ref.queue,
        workflow_id=state.workflow_id,
        shard=shard_of(state.workflow_id),
        delivery=1,
        lost=0,
        created_at=task.created_at,
        visible_at=task.created_at,
        claimed_at=holder.claimed_at,
        lease_until=holder.lease_until,
        start_to_close=task.start_to_close,
        heartbeat_timeout=task.heartbeat_timeout,
        heartbeat_details=None,
        cancel_requested=False,
    )
    events = [event_codec.encode(event) for event in candidate.events]
    if task.ref.key.kind is TaskKind.ACTIVITY:
        return ActivityHandout(claimed=claimed, workflow_type=state.workflow_type, scheduled_event=events[0])
    return WorkflowHandout(
        claimed=claimed,
        workflow_type=state.workflow_type,
        seen_through=candidate.events[-1].number,
        events=events,
        first_event=candidate.events[0].number,
    )
