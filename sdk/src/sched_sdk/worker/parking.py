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
from collections.abc import Iterable
from dataclasses import dataclass

from sched_sdk.proto.v1.history_pb2 import ActivityTaskCompleted, ActivityTaskScheduled, HistoryEvent
from sched_sdk.proto.v1.worker_pb2 import (
    ActivityTask,
    ActivityTaskCompletion,
    CompletionAck,
    EagerTurn,
    Turn,
    WorkflowTask,
)
from sched_sdk.replay import Execution
from sched_sdk.worker.threads import DaemonThreads, Place
from sched_sdk.worker.told import tell_failed_workflow

PARKED_MAX = 1_000
"""Some tens of kilobytes each. Beyond it the one that was parked longest ago is evicted."""

EAGER_SECONDS = 0.25
"""A result is not kept waiting any longer for the turn after it."""

EAGER_BYTES_MAX = 1024 * 1024
"""A larger turn travels alone."""

_NEUTRAL = ("schedule_activity", "start_timer")
"""Commands that leave one event each, whatever else has happened. With others the count of events says nothing."""


@dataclass(slots=True, eq=False)
class Parked:
    """A run at rest. `expected`: the number of its last event, if nothing came in between; `base`: acknowledged."""

    execution: Execution
    place: Place
    task: WorkflowTask
    expected: int
    base: int = 0


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
        self._open = True

    def __len__(self) -> int:
        return len(self._runs)

    def wants(self, turn: Turn) -> bool:
        """Whether a run that has just done this turn is worth keeping: it awaits an activity that may come here."""
        if not (self._open and self._activities):
            return False
        awaited = turn.wait.commands
        if turn.wait.all and len(awaited) > 1:
            return False
        wanted = False
        for command in turn.commands:
            if command.WhichOneof("command") not in _NEUTRAL:
                return False
            wanted = wanted or self._is_mine(command.schedule_activity, awaited)
        return wanted

    def park(self, task: WorkflowTask, turn: Turn, execution: Execution, place: Place) -> None:
        """Keep a run until it is acknowledged, followed, or evicted."""
        self.evict(task.run_id)
        task.ClearField("events")
        expected = turn.seen_through + 1 + len(turn.commands)
        self._runs[task.run_id] = Parked(execution, place, task, expected)
        if len(self._runs) > PARKED_MAX:
            self.evict(next(iter(self._runs)))

    def acknowledged(self, run_id: str, ack: CompletionAck) -> None:
        """The engine has recorded the run's last turn, or has not."""
        parked = self._runs.get(run_id)
        if parked is None:
            return
        if ack.code or ack.duplicate or ack.last_event != parked.expected:
            self.evict(run_id)
        else:
            parked.base = parked.expected

    def evict(self, run_id: str) -> None:
        """Forget a run; its function is unwound where it rests."""
        parked = self._runs.pop(run_id, None)
        if parked is not None:
            self._threads.post(parked.execution.close, parked.place)

    async def follow(
        self, task: ActivityTask, scheduled: ActivityTaskScheduled, completion: ActivityTaskCompletion
    ) -> EagerTurn | None:
        """The turn after this result, if its run is parked here and waits for nothing else."""
        parked = self._runs.get(task.run_id)
        if parked is None or not parked.base or not parked.execution.awaits(scheduled.command):
            return None
        # Out of reach for others meanwhile.
        del self._runs[task.run_id]
        outcome = _outcome(parked.base + 1, task, scheduled, completion)
        turn = await self._done_in_time(parked, outcome)
        if turn is None or turn.ByteSize() > EAGER_BYTES_MAX:
            self._threads.post(parked.execution.close, parked.place)
            return None
        if turn.commands and turn.commands[-1].HasField("fail_workflow"):
            tell_failed_workflow(parked.task, turn.commands[-1].fail_workflow.failure)
        if self.wants(turn):
            self.park(parked.task, turn, parked.execution, parked.place)
        else:
            self._threads.post(parked.execution.close, parked.place)
        return EagerTurn(token=parked.task.token, base_seq=parked.base, turn=turn)

    def close(self) -> None:
        """The worker ends: nothing is kept any more."""
        self._open = False
        for run_id in list(self._runs):
            self.evict(run_id)

    def _is_mine(self, schedule: object, awaited: Iterable[int]) -> bool:
        command = getattr(schedule, "command", -1)
        queue, kind = getattr(schedule, "task_queue", ""), getattr(schedule, "activity_type", "")
        return kind in self._activities and command in awaited and queue in ("", self._task_queue)

    async def _done_in_time(self, parked: Parked, outcome: HistoryEvent) -> Turn | None:
        """A function that blocks holds up its thread, and not the result."""
        doing = self._threads.begin(parked.execution.follow, outcome, at=parked.place)
        late = asyncio.get_running_loop().call_later(EAGER_SECONDS, _give_up, doing)
        try:
            return await doing
        finally:
            late.cancel()


def _give_up(doing: "asyncio.Future[Turn | None]") -> None:
    if not doing.done():
        doing.set_result(None)


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
    )
    if completion.HasField("result"):
        completed.result.CopyFrom(completion.result)
    return HistoryEvent(number=number, activity_task_completed=completed)
