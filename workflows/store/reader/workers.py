"""Workers that are connected to any engine, as `dispatch.workers` keeps them, and what each has in hand."""

from collections import Counter

from django.db.models import Count
from django.db.models.functions import Now

from dispatch.models import Task
from dispatch.models import Worker as Row
from dispatch.workers import UNSEEN
from workflows.core.keys import TaskKind
from workflows.store.reader.values import Worker

_KINDS = frozenset(TaskKind)
_HOLDER = ("engine", "owner", "session", "queue", "kind")


def workers(namespace: str, queue: str = "") -> list[Worker]:
    """By queue, kind and identity; of one queue if named. Those of an engine that has died are shown for half a minute.

    Tasks are counted to the one who holds them: workers of one identity and session share theirs.
    """
    rows = Row.objects.filter(namespace=namespace, seen_at__gt=Now() - UNSEEN)
    if queue:
        rows = rows.filter(queue=queue)
    found = [
        row for row in rows.order_by("queue", "kind", "identity", "engine", "number") if row.kind in _KINDS
    ]
    held = _held(namespace, queue) if found else Counter()
    return [
        Worker(
            engine=row.engine,
            identity=row.identity,
            session=row.session,
            queue=row.queue,
            kind=TaskKind(row.kind),
            types=tuple(row.types),
            build=row.build,
            slots=row.slots,
            in_flight=held[row.engine, row.identity, row.session, row.queue, row.kind],
            streaming=row.streaming,
            connected_at=row.connected_at,
        )
        for row in found
    ]


def workers_by_queue(namespace: str) -> Counter[tuple[int, str]]:
    """How many there are of each kind on each queue; what they have in hand is not looked at."""
    rows = Row.objects.filter(namespace=namespace, seen_at__gt=Now() - UNSEEN)
    counted = rows.values_list("kind", "queue").annotate(workers=Count("number")).order_by()
    return Counter({(kind, queue): workers for kind, queue, workers in counted})


def _held(namespace: str, queue: str) -> Counter[tuple[object, ...]]:
    tasks = Task.objects.filter(namespace=namespace, owner__isnull=False)
    if queue:
        tasks = tasks.filter(queue=queue)
    counted = tasks.values_list(*_HOLDER).annotate(held=Count("queue")).order_by()
    return Counter({tuple(holder): held for *holder, held in counted})
