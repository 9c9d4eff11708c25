"""Lists of executions, newest first, and sums over them. Pages go on from a position: none costs those before it."""

from django.db import connection
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q, QuerySet

from workflows.core.values import Status
from workflows.models import Execution as Row
from workflows.store.reader.executions import executions_of
from workflows.store.reader.values import Execution, Filters, Position, Totals

_HIGHEST = "\U0010ffff"


def list_executions(filters: Filters, *, page_size: int, after: Position | None = None) -> list[Execution]:
    """At most `page_size` executions, newest first, beginning behind `after`."""
    rows = _filtered(filters).order_by("-started_at", "-run_id")
    if after is not None:
        same_instant = Q(started_at=after.started_at, run_id__lt=after.run_id)
        # The first condition follows from the second, and is one that an index can begin at.
        rows = rows.filter(
            Q(started_at__lte=after.started_at), Q(started_at__lt=after.started_at) | same_instant
        )
    return list(executions_of(rows[:page_size]))


def position_of(execution: Execution) -> Position:
    """Where the page that ends with this execution goes on."""
    return Position(execution.started_at, execution.run_id)


def counts(filters: Filters) -> dict[Status, int]:
    """How many executions in each status; reads all that the filters let through."""
    found = dict(_filtered(filters).order_by().values_list("status").annotate(count=Count("*")))
    return {status: found.get(status.value, 0) for status in Status}


def totals(namespace: str) -> Totals:
    """Sums over a whole namespace; reads all of it."""
    rows = Row.objects.filter(namespace=namespace).order_by()
    by_type = rows.values_list("workflow_type").annotate(count=Count("*")).order_by("workflow_type")
    lasted = ExpressionWrapper(F("closed_at") - F("started_at"), output_field=DurationField())
    average = rows.filter(closed_at__isnull=False).aggregate(average=Avg(lasted))["average"]
    return Totals(
        by_status=counts(Filters(namespace=namespace)), by_type=dict(by_type), average_duration=average
    )


def _filtered(filters: Filters) -> QuerySet[Row]:
    rows = Row.objects.filter(namespace=filters.namespace)
    if filters.status is not None:
        rows = rows.filter(status=filters.status)
    if filters.workflow_type:
        rows = rows.filter(workflow_type=filters.workflow_type)
    if filters.task_queue:
        rows = rows.filter(task_queue=filters.task_queue)
    if filters.started_after is not None:
        rows = rows.filter(started_at__gt=filters.started_after)
    if filters.started_before is not None:
        rows = rows.filter(started_at__lt=filters.started_before)
    return rows.filter(id_prefixed(filters.id_prefix)) if filters.id_prefix else rows


def id_prefixed(prefix: str) -> Q:
    """Whose workflow id begins so, by an index.

    SQLite's LIKE ignores case, and its text sorts by bytes; Postgres's text sorts by its collation.
    """
    if connection.vendor == "sqlite":
        return Q(workflow_id__gte=prefix, workflow_id__lt=prefix + _HIGHEST)
    return Q(workflow_id__startswith=prefix)
