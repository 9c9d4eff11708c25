"""Runs that rest in a simulated worker between two turns.

The SDK's own `Parking` keeps them; here is what it has in the place of replay, and of the threads of functions at rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sched_sdk.proto.v1 import worker_pb2 as pb
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.simulation.loop import SimLoop
from tests.simulation.scheduler import Scheduler
from tests.simulation.script import Stage
from workflows.codec import events as codec

SLOW = 0.3
SLOW_SECONDS = 0.4
"""Share of eager turns that take time, and how much at most: more than `Parking` waits for."""


class Rest:
    """A program between two turns, as `Parking` uses an execution of the replay."""

    asked_time = False

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._is_closed = False

    def awaits(self, command: int) -> bool:
        return self._stage.awaits(command)

    def first_turn(self, task: pb.WorkflowTask) -> pb.Turn:
        """The turn of a task whose history the program has been given."""
        return self._stage.turn_message(task.seen_through)

    def resume(self, task: pb.WorkflowTask) -> pb.Turn:
        """The turn of a task with the events that are new."""
        self._stage.give([codec.decode(data) for data in task.events])
        return self._stage.turn_message(task.seen_through)

    def follow(self, outcome: HistoryEvent) -> pb.Turn | None:
        """The turn after an outcome which the engine has not recorded yet."""
        if self._is_closed:
            return None
        self._stage.give([codec.decode(outcome.SerializeToString())])
        return self._stage.turn_message(outcome.number)

    def close(self) -> None:
        self._is_closed = True


class TurnThreads:
    """In the place of the SDK's `DaemonThreads`: turns take as long as the scheduler likes."""

    def __init__(self, loop: SimLoop, scheduler: Scheduler) -> None:
        self._loop = loop
        self._rng = scheduler.rng

    def begin(self, function: Callable[..., Any], /, *args: Any, at: object) -> asyncio.Future[Any]:
        del at
        future = self._loop.create_future()

        def work() -> None:
            value = function(*args)
            if not future.done():
                future.set_result(value)

        seconds = self._rng.random() * SLOW_SECONDS if self._rng.random() < SLOW else 0.0
        self._loop.call_later(seconds, work)
        return future

    def post(self, function: Callable[[], None], at: object) -> None:
        del at
        self._loop.call_soon(function)

    def widen(self) -> None:
        """There is always another."""
