"""Which events can end a wait: what a turn that has not seen all needs of the history."""

from workflows.codec.events import TYPE_NUMBERS
from workflows.core import events as e

WAITED_FOR = tuple(
    TYPE_NUMBERS[kind]
    for kind in (
        e.WorkflowExecutionCancelRequested,
        e.ActivityTaskCompleted,
        e.ActivityTaskFailed,
        e.ActivityTaskCanceled,
        e.ActivityTaskTimedOut,
        e.TimerFired,
        e.SignalReceived,
    )
)
"""Values of `sched_events.type`."""
