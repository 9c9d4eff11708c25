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


def decide(draft: Draft, given: TurnCompleted) -> Transition:
    if given.key.kind is not TaskKind.WORKFLOW:
        raise Rejected(Code.STALE_TASK, "the token is not of a workflow task", run_id=given.key.run_id)
    held_task(draft, given.key, given.delivery)
    _check(draft, given)
    ends = bool(given.commands) and isinstance(given.commands[-1], c.Ending)
    draft.emit(
        e.WorkflowTaskCompleted,
        turn=given.key.number,
        seen_through=given.seen_through,
        wait=NO_WAIT if ends else given.wait,
        signals_taken=given.signals_taken,
        identity=given.identity,
        build=given.build,
        delivery=given.delivery,
    )
    for command in given.commands:
        _CARRY_OUT[type(command)](draft, command)
    return draft.finish(TurnRecorded(numbers=_numbers(draft), last_event=draft.state.last_event))


def _numbers(draft: Draft) -> tuple[tuple[int, int], ...]:
    created = (each for each in draft.events if isinstance(each, e.ActivityTaskScheduled | e.TimerStarted))
    return tuple((each.command, each.number) for each in created)


def _check(draft: Draft, given: TurnCompleted) -> None:
    """Refuse a turn that contradicts the run, before anything of it is carried out."""
    state = draft.state
    if not state.seen_through <= given.seen_through <= state.last_event or given.seen_through < 1:
        rule = f"must be {max(1, state.seen_through)} to {state.last_event}"
        raise _invalid(given, f"turn.seen_through: {given.seen_through}: {rule}")
    index = state.commands
    for position, command in enumerate(given.commands):
        if isinstance(command, c.ScheduleActivity | c.StartTimer):
            if command.command != index:
                raise _invalid(
                    given, f"turn.commands[{position}].command: {command.command}: must be {index}"
                )
            index += 1
        elif isinstance(command, c.Ending) and position != len(given.commands) - 1:
            raise _invalid(
                given, f"turn.commands[{position}]: the command that ends the run must be the last"
            )
        _check_limits(given, position, command)
    _check_wait(draft, given, index)


def _check_limits(given: TurnCompleted, position: int, command: c.Command) -> None:
    if isinstance(command, c.StartTimer) and command.duration < timedelta(0):
        raise _invalid(given, f"turn.commands[{position}].duration: {command.duration}: must not be negative")
    if isinstance(command, c.ScheduleActivity):
        for name in ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout"):
            limit = getattr(command, name)
            if limit is not None and limit <= timedelta(0):
                raise _invalid(given, f"turn.commands[{position}].{name}: {limit}: must be positive")


def _check_wait(draft: Draft, given: TurnCompleted, commands: int) -> None:
    """An open execution always has a named wait; and it waits only for what exists."""
    state = draft.state
    wait = given.wait
    if not (given.commands and isinstance(given.commands[-1], c.Ending)) and not wait.is_named:
        raise _invalid(
            given, "turn.wait: empty: a turn that does not end the run must name what it waits for"
        )
    unknown = [index for index in wait.commands if not 0 <= index < commands]
    if unknown:
        raise _invalid(given, f"turn.wait.commands: {min(unknown)}: must be 0 to {commands - 1}")
    if len(given.signals_taken) > state.signals_open:
        rule = f"the run has {state.signals_open} signals that no turn has taken"
        raise _invalid(given, f"turn.signals_taken: {len(given.signals_taken)} numbers: {rule}")


def _invalid(given: TurnCompleted, message: str) -> Rejected:
    return Rejected(Code.INVALID_TURN, message, run_id=given.key.run_id)


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
