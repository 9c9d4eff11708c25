"""A run described: input and outcome, and all that it waits for. Five statements, one more where signals are kept.

What of it cannot be read is left out, and told as the execution's `damage`.
"""

from dataclasses import replace
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
from workflows.store.reader.damage import Damage
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
    damage = Damage(execution.run_id)
    found = _described(execution, damage)
    if not damage.problem:
        return found
    told = "; ".join(filter(None, (execution.damage, damage.problem)))
    return replace(found, execution=replace(execution, damage=told, problem=told))


def has_activities(run_id: str) -> bool:
    """Whether any activity of the run is open: detached ones outlive it."""
    return Activity.objects.filter(run_id=run_id).exists()


def _described(execution: Execution, damage: Damage) -> Description:
    run_id = execution.run_id
    start = Event.objects.filter(run_id=run_id, seq=1).values_list("data", flat=True).first()
    started = damage.read("its start", decode, start)
    outcome = None if execution.is_open else _outcome(run_id, damage)
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
            _activity(
                row,
                tasks.get((TaskKind.ACTIVITY, row.number, row.attempt)),
                retries.get(row.number),
                damage,
            )
            for row in Activity.objects.filter(run_id=run_id).order_by("number")
        ),
        timers=tuple(
            PendingTimer(number=row.number, due_at=row.due_at) for row in timers if row.kind == TimerKind.USER
        ),
        signals=_signals(run_id, damage) if execution.signals_open and execution.is_open else (),
        workflow_task=_workflow_task(tasks),
    )


def _outcome(run_id: str, damage: Damage) -> Outcome | None:
    ends = Event.objects.filter(run_id=run_id, type__in=TERMINAL_TYPES).order_by("-seq")
    data = ends.values_list("data", flat=True).first()
    return damage.read("its end", lambda stored: outcome_of(run_id, decode(stored)), data)


def _activity(
    row: Activity, task: Task | None, next_attempt_at: datetime | None, damage: Damage
) -> PendingActivity:
    name = f"activity {row.number}"
    details = task.heartbeat_details if task else None
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
        heartbeat_details=damage.read(f"the heartbeat of {name}", codec.payload_from, details),
        last_failure=damage.read(f"the failure of {name}", codec.failure_from, row.last_failure),
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


def _signals(run_id: str | UUID, damage: Damage) -> tuple[PendingSignal, ...]:
    """Those that no turn has listed. Reads the run's signals and turns, so it costs what its history does."""
    received, turns = TYPE_NUMBERS[e.SignalReceived], TYPE_NUMBERS[e.WorkflowTaskCompleted]
    rows = Event.objects.filter(Q(type=received) | Q(type=turns), run_id=run_id).order_by("seq")
    kept: dict[int, PendingSignal] = {}
    for number, data in rows.values_list("seq", "data"):
        event = damage.read(f"event {number}", decode, data)
        if isinstance(event, e.SignalReceived):
            kept[event.number] = PendingSignal(
                number=event.number, name=event.name, payload=event.payload, received_at=event.at
            )
        elif isinstance(event, e.WorkflowTaskCompleted):
            for taken in event.signals_taken:
                kept.pop(taken, None)
    return tuple(kept.values())
