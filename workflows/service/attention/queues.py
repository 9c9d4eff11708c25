"""Task queues on which work waits and nobody works.

A queue with a backlog of which no task is in a worker's hand has no worker, or some that take nothing: which, tell
the workers that engines have written down.
"""

from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final, NamedTuple

from django.db import connection

from dispatch.models import Task
from workflows.core.keys import DEFAULT_NAMESPACE, TaskKind
from workflows.service.attention.finding import SHOWN, Finding, Found
from workflows.store import reader

PATIENCE: Final = timedelta(seconds=30)
"""Longer than a deployment of workers takes."""
QUEUES_MAX: Final = 500
"""Looked at, of each kind: from name to name by the index of waiting tasks."""
TASKS_MAX: Final = 200
"""Counted on each queue, so that as many queues as there may be are looked at while somebody waits."""
_NEXT: Final = """SELECT min(t.queue) FROM sched_tasks t
    WHERE t.namespace = %(namespace)s AND t.kind = %(kind)s AND t.owner IS NULL"""
_OLDEST: Final = """SELECT t.created_at, t.visible_at FROM sched_tasks t
    WHERE t.namespace = %(namespace)s AND t.kind = %(kind)s AND t.owner IS NULL AND t.queue = names.queue
    AND t.visible_at <= %(before)s ORDER BY t.created_at LIMIT %(tasks)s"""
_LOOK: Final = f"""WITH RECURSIVE names(queue) AS (
    SELECT ({_NEXT}) UNION ALL SELECT ({_NEXT} AND t.queue > names.queue) FROM names WHERE names.queue IS NOT NULL
) SELECT queue,
    (SELECT count(*) FROM ({_OLDEST}) AS counted),
    (SELECT min({{later}}(created_at, visible_at)) FROM ({_OLDEST}) AS seen)
FROM names WHERE queue IS NOT NULL LIMIT %(queues)s"""  # noqa: S608 - of constants
_TAKE_NOTHING: Final = "Look at the workers' logs: they are connected, and have no slot to spare or hang."
_WORK: Final = {TaskKind.WORKFLOW: "workflow tasks", TaskKind.ACTIVITY: "activities"}


class Waiting(NamedTuple):
    """Tasks of one kind on a queue; counted up to `TASKS_MAX`."""

    queue: str
    tasks: int
    since: datetime | None


class UnservedQueues:
    """By the indexes of waiting tasks and of leases."""

    slug: ClassVar = "queues"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        held = _held()
        workers = reader.workers_by_queue(DEFAULT_NAMESPACE)
        findings = [
            _finding(kind, waiting, workers[kind, waiting.queue])
            for kind in _WORK
            for waiting in _waiting(kind, now - PATIENCE)
            if waiting.tasks and (kind, waiting.queue) not in held
        ]
        return Found(
            slug=self.slug,
            title="Queues that nobody serves",
            findings=findings[:SHOWN],
            count=len(findings),
        )


def _waiting(kind: TaskKind, before: datetime) -> list[Waiting]:
    """On each queue that has such tasks, those that could be claimed since before then."""
    # Of parked ones the wait begins when they may be claimed again.
    later = "GREATEST" if connection.vendor == "postgresql" else "MAX"
    with connection.cursor() as cursor:
        cursor.execute(
            _LOOK.format(later=later),
            {
                "namespace": DEFAULT_NAMESPACE,
                "kind": kind,
                "queues": QUEUES_MAX,
                "tasks": TASKS_MAX,
                "before": connection.ops.adapt_datetimefield_value(before),
            },
        )
        return [Waiting(queue, count, _instant(since)) for queue, count, since in cursor.fetchall()]


def _instant(value: datetime | str | None) -> datetime | None:
    """SQLite has text, of UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value


def _held() -> set[tuple[int, str]]:
    rows = Task.objects.filter(owner__isnull=False, namespace=DEFAULT_NAMESPACE)
    return set(rows.order_by().values_list("kind", "queue").distinct())


def _finding(kind: TaskKind, waiting: Waiting, workers: int) -> Finding:
    more = " or more" if waiting.tasks == TASKS_MAX else ""
    many = (
        f"{waiting.tasks:,}{more} {_WORK[kind]} wait"
        if waiting.tasks > 1
        else f"One of the {_WORK[kind]} waits"
    )
    return Finding(
        says=f"{many} on the queue {waiting.queue}, and {_nobody(workers)}",
        since=waiting.since,
        advice=_TAKE_NOTHING if workers else f"Start a worker with TASK_QUEUE={waiting.queue}.",
        queue=waiting.queue,
    )


def _nobody(workers: int) -> str:
    if not workers:
        return "no worker is connected"
    return "its worker takes nothing" if workers == 1 else f"none of its {workers} workers takes anything"
