"""Task queues on which work waits and nobody works.

A queue with a backlog of which no task is in a worker's hand has no worker, or some that take nothing: which, tell
the workers that engines have written down.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import connection
from django.db.models import Count, Min, QuerySet
from django.db.models.functions import Greatest

from dispatch.models import Task
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind
from workflows.service.attention.finding import COUNTED, SHOWN, Finding, Found
from workflows.store import reader

PATIENCE: Final = timedelta(seconds=30)
"""Longer than a deployment of workers takes."""
QUEUES_MAX: Final = 500
"""Looked at, of each kind: from name to name by the index of waiting tasks."""
_NEXT: Final = """SELECT min(t.queue) FROM sched_tasks t
    WHERE t.namespace = %(namespace)s AND t.kind = %(kind)s AND t.owner IS NULL"""
_NAMES: Final = f"""WITH RECURSIVE names(queue) AS (
    SELECT ({_NEXT}) UNION ALL SELECT ({_NEXT} AND t.queue > names.queue) FROM names WHERE names.queue IS NOT NULL
) SELECT queue FROM names LIMIT %(most)s"""  # noqa: S608 - of constants
_TAKE_NOTHING: Final = "Look at the workers' logs: they are connected, and have no slot to spare or hang."
_WORK: Final = {TaskKind.WORKFLOW: "workflow tasks", TaskKind.ACTIVITY: "activities"}


class UnservedQueues:
    """By the indexes of waiting tasks and of leases."""

    slug: ClassVar = "queues"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        held = _held()
        workers = Counter((each.kind, each.queue) for each in reader.workers(DEFAULT_NAMESPACE))
        findings = [
            finding
            for kind in _WORK
            for queue in _queues(kind)
            if (kind, queue) not in held
            and (finding := _finding(kind, queue, now, workers[kind, queue])) is not None
        ]
        return Found(
            slug=self.slug,
            title="Queues that nobody serves",
            findings=findings[:SHOWN],
            count=len(findings),
        )


def _waiting(kind: TaskKind) -> QuerySet[Task]:
    return Task.objects.filter(namespace=DEFAULT_NAMESPACE, kind=kind, owner__isnull=True)


def _queues(kind: TaskKind) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, {"namespace": DEFAULT_NAMESPACE, "kind": kind, "most": QUEUES_MAX})
        return [queue for (queue,) in cursor.fetchall() if queue is not None]


def _held() -> set[tuple[int, str]]:
    rows = Task.objects.filter(owner__isnull=False, namespace=DEFAULT_NAMESPACE)
    return set(rows.order_by().values_list("kind", "queue").distinct())


def _finding(kind: TaskKind, queue: str, now: datetime, workers: int) -> Finding | None:
    # Of parked ones the wait begins when they may be claimed again.
    rows = _waiting(kind).filter(queue=queue, visible_at__lte=now - PATIENCE).order_by("created_at")
    since = Min(Greatest("created_at", "visible_at"))
    found = rows[:COUNTED].aggregate(count=Count("queue"), since=since)
    count = found["count"]
    if not count:
        return None
    many = f"{count:,} {_WORK[kind]} wait" if count > 1 else f"One of the {_WORK[kind]} waits"
    return Finding(
        says=f"{many} on the queue {queue}, and {_nobody(workers)}",
        since=found["since"],
        advice=_TAKE_NOTHING if workers else f"Start a worker with TASK_QUEUE={queue}.",
        queue=queue,
    )


def _nobody(workers: int) -> str:
    if not workers:
        return "no worker is connected"
    return "its worker takes nothing" if workers == 1 else f"none of its {workers} workers takes anything"
