"""Events in sentences, for who reads a history at night. Their attributes stand below each in full.

Messages of failures are made of payloads as a rule: who may not see those reads sentences without them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from workflows.admin.texts import span_text
from workflows.core import events as e
from workflows.core.values import Wait
from workflows.service.failure_text import failure_text

type Names = Mapping[int, str]
"""What activities are called, by the number of the event that scheduled them."""


def names_of(events: list[Any]) -> Names:
    """Of those that are scheduled among these events."""
    return {each.number: each.activity_type for each in events if isinstance(each, e.ActivityTaskScheduled)}


def sentence(event: e.Event, names: Names, *, payloads: bool) -> str:
    """Empty for an event of a newer version."""
    found = _SENTENCES.get(type(event))
    return found(event if payloads else _without_message(event), names) if found else ""


def _without_message(event: Any) -> Any:
    failure = getattr(event, "failure", None)
    return event if failure is None else replace(event, failure=replace(failure, message=""))


def _activity(event: Any, names: Names) -> str:
    return names.get(event.scheduled, f"Activity {event.scheduled}")


def _by(event: Any) -> str:
    return f" by {event.identity}" if event.identity else ""


def _because(event: Any) -> str:
    return f": {event.reason}" if event.reason else ""


def _waits_for(wait: Wait) -> str:
    parts = []
    if wait.commands:
        parts.append("activities or timers")
    if wait.any_signal:
        parts.append("any signal")
    elif wait.signals:
        parts.append(f"the signal {' or '.join(sorted(wait.signals))}")
    return f", now waits for {' or '.join(parts)}" if parts else ""


_SENTENCES: Final[Mapping[type[e.Event], Callable[[Any, Names], str]]] = {
    e.WorkflowExecutionStarted: lambda event, _: (
        f"{event.workflow_type} started on {event.task_queue}{_by(event)}"
    ),
    e.WorkflowExecutionCompleted: lambda _, __: "Completed",
    e.WorkflowExecutionFailed: lambda event, _: f"Failed: {failure_text(event.failure)}",
    e.WorkflowExecutionTimedOut: lambda event, _: f"Timed out after {span_text(event.execution_timeout)}",
    e.WorkflowExecutionCancelRequested: lambda event, _: f"Asked to stop{_by(event)}{_because(event)}",
    e.WorkflowExecutionCanceled: lambda _, __: "Stopped, as it was asked to",
    e.WorkflowExecutionTerminated: lambda event, _: f"Terminated{_by(event)}{_because(event)}",
    e.WorkflowTaskCompleted: lambda event, _: f"Turn {event.turn}{_by(event)}{_waits_for(event.wait)}",
    e.ActivityTaskScheduled: lambda event, _: f"{event.activity_type} scheduled on {event.task_queue}",
    e.ActivityTaskCompleted: lambda event, names: (
        f"{_activity(event, names)} completed, attempt {event.attempt}"
    ),
    e.ActivityTaskFailed: lambda event, names: (
        f"{_activity(event, names)} failed for good, attempt {event.attempt}: {failure_text(event.failure)}"
    ),
    e.ActivityTaskCanceled: lambda event, names: f"{_activity(event, names)} stopped, as it was asked to",
    e.ActivityTaskTimedOut: lambda event, names: (
        f"{_activity(event, names)} timed out, attempt {event.attempt}: {failure_text(event.failure)}"
    ),
    e.ActivityTaskRetryScheduled: lambda event, names: (
        f"{_activity(event, names)} failed, attempt {event.attempt}, the next in {span_text(event.delay)}: "
        f"{failure_text(event.failure)}"
    ),
    e.ActivityTaskCancelRequested: lambda event, names: f"{_activity(event, names)} is asked to stop",
    e.TimerStarted: lambda event, _: (
        f"{'Waits for a signal' if event.signal_wait else 'Timer of'} {'at most ' if event.signal_wait else ''}"
        f"{span_text(event.duration)}"
    ),
    e.TimerFired: lambda event, _: f"Timer {event.started} fired",
    e.TimerCanceled: lambda event, _: f"Timer {event.started} is no longer wanted",
    e.SignalReceived: lambda event, _: f"Signal {event.name}{_by(event)}",
}
