"""Random turns: commands and a wait that fit what the worker saw, now and then one that does not."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from tests.laws.record import Run
from workflows.core import commands as c
from workflows.core import events as e
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.state import TaskState
from workflows.core.values import NO_WAIT, Failure, RetryPolicy, Wait

SIGNALS = ("go", "stop", "more")
OUTCOMES = (
    e.TimerFired, e.ActivityTaskCompleted, e.ActivityTaskFailed, e.ActivityTaskCanceled, e.ActivityTaskTimedOut,
)  # fmt: skip


def a_turn(rng: Random, run: Run, task: TaskState) -> i.TurnCompleted:
    """What a workflow function might do that was given the history as it was when its task was taken."""
    return _turn(rng, run, task.key, task.delivery, run.seen[task.key])


def an_eager_turn(rng: Random, run: Run, activity: TaskState) -> i.TurnCompleted:
    """What it might do with the activity's result, which nobody has recorded yet."""
    key = TaskKey(run.state.run_id, TaskKind.WORKFLOW, max(1, run.state.turns), 1)
    return _turn(rng, run, key, 0, run.state.last_event + 1, ended=activity.key.number)


def _turn(
    rng: Random, run: Run, key: TaskKey, delivery: int, seen: int, *, ended: int = 0
) -> i.TurnCompleted:
    state = run.state
    going = {a.command for a in state.activities.values() if a.number != ended}
    going |= {t.command for t in state.timers.values()}
    late = {x.command for x in run.history[seen:] if isinstance(x, OUTCOMES)}
    commands = _created(rng, state.commands)
    created = len(commands)
    cancels = _cancels(rng, run, sorted(going | late))
    commands += cancels
    if rng.random() < (0.5 if state.cancel_requested else 0.1):
        commands.append(_ending(rng))
    canceled = {each.command for each in cancels if isinstance(each, c.CancelTimer)}
    open_commands = (going | late | set(range(state.commands, state.commands + created))) - canceled
    turn = i.TurnCompleted(
        key=key,
        delivery=delivery,
        seen_through=seen,
        commands=tuple(commands),
        wait=a_wait(rng, sorted(open_commands)),
        signals_taken=_signals_taken(rng, run, seen),
    )
    return _spoilt(rng, turn, run) if rng.random() < 0.06 else turn


def _created(rng: Random, first: int) -> list[c.Command]:
    created: list[c.Command] = []
    for index in range(first, first + rng.choice((0, 1, 1, 1, 2, 3))):
        if rng.random() < 0.4:
            duration = timedelta(seconds=rng.choice((0, 1, 10, 90)))
            created.append(c.StartTimer(command=index, duration=duration))
        else:
            created.append(_activity(rng, index))
    return created


def _activity(rng: Random, index: int) -> c.ScheduleActivity:
    limits: dict[str, Any] = {}
    if rng.random() < 0.5:
        for name in ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout"):
            if rng.random() < 0.35:
                limits[name] = timedelta(seconds=rng.choice((1, 5, 20, 100)))
    if rng.random() < 0.5:
        limits["retry"] = RetryPolicy(
            maximum_attempts=rng.choice((0, 1, 2, 5)), non_retryable_error_types=("Fatal",)
        )
    return c.ScheduleActivity(command=index, activity_type="Charge", detached=rng.random() < 0.5, **limits)


def _cancels(rng: Random, run: Run, candidates: list[int]) -> list[c.CancelActivity | c.CancelTimer]:
    if not candidates or rng.random() < 0.75:
        return []
    index = rng.choice(candidates)
    is_timer = any(isinstance(x, e.TimerStarted) and x.command == index for x in run.history)
    return [c.CancelTimer(command=index) if is_timer else c.CancelActivity(command=index)]


def _ending(rng: Random) -> c.Ending:
    match rng.randrange(4):
        case 0:
            return c.FailWorkflow(failure=Failure(type="Boom"))
        case 1:
            return c.CancelWorkflow()
        case _:
            return c.CompleteWorkflow()


def a_wait(rng: Random, candidates: list[int]) -> Wait:
    """Any or all of some of what is open, often with a signal; or a signal alone."""
    luck = rng.random()
    if luck < 0.06:
        return Wait(anything=True)
    if not candidates or luck < 0.18:
        return Wait(any_signal=True) if luck < 0.12 else Wait(signals=frozenset((rng.choice(SIGNALS),)))
    named = frozenset(x for x in candidates if rng.random() < 0.6) or frozenset(candidates[:1])
    if luck < 0.5:
        return Wait(all=True, commands=named)
    return Wait(commands=named, signals=frozenset(SIGNALS[:1]) if luck < 0.65 else frozenset())


def _signals_taken(rng: Random, run: Run, seen: int) -> tuple[int, ...]:
    there = [
        x.number
        for x in run.history[:seen]
        if isinstance(x, e.SignalReceived) and x.number not in run.signals_taken
    ]
    return tuple(there[: rng.randrange(len(there) + 1)]) if there else ()


def _spoilt(rng: Random, turn: i.TurnCompleted, run: Run) -> i.TurnCompleted:
    """One thing about the turn is wrong."""
    match rng.randrange(8):
        case 0:
            return replace(turn, seen_through=run.state.last_event + 1)
        case 1:
            return replace(turn, seen_through=0)
        case 2:
            return replace(turn, delivery=turn.delivery + 1)
        case 3:
            return replace(turn, wait=NO_WAIT, commands=())
        case 4:
            return replace(turn, wait=Wait(commands=frozenset((99,))))
        case 5:
            return replace(turn, commands=(c.StartTimer(command=99, duration=timedelta(1)), *turn.commands))
        case 6:
            return replace(turn, commands=(c.CompleteWorkflow(), *turn.commands, c.CompleteWorkflow()))
        case _:
            return replace(turn, signals_taken=(*turn.signals_taken, 10_000, 10_001, 10_002, 10_003))
