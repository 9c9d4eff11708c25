"""A completed turn: the events of its commands in order, and what it waits for. One commit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from workflows.core import commands as c
from workflows.core import events as e
from workflows.core.decide.held import held_task
from workflows.core.draft import Draft
from workflows.core.inputs import TurnCompleted
from workflows.core.keys import TaskKind
from workflows.core.rejection import Code, Rejected
from workflows.core.transition import Transition, TurnRecorded
from workflows.core.values import NO_WAIT

_ZERO = timedelta(0)


def decide(draft: Draft, given: TurnCompleted) -> Transition:
    if given.key.kind is not TaskKind.WORKFLOW:
        raise Rejected(Code.STALE_TASK, "the token is not of a workflow task", run_id=given.key.run_id)
    held_task(draft, given.key, given.delivery)
    return draft.finish(carry_out(draft, given))


def carry_out(draft: Draft, given: TurnCompleted) -> TurnRecorded:
    """The run's next turn, whoever may do it.

    Raises:
        Rejected: the turn contradicts the run; nothing of it was carried out.
    """
    ends = bool(given.commands) and isinstance(given.commands[-1], _ENDS)
    _check(draft, given, ends=ends)
    draft.emit(
        e.WorkflowTaskCompleted,
        turn=draft.state.turns + 1,
        seen_through=given.seen_through,
        wait=NO_WAIT if ends else given.wait,
        signals_taken=given.signals_taken,
        identity=given.identity,
        build=given.build,
        delivery=given.delivery,
    )
    for command in given.commands:
        _CARRY_OUT[type(command)](draft, command)
    return TurnRecorded(numbers=_numbers(draft), last_event=draft.state.last_event)


def _numbers(draft: Draft) -> tuple[tuple[int, int], ...]:
    return tuple([(each.command, each.number) for each in draft.events if isinstance(each, _CREATED)])


def _check(draft: Draft, given: TurnCompleted, *, ends: bool) -> None:
    """Refuse a turn that contradicts the run, before anything of it is carried out."""
    state = draft.state
    first = max(1, state.seen_through)
    if not first <= given.seen_through <= state.last_event:
        raise _invalid(given, f"seen_through: {given.seen_through}: must be {first} to {state.last_event}")
    index, final = state.commands, len(given.commands) - 1
    for position, command in enumerate(given.commands):
        fault = _fault(command, index, is_last=position == final)
        if fault:
            raise _invalid(given, f"commands[{position}]{fault}")
        index += isinstance(command, _CREATES)
    _check_wait(given, index, ends=ends)
    if given.signals_taken:
        _check_signals(draft, given)


_ENDS = (c.CompleteWorkflow, c.FailWorkflow, c.CancelWorkflow)
_CREATES = (c.ScheduleActivity, c.StartTimer)
_CREATED = (e.ActivityTaskScheduled, e.TimerStarted)
_CANCELS = (c.CancelActivity, c.CancelTimer)
_LIMITS = ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout")


def _fault(command: c.Command, index: int, *, is_last: bool) -> str:
    """What is wrong with a command that would take `index` if it created something; empty if nothing is."""
    if isinstance(command, _CREATES):
        return (
            f".command: {command.command}: must be {index}" if command.command != index else _limit(command)
        )
    if isinstance(command, _CANCELS):
        known = 0 <= command.command < index
        return (
            "" if known else f".command: {command.command}: must be that of an earlier command, below {index}"
        )
    return "" if is_last else f": {type(command).__name__}: must be the last, since it ends the run"


def _limit(command: c.ScheduleActivity | c.StartTimer) -> str:
    if isinstance(command, c.StartTimer):
        return "" if command.duration >= _ZERO else f".duration: {command.duration}: must not be negative"
    for name in _LIMITS:
        limit = getattr(command, name)
        if limit is not None and limit <= _ZERO:
            return f".{name}: {limit}: must be positive"
    return ""


def _check_wait(given: TurnCompleted, commands: int, *, ends: bool) -> None:
    """An open execution always has a named wait; and it waits only for what exists."""
    if not ends and not given.wait.is_named:
        raise _invalid(given, "wait: empty: a turn that does not end the run must name what it waits for")
    for index in sorted(given.wait.commands):
        if not 0 <= index < commands:
            raise _invalid(
                given, f"wait.commands: {index}: must be that of a command of the run, below {commands}"
            )


def _check_signals(draft: Draft, given: TurnCompleted) -> None:
    """Which events are signals, the header does not tell; how many no turn has taken, it does."""
    taken, there = given.signals_taken, draft.state.signals_open
    if len(taken) > there:
        rule = f"the run has {there} signals that no turn has taken"
        raise _invalid(given, f"signals_taken: {len(taken)} numbers: {rule}")
    if len(set(taken)) < len(taken):
        raise _invalid(given, f"signals_taken: {taken}: must name each signal once")
    unseen = [number for number in taken if not 1 < number <= given.seen_through]
    if unseen:
        rule = f"must be an event that the turn was given, 2 to {given.seen_through}"
        raise _invalid(given, f"signals_taken: {unseen[0]}: {rule}")


def _invalid(given: TurnCompleted, message: str) -> Rejected:
    return Rejected(Code.INVALID_TURN, f"turn.{message}", run_id=given.key.run_id)


def _schedule(draft: Draft, command: c.ScheduleActivity) -> None:
    draft.emit(
        e.ActivityTaskScheduled,
        command=command.command,
        activity_type=command.activity_type,
        task_queue=command.task_queue or draft.state.task_queue,
        input=command.input,
        retry=command.retry,
        start_to_close=command.start_to_close,
        schedule_to_start=command.schedule_to_start,
        schedule_to_close=command.schedule_to_close,
        heartbeat_timeout=command.heartbeat_timeout,
        detached=command.detached,
        headers=command.headers,
    )


def _start_timer(draft: Draft, command: c.StartTimer) -> None:
    draft.emit(
        e.TimerStarted, command=command.command, duration=command.duration, signal_wait=command.signal_wait
    )


def _cancel_activity(draft: Draft, command: c.CancelActivity) -> None:
    """Gone already: nothing. In no worker's hands: over at once. Running: asked to stop, and the turn goes on."""
    activity = next((a for a in draft.state.activities.values() if a.command == command.command), None)
    if activity is None or activity.cancel_requested:
        return
    task = draft.state.tasks.get(activity.task_key(draft.state.run_id))
    if not activity.backing_off and task is not None and task.is_held:
        draft.emit(e.ActivityTaskCancelRequested, scheduled=activity.number, command=activity.command)
    else:
        draft.emit(e.ActivityTaskCanceled, scheduled=activity.number, command=activity.command)


def _cancel_timer(draft: Draft, command: c.CancelTimer) -> None:
    timer = next((t for t in draft.state.timers.values() if t.command == command.command), None)
    if timer is not None:
        draft.emit(e.TimerCanceled, started=timer.number, command=timer.command)


def _complete(draft: Draft, command: c.CompleteWorkflow) -> None:
    draft.emit(e.WorkflowExecutionCompleted, result=command.result)


def _fail(draft: Draft, command: c.FailWorkflow) -> None:
    draft.emit(e.WorkflowExecutionFailed, failure=command.failure)


def _cancel_workflow(draft: Draft, command: c.CancelWorkflow) -> None:
    draft.emit(e.WorkflowExecutionCanceled, details=command.details)


_CARRY_OUT: dict[type[Any], Callable[[Draft, Any], None]] = {
    c.ScheduleActivity: _schedule,
    c.StartTimer: _start_timer,
    c.CancelActivity: _cancel_activity,
    c.CancelTimer: _cancel_timer,
    c.CompleteWorkflow: _complete,
    c.FailWorkflow: _fail,
    c.CancelWorkflow: _cancel_workflow,
}
