"""Sums over executions: how many in each status, and totals of a namespace."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, QuerySet

from timers.clock import SystemClock
from workflows.core.values import Status
from workflows.models import Execution as Row
from workflows.store.reader.estimates import (
    COUNTS_SAMPLE_ROWS,
    SEARCH_SAMPLE_ROWS,
    Statement,
    answers_to,
    narrowed,
    plans_of,
    sample_percent,
    statement_of,
    statement_of_sample,
)
from workflows.store.reader.listing import condition_of, filtered, id_prefixed
from workflows.store.reader.rows import rows_of
from workflows.store.reader.values import Counts, Filters, Totals

RARE_MAX = 5_000
"""Executions of one status that are counted one by one, even where each has to be fetched: more are not fetched while
somebody waits for a search."""
_OF_STATUS = "SELECT FROM sched_executions WHERE namespace = %s AND status = %s"


def counts(filters: Filters) -> Counts:
    """How many executions in each status. Exact where that is cheap: all of them, or else status by status, so that of
    the few that run or have failed each is counted, however many have completed."""
    rows = filtered(filters).filter(id_prefixed(filters.id_prefix)).order_by()
    asked = statement_of(_by_status(rows))
    wanted = [filters.status] if filters.status is not None else list(Status)
    cheap, known = _cheap(asked, filters.namespace, wanted)
    if len(cheap) == len(wanted):
        return Counts(by_status=_of_each(_by_status(rows)), approximate=False)
    percent = sample_percent(SEARCH_SAMPLE_ROWS if filters.id_prefix else COUNTS_SAMPLE_ROWS, known)
    some = narrowed(asked, "status = ANY(%s)", [each.value for each in cheap])
    counted, sample = answers_to([some, statement_of_sample(_matching(filters), percent)])
    # What was counted long ago tells nothing where all is seen.
    scale = known / max(1, sum(seen for _, _, seen in sample)) if percent < 100.0 else 1.0
    estimated = _of_each((status, found) for status, found, _ in sample)
    by_status = _of_each(counted) | {
        each: round(estimated[each] * scale) for each in wanted if each not in cheap
    }
    return Counts(by_status=by_status, approximate=percent < 100.0)


def _matching(filters: Filters) -> QuerySet[Row, tuple[str, int, int]]:
    """Of each status those that the filters let through, and all: figures are scaled by what was seen of the table. A
    sample draws its pages one by one, and their number is left to chance."""
    wanted = condition_of(filters) & id_prefixed(filters.id_prefix)
    rows = Row.objects.order_by().values_list("status")
    return rows.annotate(count=Count("run_id", filter=wanted), seen=Count("*"))


def counted_after() -> datetime:
    """A moment before which all is counted by whoever counts after this call; decisions bear such times."""
    if connection.vendor != "postgresql":
        return SystemClock().now()
    ((now,),) = rows_of("SELECT clock_timestamp()")
    found: datetime = now
    return found


def _cheap(asked: Statement, namespace: str, wanted: Sequence[Status]) -> tuple[list[Status], float]:
    """Those that are counted cheaply, or that so few executions have that all of them may be looked at, whatever the
    filters are: all, if all together are. And how many executions there are."""
    plans, known = plans_of(
        [
            asked,
            *(narrowed(asked, "status = %s", each.value) for each in wanted),
            *((_OF_STATUS, (namespace, each.value)) for each in wanted),
        ]
    )
    whole, here, everywhere = plans[0], plans[1 : len(wanted) + 1], plans[len(wanted) + 1 :]
    found = [
        status
        for status, counted, all_of_it in zip(wanted, here, everywhere, strict=True)
        if whole.is_cheap or counted.is_cheap or all_of_it.rows <= RARE_MAX
    ]
    return found, known


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
