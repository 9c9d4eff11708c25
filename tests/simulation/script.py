"""Turns of the programs: from a task's history to the turn that follows it. A replay in small.

It goes through the history as it was given, turn by turn, and compares what the program asks for with what the history
holds: a lost, doubled or reordered event shows here first.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from sched_sdk.proto.v1 import common_pb2, history_pb2
from sched_sdk.proto.v1 import worker_pb2 as pb

from tests.simulation.programs import SURE, Step, of_all
from workflows.codec import events as codec
from workflows.core import events as e

OUTCOMES = (
    e.TimerFired, e.ActivityTaskCompleted, e.ActivityTaskFailed, e.ActivityTaskCanceled, e.ActivityTaskTimedOut,
)  # fmt: skip
RETRY = common_pb2.RetryPolicy(
    initial_interval_us=200_000, backoff_coefficient=2.0, maximum_interval_us=1_000_000, maximum_attempts=0
)
LIMITS: dict[str, dict[str, int]] = {
    "slow": {"start_to_close_us": 4_000_000},
    "beating": {"heartbeat_timeout_us": 1_500_000},
    "limited": {"schedule_to_close_us": 1_200_000, "schedule_to_start_us": 900_000},
}


class Contradiction(AssertionError):
    """The history is not one that the program can have made."""


class Cancelled(Exception):
    """The run was asked to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class On:
    """What a program rests on."""

    commands: tuple[int, ...] = ()
    all: bool = False
    signal: str = ""


Play = Generator[On, e.Event | None, str]


class Stage:
    """One execution of a program over the history of its run."""

    def __init__(self, program: list[Step]) -> None:
        self._next = 0
        self._timers: set[int] = set()
        self.outcomes: dict[int, e.Event] = {}
        self.signals: list[e.SignalReceived] = []
        self.is_asked_to_stop = False
        self.asked: list[pb.Command] = []
        self.taken: list[int] = []
        self.created: list[tuple[str, int]] = []
        self._play: Play | None = self._run(program)
        self._on: On | None = None

    def give(self, events: Sequence[e.Event]) -> None:
        """Events that a turn is given."""
        for event in events:
            if isinstance(event, OUTCOMES):
                if event.command in self.outcomes:
                    raise Contradiction(f"command {event.command} has two outcomes")
                self.outcomes[event.command] = event
            elif isinstance(event, e.SignalReceived):
                self.signals.append(event)
            elif isinstance(event, e.WorkflowExecutionCancelRequested):
                self.is_asked_to_stop = True

    def turn(self) -> On | None:
        """Goes on to the next wait; None at the end."""
        self.asked, self.taken, self.created = [], [], []
        went = self._on is None
        while self._play is not None:
            if self._on is not None:
                found = self._found(self._on)
                if found is None and not self.is_asked_to_stop:
                    break
            went = True
            self._go_on(found if self._on is not None else None)
        if not went:
            raise Contradiction("a turn with nothing to do")
        return self._on

    def turn_message(self, seen_through: int) -> pb.Turn:
        """The next turn, as a worker tells it."""
        on = self.turn()
        wait = None
        if on is not None:
            signals = [on.signal] if on.signal else []
            wait = history_pb2.Wait(all=on.all, commands=on.commands, signals=signals)
        return pb.Turn(seen_through=seen_through, commands=self.asked, wait=wait, signals_taken=self.taken)

    def awaits(self, command: int) -> bool:
        """Whether the outcome of that command alone makes the next turn."""
        on = self._on
        if on is None:
            return False
        pending = [each for each in on.commands if each not in self.outcomes]
        return command in pending and (not on.all or len(pending) == 1)

    def _go_on(self, found: e.Event | None) -> None:
        assert self._play is not None
        try:
            if self._on is None:
                self._on = next(self._play)
            elif found is not None:
                if isinstance(found, e.SignalReceived):
                    self.signals.remove(found)
                    self.taken.append(found.number)
                self._on = self._play.send(found)
            else:
                self.is_asked_to_stop = False
                self._on = self._play.throw(Cancelled())
        except StopIteration:
            self._play, self._on = None, None

    def _found(self, on: On) -> e.Event | None:
        """What ends the wait: the first in the history."""
        there = [self.outcomes[c] for c in on.commands if c in self.outcomes]
        if on.all:
            failed = [x for x in there if not isinstance(x, e.ActivityTaskCompleted)]
            over = len(there) == len(on.commands) or failed
            return (failed or there)[0] if over else None
        there += [signal for signal in self.signals if signal.name == on.signal][:1]
        return min(there, key=lambda event: event.number, default=None)

    def _run(self, program: list[Step]) -> Play:
        log: list[str] = []
        try:
            for step in program:
                yield from self._step(step, log)
        except Cancelled:
            self._cancel(self._on)
            yield On(commands=(self._schedule("quick"),))
            self.asked.append(pb.Command(cancel_workflow=pb.CancelWorkflowExecution()))
            return "CANCELED"
        if program[-1][0] == "fail":
            failure = common_pb2.Failure(type="Planned", message=json.dumps(log))
            self.asked.append(pb.Command(fail_workflow=pb.FailWorkflow(failure=failure)))
            return "FAILED"
        result = common_pb2.Payload(data=json.dumps(log).encode())
        self.asked.append(pb.Command(complete_workflow=pb.CompleteWorkflow(result=result)))
        return "COMPLETED"

    def _step(self, step: Step, log: list[str]) -> Play:
        match step[0]:
            case "do":
                found = yield On(commands=(self._schedule(step[1]),))
                done = "done" if isinstance(found, e.ActivityTaskCompleted) else "failed"
                log.append(done if step[1] in SURE else "limited")
            case "queue":
                self._schedule(step[1], detached=True)
            case "all":
                found = yield On(commands=tuple(map(self._schedule, step[1:])), all=True)
                done = "done" if isinstance(found, e.ActivityTaskCompleted) else "failed"
                log.append(done if of_all(step[1:]) != "limited" else "limited")
            case "race":
                yield from self._race(step)
                log.append("race")
            case "sleep":
                yield On(commands=(self._timer(step[1]),))
                log.append("sleep")
            case "signal":
                yield On(signal=step[1])
                log.append(f"got {step[1]}")
            case "maybe":
                yield from self._maybe(step)
                log.append("maybe")
        return ""

    def _race(self, step: Step) -> Play:
        activity, timer = self._schedule(step[1]), self._timer(step[2])
        found = yield On(commands=(activity, timer))
        loser = activity if isinstance(found, e.TimerFired) else timer
        self._cancel(On(commands=(loser,)))
        return ""

    def _maybe(self, step: Step) -> Play:
        if any(signal.name == step[1] for signal in self.signals):
            yield On(signal=step[1])
            return ""
        timer = self._timer(step[2])
        found = yield On(commands=(timer,), signal=step[1])
        if isinstance(found, e.SignalReceived):
            self._cancel(On(commands=(timer,)))
        return ""

    def _schedule(self, kind: str, *, detached: bool = False) -> int:
        index = self._index("AS")
        scheduled = pb.ScheduleActivity(
            command=index,
            activity_type=kind,
            retry=RETRY,
            detached=detached,
            **LIMITS.get(kind, {}),  # type: ignore[arg-type]
        )
        self.asked.append(pb.Command(schedule_activity=scheduled))
        return index

    def _timer(self, milliseconds: int) -> int:
        index = self._index("TS")
        self._timers.add(index)
        timer = pb.StartTimer(command=index, duration_us=milliseconds * 1000)
        self.asked.append(pb.Command(start_timer=timer))
        return index

    def _index(self, what: str) -> int:
        index, self._next = self._next, self._next + 1
        self.created.append((what, index))
        return index

    def _cancel(self, on: On | None) -> None:
        """What is still open of it."""
        for index in on.commands if on else ():
            if index not in self.outcomes:
                if index in self._timers:
                    self.asked.append(pb.Command(cancel_timer=pb.CancelTimer(command=index)))
                else:
                    self.asked.append(pb.Command(cancel_activity=pb.CancelActivity(command=index)))


@lru_cache(maxsize=500)
def decoded(data: bytes) -> e.Event:
    """An event, which is decoded once: the court has seen it before a worker does."""
    return codec.decode(data)


class Scripts:
    """Answers workflow tasks."""

    def stage(self, task: pb.WorkflowTask) -> Stage:
        """The program of a task that comes with all of its history, before the turn that this calls for.

        Raises:
            Contradiction: the history is not one that the program can have made.
        """
        history = [decoded(data) for data in task.events]
        if [event.number for event in history] != list(range(1, task.seen_through + 1)):
            raise Contradiction(f"{len(history)} events, and {task.seen_through} are to be seen")
        return replayed(history)


def play(history: Sequence[e.Event]) -> None:
    """The program of a run, and the turn that its history calls for.

    Raises:
        Contradiction: the history is not one that the program can have made.
    """
    replayed(history).turn()


def replayed(history: Sequence[e.Event]) -> Stage:
    """The program of a run, given all of its history, before the turn that this calls for."""
    start = history[0]
    assert isinstance(start, e.WorkflowExecutionStarted)
    assert start.input is not None
    stage = Stage(json.loads(start.input.data))
    seen = 0
    for turn in history:
        if isinstance(turn, e.WorkflowTaskCompleted):
            stage.give(history[seen : turn.seen_through])
            seen = turn.seen_through
            stage.turn()
            _compare(stage, history[turn.number : turn.number + 2 * len(stage.created) + 4])
    stage.give(history[seen:])
    return stage


def _compare(stage: Stage, after: Sequence[e.Event]) -> None:
    """What the program created in a turn is what the history says of it."""
    found: list[tuple[str, int]] = []
    for event in after:
        if isinstance(event, e.ActivityTaskScheduled):
            found.append(("AS", event.command))
        elif isinstance(event, e.TimerStarted):
            found.append(("TS", event.command))
        elif isinstance(event, e.WorkflowTaskCompleted):
            break
    if found[: len(stage.created)] != stage.created:
        raise Contradiction(f"the turn asked for {stage.created}, and the history holds {found}")
