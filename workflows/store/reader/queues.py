"""Load of the task queues, from the rows of the tasks that are outstanding."""

from django.db.models import Count, Min, Q

from dispatch.dialect import instant_of, run_id_of
from dispatch.models import Task
from workflows.core.keys import TaskKind
from workflows.store.inbox import KNOWN_KINDS
from workflows.store.reader.rows import rows_of
from workflows.store.reader.values import QueueLoad, WaitingInbox

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


_WAITING = f"""SELECT run_id, max(CASE WHEN kind IN ({KNOWN_KINDS}) THEN 0 ELSE kind END),
    min(CASE WHEN kind IN ({KNOWN_KINDS}) THEN 0 ELSE 1 END), min(created_at)
    FROM sched_inbox WHERE kind > 0 GROUP BY run_id ORDER BY 3, min(id) LIMIT %s"""  # noqa: S608 - constants


def waiting_inboxes(limit: int) -> list[WaitingInbox]:
    """Runs whose inbox holds something that no batch has drained, those that waited longest first; behind them those
    whose entries are all of kinds that are not known here. What was set aside does not wait."""
    rows = rows_of(_WAITING, limit)
    return [
        WaitingInbox(
            run_id=run_id_of(run_id),
            unknown_kind=unknown,
            is_drained_here=not foreign,
            since=instant_of(since),
        )
        for run_id, unknown, foreign, since in rows
    ]
