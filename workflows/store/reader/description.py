"""A run described: input and outcome, and all that it waits for. Five statements, one more where signals are kept."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from dispatch.models import Task
from timers.models import Timer
from workflows.codec import values as codec
from workflows.codec.events import TYPE_NUMBERS, decode
from workflows.core import events as e
from workflows.core.keys import TaskKind, TimerKind
from workflows.models import Activity, Event
from workflows.store.outcome import Outcome, outcome_of
from workflows.store.reader.executions import payload_or_none
from workflows.store.reader.history import TERMINAL_TYPES
from workflows.store.reader.values import (
    ActivityState,
    Description,
    Execution,
    PendingActivity,
    PendingSignal,
    PendingTimer,
    PendingWorkflowTask,
)

Tasks = dict[tuple[int, int, int], Task]
"""By kind, number and attempt."""


def describe(execution: Execution) -> Description:
    """All that is known of a run but its history."""
    run_id = execution.run_id
    start = Event.objects.filter(run_id=run_id, seq=1).values_list("data", flat=True).first()
    started = None if start is None else decode(bytes(start))
    outcome = None if execution.is_open else _outcome(run_id)
    tasks: Tasks = {(row.kind, row.number, row.attempt): row for row in Task.objects.filter(run_id=run_id)}
    kinds = [TimerKind.USER, TimerKind.RETRY]
    timers = list(Timer.objects.filter(run_id=run_id, kind__in=kinds).order_by("due_at", "number"))
    retries = {row.number: row.due_at for row in timers if row.kind == TimerKind.RETRY}
    return Description(
        execution=execution,
        input=started.input if isinstance(started, e.WorkflowExecutionStarted) else None,
        result=outcome.result if outcome else None,
        failure=outcome.failure if outcome else None,
        activities=tuple(
            _activity(row, tasks.get((TaskKind.ACTIVITY, row.number, row.attempt)), retries.get(row.number))
            for row in Activity.objects.filter(run_id=run_id).order_by("number")
        ),
        timers=tuple(
            PendingTimer(number=row.number, due_at=row.due_at) for row in timers if row.kind == TimerKind.USER
        ),
        signals=_signals(run_id) if execution.signals_open and execution.is_open else (),
        workflow_task=_workflow_task(tasks),
    )


def _outcome(run_id: str) -> Outcome | None:
    ends = Event.objects.filter(run_id=run_id, type__in=TERMINAL_TYPES).order_by("-seq")
    data = ends.values_list("data", flat=True).first()
    return None if data is None else outcome_of(run_id, decode(bytes(data)))


def _activity(row: Activity, task: Task | None, next_attempt_at: datetime | None) -> PendingActivity:
    return PendingActivity(
        number=row.number,
        activity_type=row.activity_type,
        task_queue=row.task_queue,
        state=_state(row, task),
        attempt=row.attempt,
        delivery=task.delivery if task else 0,
        scheduled_at=row.scheduled_at,
        worker=(task.owner or "") if task else "",
        started_at=task.claimed_at if task else None,
        heartbeat_at=task.heartbeat_at if task else None,
        heartbeat_details=payload_or_none(task.heartbeat_details) if task else None,
        last_failure=None if row.last_failure is None else codec.failure_from(bytes(row.last_failure)),
        next_attempt_at=next_attempt_at if row.backing_off else None,
        problem=(task.problem or "") if task else "",
    )


def _state(row: Activity, task: Task | None) -> ActivityState:
    if row.cancel_requested:
        return ActivityState.CANCEL_REQUESTED
    if row.backing_off:
        return ActivityState.BACKING_OFF
    return ActivityState.STARTED if task and task.owner is not None else ActivityState.SCHEDULED


def _workflow_task(tasks: Tasks) -> PendingWorkflowTask | None:
    row = next((task for (kind, _, _), task in tasks.items() if kind == TaskKind.WORKFLOW), None)
    if row is None:
        return None
    parked = row.owner is None and row.visible_at > row.created_at
    return PendingWorkflowTask(
        turn=row.number,
        delivery=row.delivery,
        worker=row.owner or "",
        problem=row.problem or "",
        next_delivery_at=row.visible_at if parked else None,
    )


def _signals(run_id: str | UUID) -> tuple[PendingSignal, ...]:
    """Those that no turn has listed. Reads the run's signals and turns, so it costs what its history does."""
    received, turns = TYPE_NUMBERS[e.SignalReceived], TYPE_NUMBERS[e.WorkflowTaskCompleted]
    rows = Event.objects.filter(Q(type=received) | Q(type=turns), run_id=run_id).order_by("seq")
    kept: dict[int, PendingSignal] = {}
    for data in rows.values_list("data", flat=True):
        event = decode(bytes(data))
        if isinstance(event, e.SignalReceived):
            kept[event.number] = PendingSignal(
                number=event.number, name=event.name, payload=event.payload, received_at=event.at
            )
        elif isinstance(event, e.WorkflowTaskCompleted):
            for number in event.signals_taken:
                kept.pop(number, None)
    return tuple(kept.values())
