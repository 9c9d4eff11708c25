"""Lists of executions, newest first. Pages go on from a position: none costs those before it."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, Subquery

from workflows.models import Execution as Row
from workflows.store.reader.executions import executions_of
from workflows.store.reader.values import Execution, Filters, Position

NEWEST_FIRST = ("-started_at", "-run_id")
LOOK_BACK = 10_000
"""Executions among which ids of a prefix are looked for first."""
_HIGHEST = "\U0010ffff"


def list_executions(filters: Filters, *, page_size: int, after: Position | None = None) -> list[Execution]:
    """At most `page_size` executions, newest first, beginning behind `after`."""
    rows = filtered(filters)
    if after is not None:
        same_instant = Q(started_at=after.started_at, run_id__lt=after.run_id)
        # The first condition follows from the second, and is one that an index can begin at.
        rows = rows.filter(
            Q(started_at__lte=after.started_at), Q(started_at__lt=after.started_at) | same_instant
        )
    return list(executions_of(_newest(rows, filters.id_prefix, page_size)))


def newest_runs(filters: Filters, *, limit: int, few: bool = False) -> list[UUID]:
    """Run ids of the newest executions, in no order. `few`: so few begin so that all of those may be looked at."""
    ordered, prefix = filtered(filters).order_by(*NEWEST_FIRST), filters.id_prefix
    if not _is_sought(prefix):
        return _runs(ordered.filter(id_prefixed(prefix)), limit)
    found = [] if few else _runs(_near(ordered, prefix), limit)
    return found if len(found) == limit else _by_prefix(ordered, prefix, limit)


def recent(namespace: str, *, size: int) -> list[Execution]:
    """Those that started or ended last, the latest of it first."""
    rows = Row.objects.filter(namespace=namespace)
    started = executions_of(rows.order_by(*NEWEST_FIRST)[:size])
    ended = executions_of(rows.filter(closed_at__isnull=False).order_by("-closed_at")[:size])
    found = {each.run_id: each for each in (*started, *ended)}
    return sorted(found.values(), key=latest, reverse=True)[:size]


def latest(execution: Execution) -> tuple[datetime, str]:
    """What executions that started or ended are ordered by."""
    return execution.closed_at or execution.started_at, execution.run_id


def position_of(execution: Execution) -> Position:
    """Where the page that ends with this execution goes on."""
    return Position(execution.started_at, execution.run_id)


def _newest(rows: QuerySet[Row], prefix: str, size: int) -> QuerySet[Row]:
    """The first of them. The planner cannot know whether the ids that begin so are among the newest, so they are looked
    for in some of those, and then by the index of ids: neither walks all there is."""
    ordered = rows.order_by(*NEWEST_FIRST)
    if not _is_sought(prefix):
        return ordered.filter(id_prefixed(prefix))[:size]
    found = _near(ordered, prefix)[:size]
    if len(found) == size:
        return found
    return ordered.filter(run_id__in=_by_prefix(ordered, prefix, size))


def _is_sought(prefix: str) -> bool:
    """SQLite's tables are small."""
    return bool(prefix) and connection.vendor == "postgresql"


def _near(ordered: QuerySet[Row], prefix: str) -> QuerySet[Row]:
    """Those whose ids begin so among the newest; none where there are not as many to look among."""
    oldest = ordered.values("started_at")[LOOK_BACK : LOOK_BACK + 1]
    return ordered.filter(id_prefixed(prefix), started_at__gte=Subquery(oldest))


def _by_prefix(ordered: QuerySet[Row], prefix: str, size: int) -> list[UUID]:
    """Run ids of the newest: by an order that no index has, and ids alone, which the index of prefixes holds."""
    return _runs(
        ordered.filter(id_prefixed(prefix)).order_by((F("started_at") + timedelta(0)).desc(), "-run_id"), size
    )


def _runs(rows: QuerySet[Row], size: int) -> list[UUID]:
    return list(rows.values_list("run_id", flat=True)[:size])


def filtered(filters: Filters) -> QuerySet[Row]:
    """All conditions but the prefix, which is `id_prefixed`."""
    return Row.objects.filter(condition_of(filters))


def condition_of(filters: Filters) -> Q:
    """As `filtered`."""
    found = Q(namespace=filters.namespace)
    if filters.status is not None:
        found &= Q(status=filters.status)
    if filters.workflow_type:
        found &= Q(workflow_type=filters.workflow_type)
    if filters.task_queue:
        found &= Q(task_queue=filters.task_queue)
    if filters.started_after is not None:
        found &= Q(started_at__gt=filters.started_after)
    if filters.started_before is not None:
        found &= Q(started_at__lt=filters.started_before)
    return found


def id_prefixed(prefix: str) -> Q:
    """Whose workflow id begins so, by an index; any for an empty prefix.

    SQLite's LIKE ignores case, and its text sorts by bytes; Postgres's text sorts by its collation.
    """
    if not prefix:
        return Q()
    if connection.vendor == "sqlite":
        return Q(workflow_id__gte=prefix, workflow_id__lt=prefix + _HIGHEST)
    return Q(workflow_id__startswith=prefix)
