"""Evolve: one event folded into a state. The only place that knows what an event means for the facts.

`decide` applies every event it emits through here, so the kept state is the fold of the history by construction, and
`fold` rebuilds it from the events alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from workflows.core import events as e
from workflows.core.events import Event
from workflows.core.state import Activity, State, UserTimer
from workflows.core.values import NO_WAIT, Status


def fold(history: Iterable[Event]) -> State | None:
    """The facts that follow from a whole history, or None for an empty one."""
    state: State | None = None
    for event in history:
        state = evolve(state, event)
    return state


def evolve(state: State | None, event: Event) -> State:
    """Fold `event` into `state`, in place, and return it. The first event of a run makes its state."""
    if isinstance(event, e.WorkflowExecutionStarted):
        assert state is None, "a run starts once"
        return _started(event)
    assert state is not None, "a history begins with its start"
    assert event.number == state.last_event + 1, f"event {event.number} after {state.last_event}"
    _APPLY[type(event)](state, event)
    state.last_event = event.number
    state.last_event_at = event.at
    return state


def _started(event: e.WorkflowExecutionStarted) -> State:
    return State(
        namespace=event.namespace,
        workflow_id=event.workflow_id,
        run_id=event.run_id,
        workflow_type=event.workflow_type,
        task_queue=event.task_queue,
        started_at=event.at,
        execution_timeout=event.execution_timeout,
        last_event=event.number,
        last_event_at=event.at,
        turn_due=True,
    )


def _ended(state: State, event: Event) -> None:
    """The end closes all that the run still had open, but what may outlive it."""
    state.status = e.TERMINAL[type(event)]
    state.closed_at = event.at
    state.turn_due = False
    state.wait, state.wait_left = NO_WAIT, 0
    state.timers.clear()
    state.unseen.clear()
    keep = state.status.keeps_detached
    state.activities = {n: a for n, a in state.activities.items() if keep and a.detached}


def _turn(state: State, event: e.WorkflowTaskCompleted) -> None:
    """Take the turn's wait, then hold against it what had arrived without the turn knowing."""
    state.turns = event.turn
    state.turn_due = False
    state.seen_through = event.seen_through
    state.signals_open -= len(event.signals_taken)
    state.wait, state.wait_left = event.wait, len(event.wait.commands)
    state.unseen = [each for each in state.unseen if each.number > event.seen_through]
    for each in state.unseen:
        _answer_wait(state, each)


def _arrived(state: State, event: Event) -> None:
    """Something a turn may wait for."""
    if state.status is Status.RUNNING:
        state.unseen.append(event)
        _answer_wait(state, event)


def _answer_wait(state: State, event: Event) -> None:
    wait = state.wait
    match event:
        case e.WorkflowExecutionCancelRequested():
            state.turn_due = True
        case e.SignalReceived():
            if wait.any_signal or wait.anything or event.name in wait.signals:
                state.turn_due = True
        case e.TimerFired() | e.ActivityTaskCompleted():
            _answer_command(state, event.command, failed=False)
        case e.ActivityTaskFailed() | e.ActivityTaskCanceled() | e.ActivityTaskTimedOut():
            _answer_command(state, event.command, failed=True)


def _answer_command(state: State, command: int, *, failed: bool) -> None:
    if command in state.wait.commands:
        state.wait_left -= 1
        if failed or not state.wait.all or state.wait_left == 0:
            state.turn_due = True
    elif state.wait.anything:
        state.turn_due = True


def _cancel_requested(state: State, event: e.WorkflowExecutionCancelRequested) -> None:
    state.cancel_requested = True
    _arrived(state, event)


def _signal_received(state: State, event: e.SignalReceived) -> None:
    state.signals_open += 1
    _arrived(state, event)


def _activity_scheduled(state: State, event: e.ActivityTaskScheduled) -> None:
    state.commands = event.command + 1
    state.activities[event.number] = Activity(
        number=event.number,
        command=event.command,
        activity_type=event.activity_type,
        task_queue=event.task_queue,
        scheduled_at=event.at,
        retry=event.retry,
        start_to_close=event.start_to_close,
        schedule_to_start=event.schedule_to_start,
        schedule_to_close=event.schedule_to_close,
        heartbeat_timeout=event.heartbeat_timeout,
        detached=event.detached,
    )


def _activity_over(state: State, event: e.ActivityOutcome) -> None:
    del state.activities[event.scheduled]
    _arrived(state, event)


def _activity_retries(state: State, event: e.ActivityTaskRetryScheduled) -> None:
    activity = state.activities[event.scheduled]
    state.activities[event.scheduled] = replace(
        activity, attempt=event.attempt, backing_off=True, last_failure=event.failure
    )


def _activity_cancel_requested(state: State, event: e.ActivityTaskCancelRequested) -> None:
    activity = state.activities[event.scheduled]
    state.activities[event.scheduled] = replace(activity, cancel_requested=True)


def _timer_started(state: State, event: e.TimerStarted) -> None:
    state.commands = event.command + 1
    due_at = event.at + event.duration
    state.timers[event.number] = UserTimer(number=event.number, command=event.command, due_at=due_at)


def _timer_fired(state: State, event: e.TimerFired) -> None:
    del state.timers[event.started]
    _arrived(state, event)


def _timer_canceled(state: State, event: e.TimerCanceled) -> None:
    del state.timers[event.started]


_APPLY: dict[type[Event], Callable[[State, Any], None]] = {
    **dict.fromkeys(e.TERMINAL, _ended),
    e.WorkflowTaskCompleted: _turn,
    e.WorkflowExecutionCancelRequested: _cancel_requested,
    e.SignalReceived: _signal_received,
    e.ActivityTaskScheduled: _activity_scheduled,
    e.ActivityTaskCompleted: _activity_over,
    e.ActivityTaskFailed: _activity_over,
    e.ActivityTaskCanceled: _activity_over,
    e.ActivityTaskTimedOut: _activity_over,
    e.ActivityTaskRetryScheduled: _activity_retries,
    e.ActivityTaskCancelRequested: _activity_cancel_requested,
    e.TimerStarted: _timer_started,
    e.TimerFired: _timer_fired,
    e.TimerCanceled: _timer_canceled,
}
