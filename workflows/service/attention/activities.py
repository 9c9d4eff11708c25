"""Activities that fail again and again, and those that workers give back."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, ClassVar, Final

from django.db.models import Q

from dispatch.models import Task
from timers.models import Timer
from workflows.codec import values as codec
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind, TimerKind
from workflows.models import Activity, Execution
from workflows.service.attention.finding import SHOWN, Finding, Found, counted
from workflows.service.attention.parked import advice_for
from workflows.service.failure_text import failure_text
from workflows.store import reader
from workflows.store.reader.damage import Damage

ATTEMPTS_MIN: Final = 3
"""The attempt from which on it is told, in hand or failed: twice may be chance."""
type Place = tuple[Any, int]
"""Of an activity: run id and number."""


class FailingActivities:
    """In hand or waiting by their tasks, backing off by their timers; an index of each."""

    slug: ClassVar = "failing"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        tasks = Task.objects.filter(
            namespace=DEFAULT_NAMESPACE, kind=TaskKind.ACTIVITY, attempt__gte=ATTEMPTS_MIN
        ).order_by("created_at")
        timers = Timer.objects.filter(
            namespace=DEFAULT_NAMESPACE, kind=TimerKind.RETRY, stamp__gte=ATTEMPTS_MIN
        ).order_by("due_at")
        in_hand: list[tuple[Any, int, datetime | None]] = [
            (run, number, None) for run, number in tasks.values_list("run_id", "number")[:SHOWN]
        ]
        resting = list(timers.values_list("run_id", "number", "due_at")[:SHOWN])
        return Found(
            slug=self.slug,
            title="Activities that keep failing",
            findings=_failing([*in_hand, *resting][:SHOWN], payloads=payloads),
            count=counted(tasks, len(in_hand)) + counted(timers, len(resting)),
        )


class ReturnedActivities:
    """By the index of tasks with a problem."""

    slug: ClassVar = "returned"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        rows = Task.objects.filter(
            namespace=DEFAULT_NAMESPACE, kind=TaskKind.ACTIVITY, problem__isnull=False
        ).order_by("created_at")
        listed = list(rows[:SHOWN])
        known = _activities([(row.run_id, row.number) for row in listed])
        findings = [_returned(row, known.get((row.run_id, row.number)), payloads=payloads) for row in listed]
        return Found(
            slug=self.slug,
            title="Activities that workers give back",
            findings=findings,
            count=counted(rows, len(findings)),
        )


def _failing(places: list[tuple[Any, int, datetime | None]], *, payloads: bool) -> list[Finding]:
    known = _activities([(run, number) for run, number, _ in places])
    names = _workflow_ids(run for run, _, _ in places)
    return [
        _failed(known[run, number], names.get(run, ""), due_at, payloads=payloads)
        for run, number, due_at in places
        if (run, number) in known
    ]


def _failed(row: Activity, workflow_id: str, due_at: datetime | None, *, payloads: bool) -> Finding:
    failure = Damage(str(row.run_id)).read("failure", codec.failure_from, row.last_failure)
    told = f": {failure_text(failure, payloads=payloads)}" if failure else ""
    then = f"the next begins at {due_at:%H:%M:%S} UTC" if due_at else f"attempt {row.attempt} is under way"
    failed = row.attempt if due_at else row.attempt - 1
    return Finding(
        says=f"{row.activity_type} on {row.task_queue} has failed {failed} times, and {then}{told}",
        since=row.scheduled_at,
        advice="Repair what it calls: it goes on by itself. Or cancel the execution.",
        workflow_id=workflow_id,
        run_id=str(row.run_id),
    )


def _returned(row: Task, activity: Activity | None, *, payloads: bool) -> Finding:
    problem = reader.problem_shown(row.problem or "", payloads=payloads)
    name = activity.activity_type if activity else f"Activity {row.number}"
    return Finding(
        says=f"{name} on {row.queue} came back from its worker: {problem}",
        since=row.created_at,
        advice=advice_for(problem).replace("workflow type", "activity"),
        workflow_id=row.workflow_id,
        run_id=str(row.run_id),
    )


def _activities(places: list[Place]) -> dict[Place, Activity]:
    """By their keys: one statement."""
    if not places:
        return {}
    rows = Activity.objects.filter(run_id__in={run for run, _ in places}, number__in={n for _, n in places})
    return {(row.run_id, row.number): row for row in rows}


def _workflow_ids(runs: Iterable[Any]) -> dict[Any, str]:
    rows = Execution.objects.filter(Q(run_id__in=set(runs)))
    return dict(rows.values_list("run_id", "workflow_id"))
