"""Runs that rest in this worker between two turns. Their next turn needs no replay, and no more events than are new.

```
 turn ──► parked ──(ack: nothing came between)──► ready ──(result of the activity it awaits)──► eager turn ──► parked …
             │                                      ├────(a task with the events after its last)──► turn ──► parked …
             └── anything else: evicted ◄───────────┴──── any other task of the run, no room
```

An *eager turn* is the one that follows an activity's result, done here before the engine knows of either, and sent
along with the result: one commit for a step in place of two.

Guarantees: a parked run is used only at the event of its last acknowledged turn, and the engine takes an eager turn
only there, so it is as if history had been replayed; any doubt evicts the run, and its next task replays it. A function
that asks for the time gets no eager turn: the time would be that of an event that does not exist yet.
"""

import asyncio
import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sched_sdk import tracing
from sched_sdk.proto.v1.history_pb2 import ActivityTaskCompleted, ActivityTaskScheduled, HistoryEvent
from sched_sdk.proto.v1.worker_pb2 import (
    ActivityTask,
    ActivityTaskCompletion,
    CompletionAck,
    ScheduleActivity,
    Turn,
    WorkflowTask,
)
from sched_sdk.replay import Execution
from sched_sdk.tracing import TracedTurn
from sched_sdk.worker.threads import DaemonThreads, Place
from sched_sdk.worker.watch import Watch

PARKED_MAX = 1_000
"""Beyond it the one that was parked longest ago is evicted. The engine expects no more of a worker."""

HISTORY_BYTES_MAX = 16 * 1024 * 1024
"""Of a run that is kept: what its function holds of its history stays in memory with it."""
PARKED_BYTES_MAX = 64 * 1024 * 1024
"""Of the histories of all that are kept."""

EAGER_SECONDS = 0.25
"""A result is not kept waiting any longer for the turn after it."""

IN_VAIN = 16
"""What an eager turn costs that asked for the time, in eager turns that were done;"""
EVENTS_PER_TURN = 20
"""and one more for so many events that are to be replayed because of it."""
TRIES_MAX = 64

STUCK_SECONDS = 10.0
"""A turn that is not done by then may never be; another thread takes the place of its own."""
STUCK_MAX = 64

EAGER_BYTES_MAX = 1024 * 1024
"""A larger turn travels alone."""

_ONE_EVENT = frozenset({"schedule_activity", "start_timer"})
"""Commands that leave one event each."""

Answer = asyncio.Future[ActivityTaskCompletion]
"""For whoever waits for the end of an attempt."""


@dataclass(slots=True, eq=False)
class Parked:
    """A run at rest. `expected`: the number of its last event, if nothing came in between; `base`: once acknowledged.

    `task` is the last that its worker was given, in short. `carrier` is the token of the completion with which its last
    turn was sent: only the ack of that one counts. `size` is that of its history, in bytes; `leads`: whether the result
    of an activity may lead to an eager turn.
    """

    execution: Execution
    place: Place
    task: WorkflowTask
    expected: int
    carrier: bytes
    size: int
    leads: bool
    base: int = 0
    at_work: bool = False
    evicted: bool = False
    traced: TracedTurn | None = None
    """Of the eager turn that was done last."""


class Parking:
    """Lives on the worker's event loop; the functions rest on the threads that ran them.

    Args:
        threads: those of the turns.
        task_queue: of this worker.
        activities: the types that it runs.
    """

    def __init__(self, threads: DaemonThreads, *, task_queue: str, activities: Iterable[str]) -> None:
        self._threads = threads
        self._task_queue = task_queue
        self._activities = frozenset(activities)
        self._runs: dict[str, Parked] = {}
        self._following: dict[str, Parked] = {}
        self._tries: Counter[str] = Counter()
        """Of workflow types: eager turns that were done, up to `TRIES_MAX`, less the price of those in vain. Below zero
        none is tried."""
        self._bytes = 0
        self._watch = Watch()
        self._stuck = 0
        self._open = True
        self.resumed = self.eager = 0
        """Turns of runs that were here: after a task of theirs, and before one."""

    def __len__(self) -> int:
        return len(self._runs)

    def wants(self, turn: Turn, size: int) -> bool:
        """Whether a run that has just done this turn, with a history of that many bytes, can be kept.

        Not if it has commands that do not leave one event each, whatever else has happened: then the count of events
        says nothing.
        """
        if not (self._open and turn.HasField("wait")) or size > HISTORY_BYTES_MAX:
            return False
        return all(command.WhichOneof("command") in _ONE_EVENT for command in turn.commands)

    def park(
        self, task: WorkflowTask, turn: Turn, execution: Execution, place: Place, *, carrier: bytes, size: int
    ) -> None:
        """Keep a run until it is acknowledged, followed, resumed, or evicted."""
        self.evict(task.run_id)
        # Not the task itself: it would hold the whole message that it came with.
        kept = WorkflowTask(token=task.token, run_id=task.run_id, workflow_type=task.workflow_type)
        if tracing.current is not None:
            kept.workflow_id, kept.turn = task.workflow_id, task.turn
        expected = turn.seen_through + 1 + len(turn.commands)
        leads = self._is_awaited_here(turn) and self._is_worth_a_try(task.workflow_type)
        self._runs[task.run_id] = Parked(execution, place, kept, expected, carrier, size, leads)
        self._bytes += size
        while len(self._runs) > PARKED_MAX or self._bytes > PARKED_BYTES_MAX:
            self.evict(next(iter(self._runs)))

    def take(self, task: WorkflowTask) -> Parked | None:
        """The run of a task that brings all events after those it has here, to be resumed. Any other is evicted."""
        parked = self._runs.get(task.run_id)
        is_next = parked is not None and parked.base == task.first_event - 1 > 0
        if parked is None or not is_next or len(task.events) != task.seen_through - parked.base:
            self.evict(task.run_id)
            return None
        self.resumed += 1
        return self._remove(task.run_id)

    def acknowledged(self, run_id: str, carrier: bytes, ack: CompletionAck) -> None:
        """The engine has recorded a turn of the run, or has not."""
        parked = self._runs.get(run_id)
        if parked is None or parked.carrier != carrier:
            return
        if ack.code or ack.duplicate or ack.last_event != parked.expected:
            self.evict(run_id)
        else:
            parked.base = parked.expected

    def evict(self, run_id: str) -> None:
        """Forget a run; its function is unwound where it rests, or as soon as it does."""
        following = self._following.get(run_id)
        if following is not None:
            following.evicted = True
        if run_id in self._runs:
            self._close(self._remove(run_id))

    def follow(
        self,
        task: ActivityTask,
        scheduled: ActivityTaskScheduled,
        completion: ActivityTaskCompletion,
        answer: Answer,
    ) -> bool:
        """Begins with the turn after this result, if its run is parked here and waits for nothing else.

        Returns:
            True: the completion will be given as `answer`, with the turn if that was done in time. False: there is none
            to do, and nobody will answer.
        """
        parked = self._runs.get(task.run_id)
        if parked is None or not (parked.base and parked.leads):
            return False
        if not parked.execution.awaits(scheduled.command):
            return False
        self._remove(task.run_id)
        self._following[task.run_id] = parked
        parked.at_work = True
        outcome = _outcome(parked.base + 1, task, scheduled, completion)
        doing = self._threads.begin(_follow, parked, outcome, at=parked.place)
        self._watch.begin(doing, EAGER_SECONDS, functools.partial(self._give_up, parked, doing))
        doing.add_done_callback(functools.partial(self._followed, parked, task, completion, answer))
        return True

    def close_resting(self, execution: Execution, place: Place) -> None:
        """Unwinds a function that rests there, and was not parked."""
        self._threads.post(execution.close, place)

    def close(self) -> None:
        """The worker ends: nothing is kept any more."""
        self._open = False
        for run_id in list(self._runs):
            self.evict(run_id)
        for parked in self._following.values():
            parked.evicted = True
            self._close(parked)

    def _is_awaited_here(self, turn: Turn) -> bool:
        """Whether one activity that this turn has scheduled, and that this worker runs, is enough for the next."""
        wait = turn.wait
        if not self._activities or (wait.all and len(wait.commands) > 1):
            return False
        return any(
            command.HasField("schedule_activity") and self._is_mine(command.schedule_activity, wait.commands)
            for command in turn.commands
        )

    def _is_mine(self, schedule: ScheduleActivity, awaited: Sequence[int]) -> bool:
        return (
            schedule.activity_type in self._activities
            and schedule.command in awaited
            and schedule.task_queue in ("", self._task_queue)
        )

    def _followed(
        self,
        parked: Parked,
        task: ActivityTask,
        completion: ActivityTaskCompletion,
        answer: Answer,
        doing: "asyncio.Future[Turn | None]",
    ) -> None:
        self._watch.end(doing)
        # Meanwhile the run may have come by as a task, rested again, and be followed once more.
        if self._following.get(task.run_id) is parked:
            del self._following[task.run_id]
        turn = None if doing.exception() is not None else doing.result()
        self._learn(parked, done=turn is not None)
        if turn is None or parked.evicted or answer.done() or turn.ByteSize() > EAGER_BYTES_MAX:
            completion.let_go = True
            self._close(parked)
        else:
            self._send_along(parked, turn, task, completion)
        if not answer.done():
            answer.set_result(completion)

    def _learn(self, parked: Parked, *, done: bool) -> None:
        """A turn that asks for the time is in vain, and its run is replayed: types that often do are not tried."""
        workflow_type = parked.task.workflow_type
        if done:
            self._tries[workflow_type] = min(self._tries[workflow_type] + 1, TRIES_MAX)
        elif parked.execution.asked_time:
            self._tries[workflow_type] -= IN_VAIN + parked.base // EVENTS_PER_TURN

    def _is_worth_a_try(self, workflow_type: str) -> bool:
        """Turns that could have been eager earn the next try, so what is in vain stays a part of the whole."""
        if self._tries[workflow_type] >= 0:
            return True
        self._tries[workflow_type] += 1
        return False

    def _send_along(
        self, parked: Parked, turn: Turn, task: ActivityTask, completion: ActivityTaskCompletion
    ) -> None:
        self.eager += 1
        if tracing.current is not None and parked.traced is not None:
            tracing.current.keep(task.token, parked.traced)
        eager = completion.eager
        eager.token, eager.base_seq = parked.task.token, parked.base
        eager.turn.CopyFrom(turn)
        size = parked.size + len(task.scheduled_event) + completion.result.ByteSize()
        if self.wants(turn, size):
            eager.parked = True
            self.park(parked.task, turn, parked.execution, parked.place, carrier=task.token, size=size)
        else:
            self._close(parked)

    def _give_up(self, parked: Parked, doing: "asyncio.Future[Turn | None]") -> None:
        """A function that blocks holds up its thread, and not the result."""
        if not doing.done():
            doing.set_result(None)
            asyncio.get_running_loop().call_later(STUCK_SECONDS, self._replace_thread, parked)

    def _replace_thread(self, parked: Parked) -> None:
        if parked.at_work and self._stuck < STUCK_MAX:
            self._stuck += 1
            self._threads.widen()

    def _remove(self, run_id: str) -> Parked:
        parked = self._runs.pop(run_id)
        self._bytes -= parked.size
        return parked

    def _close(self, parked: Parked) -> None:
        self.close_resting(parked.execution, parked.place)


def _follow(parked: Parked, outcome: HistoryEvent) -> Turn | None:
    tracer = tracing.current
    try:
        if tracer is None:
            return parked.execution.follow(outcome)
        parked.task.turn += 1
        with tracer.turn(parked.task, parked.execution.headers) as traced:
            turn = parked.execution.follow(outcome)
            parked.traced = tracer.end_turn(traced, turn)
            return turn
    finally:
        parked.at_work = False


def _outcome(
    number: int, task: ActivityTask, scheduled: ActivityTaskScheduled, completion: ActivityTaskCompletion
) -> HistoryEvent:
    """The event that the engine will write of this result; its time is not known."""
    completed = ActivityTaskCompleted(
        scheduled=task.scheduled,
        command=scheduled.command,
        attempt=task.attempt,
        identity=completion.identity,
        delivery=task.delivery,
        result=completion.result,
    )
    return HistoryEvent(number=number, activity_task_completed=completed)
