"""Sums over executions: how many in each status, and totals of a namespace."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, QuerySet

from timers.clock import SystemClock
from workflows.core.values import Status
from workflows.models import Execution as Row
from workflows.store.reader.estimates import (
    SAMPLE_ROWS,
    SEARCH_SAMPLE_ROWS,
    plan_of,
    plans_of,
    rows_of_sample,
    sample_percent,
)
from workflows.store.reader.listing import filtered, id_prefixed
from workflows.store.reader.rows import rows_of
from workflows.store.reader.values import Counts, Filters, Totals

RARE_MAX = 5_000
"""Executions of one status that are counted one by one, even where each has to be fetched: more are not fetched while
somebody waits for a search."""


def counts(filters: Filters) -> Counts:
    """How many executions in each status. Exact where that is cheap: all of them, or else status by status, so that of
    the few that run or have failed each is counted, however many have completed."""
    rows = filtered(filters).filter(id_prefixed(filters.id_prefix)).order_by()
    if plan_of(_by_status(rows)).is_cheap:
        return Counts(by_status=_of_each(_by_status(rows)), approximate=False)
    wanted = [filters.status] if filters.status is not None else list(Status)
    cheap = _cheap(rows, filters.namespace, wanted)
    found = _of_each(_by_status(rows.filter(status__in=cheap))) if cheap else dict.fromkeys(Status, 0)
    if len(cheap) == len(wanted):
        return Counts(by_status=found, approximate=False)
    percent = sample_percent(SEARCH_SAMPLE_ROWS if filters.id_prefix else SAMPLE_ROWS)
    estimated = _of_each(rows_of_sample(_by_status(rows), percent))
    for status in set(wanted) - set(cheap):
        found[status] = round(estimated[status] * 100.0 / percent)
    return Counts(by_status=found, approximate=percent < 100.0)


def counted_after() -> datetime:
    """A moment before which all is counted by whoever counts after this call; decisions bear such times."""
    if connection.vendor != "postgresql":
        return SystemClock().now()
    ((now,),) = rows_of("SELECT clock_timestamp()")
    found: datetime = now
    return found


def _cheap(rows: QuerySet[Row], namespace: str, wanted: Sequence[Status]) -> list[Status]:
    """Those whose rows are found cheaply, or that so few executions have that all of them may be looked at, whatever
    the filters are."""
    everywhere = Row.objects.filter(namespace=namespace).order_by()
    plans = plans_of([among.filter(status=each.value) for among in (rows, everywhere) for each in wanted])
    found, rare = plans[: len(wanted)], plans[len(wanted) :]
    return [
        status
        for status, here, all_of_it in zip(wanted, found, rare, strict=True)
        if here.is_cheap or all_of_it.rows <= RARE_MAX
    ]


def totals(namespace: str) -> Totals:
    """Sums over a whole namespace; reads all of it."""
    rows = Row.objects.filter(namespace=namespace).order_by()
    by_type = rows.values_list("workflow_type").annotate(count=Count("*")).order_by("workflow_type")
    lasted = ExpressionWrapper(F("closed_at") - F("started_at"), output_field=DurationField())
    average = rows.filter(closed_at__isnull=False).aggregate(average=Avg(lasted))["average"]
    return Totals(by_status=_of_each(_by_status(rows)), by_type=dict(by_type), average_duration=average)


def _by_status(rows: QuerySet[Row]) -> QuerySet[Row, tuple[str, int]]:
    return rows.values_list("status").annotate(count=Count("*"))


def _of_each(found: Iterable[tuple[str, int]]) -> dict[Status, int]:
    known = dict(found)
    return {status: known.get(status.value, 0) for status in Status}
