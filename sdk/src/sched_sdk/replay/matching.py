"""What a turn's code has issued, against what history says it issued.

Compared: kind, order, index, activity type, and the queue where the code names one. Not compared: inputs, durations,
policies, results, so that these can be changed under running workflows.

Guarantees: a command without its event, an event without its command, and a difference raise NonDeterminismError with
event, command and location. Only a cancellation of what was done by then leaves no event.
"""

from collections.abc import Sequence

from sched_sdk.errors import NonDeterminismError
from sched_sdk.proto.v1 import common_pb2, history_pb2, worker_pb2
from sched_sdk.replay.ledger import Issued
from sched_sdk.replay.turns import History, kind_of

HistoryEvent = history_pb2.HistoryEvent

_EVENTS_OF: dict[str, tuple[str, ...]] = {
    "schedule_activity": ("activity_task_scheduled",),
    "start_timer": ("timer_started",),
    "cancel_timer": ("timer_canceled",),
    "cancel_activity": ("activity_task_cancel_requested", "activity_task_canceled"),
    "complete_workflow": ("workflow_execution_completed",),
    "fail_workflow": ("workflow_execution_failed",),
    "cancel_workflow": ("workflow_execution_canceled",),
}
_CANCELS = ("cancel_activity", "cancel_timer")


def match(history: History, completed: HistoryEvent, issued: Sequence[Issued], *, position: str) -> None:
    """Compares one turn. `position`: where its code stands now, to point at when it issues nothing further.

    Raises:
        NonDeterminismError: Code and history part.
    """
    own = history.after(completed)
    place = 0
    for event in own:
        place = _skip_idle(history, completed, issued, place, event)
        if place == len(issued):
            if not _is_own(history, event):
                return
            raise _superfluous(event, position)
        problem = _difference(history, issued[place], event)
        if problem:
            if event.HasField("workflow_execution_failed") and not _is_own(history, event):
                return
            if not _is_own(history, event):
                raise _missing(issued[place], f"event {event.number} is {event_name(event)}")
            raise _parted(event, issued[place], problem)
        place += 1
    for left in issued[place:]:
        if not _is_idle(history, completed, left):
            raise _missing(left, "history holds nothing further for it")


def event_name(event: HistoryEvent) -> str:
    """The name of an event as people know it, and which thing it tells of."""
    field = kind_of(event)
    told = getattr(event, field)
    name = "".join(part.capitalize() for part in field.split("_"))
    if field == "activity_task_scheduled":
        return f"{name} {told.activity_type} (command {told.command})"
    return f"{name} (command {told.command})" if hasattr(told, "command") else name


def command_name(command: worker_pb2.Command) -> str:
    """The name of a command as people know it, and which thing it is about."""
    field = str(command.WhichOneof("command"))
    told = getattr(command, field)
    name = "".join(part.capitalize() for part in field.split("_"))
    if field == "schedule_activity":
        return f"{name} {told.activity_type} (command {told.command})"
    if field == "fail_workflow":
        return f"{name} with {told.failure.type}: {told.failure.message}"
    return f"{name} (command {told.command})" if hasattr(told, "command") else name


def _skip_idle(
    history: History, completed: HistoryEvent, issued: Sequence[Issued], place: int, event: HistoryEvent
) -> int:
    while (
        place < len(issued)
        and _is_idle(history, completed, issued[place])
        and _difference(history, issued[place], event)
    ):
        place += 1
    return place


def _is_idle(history: History, completed: HistoryEvent, issued: Issued) -> bool:
    """A cancellation that found its thing done, or, of an activity, asked already."""
    field = str(issued.command.WhichOneof("command"))
    return field in _CANCELS and history.is_done_before(
        getattr(issued.command, field).command, completed.number
    )


def _is_own(history: History, event: HistoryEvent) -> bool:
    """Whether the event can only be of the turn. AX is also the late answer of an activity that was asked to stop,
    and a failure by a limit is the engine's."""
    if event.HasField("activity_task_canceled"):
        told = event.activity_task_canceled
        return not told.identity and not history.is_asked_before(told.command, event.number)
    if event.HasField("workflow_execution_failed"):
        return event.workflow_execution_failed.failure.kind != common_pb2.FAILURE_KIND_LIMIT
    return True


def _difference(history: History, issued: Issued, event: HistoryEvent) -> str:
    """What does not fit, or "" where all does."""
    field = str(issued.command.WhichOneof("command"))
    kind = kind_of(event)
    if kind not in _EVENTS_OF[field]:
        return "another kind of command"
    told, asked = getattr(event, kind), getattr(issued.command, field)
    if hasattr(asked, "command") and told.command != asked.command:
        return f"command {told.command} became command {asked.command}"
    if field == "schedule_activity":
        return _activity_difference(history, told, asked)
    return ""


def _activity_difference(
    history: History, told: history_pb2.ActivityTaskScheduled, asked: worker_pb2.ScheduleActivity
) -> str:
    if told.activity_type != asked.activity_type:
        return f"activity {told.activity_type} became {asked.activity_type}"
    here, before = asked.task_queue or history.task_queue, told.task_queue or history.task_queue
    return f"task queue {before} became {here}" if here != before else ""


def _parted(event: HistoryEvent, issued: Issued, problem: str) -> NonDeterminismError:
    now = command_name(issued.command)
    return NonDeterminismError(
        f"event {event.number} is {event_name(event)}, and the code now issues {now}: {problem}",
        event=f"{event.number} {event_name(event)}",
        command=now,
        location=issued.location,
    )


def _superfluous(event: HistoryEvent, position: str) -> NonDeterminismError:
    return NonDeterminismError(
        f"event {event.number} is {event_name(event)}, and the code now issues no command for it",
        event=f"{event.number} {event_name(event)}",
        location=position,
    )


def _missing(issued: Issued, instead: str) -> NonDeterminismError:
    now = command_name(issued.command)
    return NonDeterminismError(
        f"the code now issues {now}, and {instead}",
        event=instead,
        command=now,
        location=issued.location,
    )
