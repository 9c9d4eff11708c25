"""Runs that rest in this worker between two turns, and eager turns: the turn that follows an activity's result, done
here before the engine knows of either, and sent along with the result. One commit for a step in place of two.

```
 turn ──► parked ──(ack: nothing came between)──► ready ──(result of the activity it awaits)──► eager turn ──► parked …
             │                                      │                                               │
             └── anything else: evicted ◄───────────┴──── a task of the run, no room ◄──────────────┘
```

Guarantees: a parked run is used only at the event of its last acknowledged turn, and the engine takes an eager turn
only there, so it is as if history had been replayed; any doubt evicts the run, and its next task replays it. A function
that asks for the time gets no eager turn: the time would be that of an event that does not exist yet.

Does not: keep a run that awaits nothing which this worker runs. Signals and long sleeps cost no memory here.
"""

import asyncio
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

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
from sched_sdk.worker.threads import DaemonThreads, Place
from sched_sdk.worker.watch import Watch

PARKED_MAX = 1_000
"""Some tens of kilobytes each. Beyond it the one that was parked longest ago is evicted."""

HISTORY_BYTES_MAX = 64 * 1024
"""Of a run that is kept: what its function holds of its history stays in memory with it."""

EAGER_SECONDS = 0.25
"""A result is not kept waiting any longer for the turn after it."""

STUCK_SECONDS = 10.0
"""A turn that is not done by then may never be; another thread takes the place of its own."""
STUCK_MAX = 64

EAGER_BYTES_MAX = 1024 * 1024
"""A larger turn travels alone."""

Answer = asyncio.Future[ActivityTaskCompletion]
"""For whoever waits for the end of an attempt."""


@dataclass(slots=True, eq=False)
class Parked:
    """A run at rest. `expected`: the number of its last event, if nothing came in between; `base`: once acknowledged.

    `carrier` is the token of the completion with which its last turn was sent: only the ack of that one counts.
    """

    execution: Execution
    place: Place
    task: WorkflowTask
    expected: int
    carrier: bytes
    base: int = 0
    at_work: bool = False
    evicted: bool = False


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
        self._timed: set[str] = set()
        self._watch = Watch()
        self._stuck = 0
        self._open = True

    def __len__(self) -> int:
        return len(self._runs)

    def wants(self, task: WorkflowTask, turn: Turn) -> bool:
        """Whether a run that has just done this turn is worth keeping: it awaits an activity that may come here.

        Not if its history is long, or if workflows of its type ask for the time: they would do each turn twice.
        """
        if not (self._open and self._activities) or task.workflow_type in self._timed:
            return False
        return self._is_awaited_here(turn) and sum(map(len, task.events)) <= HISTORY_BYTES_MAX

    def park(
        self, task: WorkflowTask, turn: Turn, execution: Execution, place: Place, *, carrier: bytes
    ) -> None:
        """Keep a run until it is acknowledged, followed, or evicted."""
        self.evict(task.run_id)
        task.ClearField("events")
        expected = turn.seen_through + 1 + len(turn.commands)
        self._runs[task.run_id] = Parked(execution, place, task, expected, carrier)
        if len(self._runs) > PARKED_MAX:
            self.evict(next(iter(self._runs)))

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
        parked = self._runs.pop(run_id, None)
        if parked is not None:
            self._close(parked)

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
        if parked is None or not parked.base or not parked.execution.awaits(scheduled.command):
            return False
        del self._runs[task.run_id]
        self._following[task.run_id] = parked
        parked.at_work = True
        outcome = _outcome(parked.base + 1, task, scheduled, completion)
        doing = self._threads.begin(_follow, parked, outcome, at=parked.place)
        self._watch.begin(doing, EAGER_SECONDS, functools.partial(self._give_up, parked, doing))
        doing.add_done_callback(functools.partial(self._followed, parked, task, completion, answer))
        return True

    def close(self) -> None:
        """The worker ends: nothing is kept any more."""
        self._open = False
        for run_id in list(self._runs):
            self.evict(run_id)
        for parked in self._following.values():
            parked.evicted = True
            self._close(parked)

    def _is_awaited_here(self, turn: Turn) -> bool:
        """Whether one activity that this turn has scheduled, and that this worker runs, is enough for the next.

        Not if it has commands that do not leave one event each, whatever else has happened: then the count of events
        says nothing.
        """
        if not turn.HasField("wait"):
            return False
        wait = turn.wait
        awaited = wait.commands
        if wait.all and len(awaited) > 1:
            return False
        found = False
        for command in turn.commands:
            kind = command.WhichOneof("command")
            if kind == "schedule_activity":
                found = found or self._is_mine(command.schedule_activity, awaited)
            elif kind != "start_timer":
                return False
        return found

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
        if turn is None and parked.execution.asked_time:
            self._timed.add(parked.task.workflow_type)
        if turn is None or parked.evicted or answer.done() or turn.ByteSize() > EAGER_BYTES_MAX:
            self._close(parked)
        else:
            self._send_along(parked, turn, task, completion)
        if not answer.done():
            answer.set_result(completion)

    def _send_along(
        self, parked: Parked, turn: Turn, task: ActivityTask, completion: ActivityTaskCompletion
    ) -> None:
        eager = completion.eager
        eager.token, eager.base_seq = parked.task.token, parked.base
        eager.turn.CopyFrom(turn)
        if self.wants(parked.task, turn):
            self.park(parked.task, turn, parked.execution, parked.place, carrier=task.token)
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

    def _close(self, parked: Parked) -> None:
        self._threads.post(parked.execution.close, parked.place)


def _follow(parked: Parked, outcome: HistoryEvent) -> Turn | None:
    try:
        return parked.execution.follow(outcome)
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
