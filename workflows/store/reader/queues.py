"""Load of the task queues, from the rows of the tasks that are outstanding."""

from django.db.models import Count, Min, Q

from dispatch.dialect import run_id_of
from dispatch.models import Task
from workflows.core.keys import TaskKind
from workflows.store.reader.rows import rows_of
from workflows.store.reader.values import QueueLoad

_KINDS = frozenset(TaskKind)


def queues(namespace: str, queue: str = "") -> list[QueueLoad]:
    """Load by queue and kind, in that order; of one queue if named. A queue without work is not known here."""
    tasks = Task.objects.filter(namespace=namespace)
    if queue:
        tasks = tasks.filter(queue=queue)
    waiting = Q(owner__isnull=True)
    rows = (
        tasks.values_list("queue", "kind")
        .annotate(
            # The rows have a composite key, so a column of theirs is counted.
            backlog=Count("queue", filter=waiting),
            oldest_at=Min("created_at", filter=waiting),
            in_flight=Count("queue", filter=~waiting),
        )
        .order_by("queue", "kind")
    )
    return [
        QueueLoad(queue=name, kind=TaskKind(kind), backlog=backlog, oldest_at=oldest_at, in_flight=in_flight)
        for name, kind, backlog, oldest_at, in_flight in rows
        if kind in _KINDS  # a damaged row hides no queue
    ]


def waiting_inboxes(limit: int) -> list[str]:
    """Runs whose inbox holds something that no batch has drained, those that waited longest first."""
    rows = rows_of("SELECT run_id FROM sched_inbox GROUP BY run_id ORDER BY min(id) LIMIT %s", limit)
    return [run_id_of(run_id) for (run_id,) in rows]
