"""Series over time: what started and what ended in each of some equal spans, and how long it took.

Spans are whole multiples of their width since 1970, so that two who ask see the same ones. The last is not over. Where
the window holds more executions than are counted soon, a sample of them is; see `estimates`.
"""

# ruff: noqa: S608 - statements are put together from fragments of this package; values are parameters

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from workflows.core.values import Status
from workflows.models import Execution as Row
from workflows.store.reader.estimates import SAMPLE_ROWS, plans_of, sample_percent, sampled, statement_of
from workflows.store.reader.values import Bucket, Series

ROWS_MAX = 50_000
"""That have started, or ended, in a window, and are still counted one by one."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STARTED = "SELECT {bucket} AS bucket, count(*) FROM {source} WHERE {within} GROUP BY 1"
_ENDED = f"""WITH ended AS (SELECT {{bucket}} AS bucket, status, {{lasted}} AS lasted FROM {{source}} WHERE {{within}}),
    placed AS (SELECT bucket, status, lasted, row_number() OVER (PARTITION BY bucket ORDER BY lasted) AS place,
        count(*) OVER (PARTITION BY bucket) AS size FROM ended)
    SELECT bucket, count(*), sum(CASE WHEN status = '{Status.COMPLETED.value}' THEN 1 ELSE 0 END),
        sum(CASE WHEN status = '{Status.FAILED.value}' THEN 1 ELSE 0 END), avg(lasted),
        max(CASE WHEN (place - 1) * 100 < size * 50 THEN lasted END),
        max(CASE WHEN (place - 1) * 100 < size * 95 THEN lasted END)
    FROM placed GROUP BY bucket"""


def series(namespace: str, *, now: datetime, width: timedelta, buckets: int) -> Series:
    """The span in which `now` is, and those before it."""
    last = (now - _EPOCH) // width
    first = last - buckets + 1
    since, until = _EPOCH + first * width, _EPOCH + (last + 1) * width
    percent = _percent(namespace, since, until)
    started = dict(_rows(_STARTED, "started_at", (namespace, since, until), width, percent))
    ended = {row[0]: row[1:] for row in _rows(_ENDED, "closed_at", (namespace, since, until), width, percent)}
    scale = 100.0 / percent
    return Series(
        width=width,
        approximate=percent < 100.0,
        buckets=tuple(
            _bucket(_EPOCH + each * width, started.get(each, 0), ended.get(each), scale)
            for each in range(first, last + 1)
        ),
    )


def _percent(namespace: str, since: datetime, until: datetime) -> float:
    """Which part is counted."""
    rows = Row.objects.filter(namespace=namespace).order_by()
    asked = (
        rows.filter(started_at__gte=since, started_at__lt=until),
        rows.filter(closed_at__gte=since, closed_at__lt=until),
    )
    plans, known = plans_of([statement_of(each.values("started_at")) for each in asked])
    return sample_percent(SAMPLE_ROWS, known) if any(plan.rows > ROWS_MAX for plan in plans) else 100.0


def _rows(
    statement: str,
    column: str,
    within: tuple[str, datetime, datetime],
    width: timedelta,
    percent: float,
) -> Sequence[Any]:
    sql = statement.format(
        bucket=_bucket_of(column, width),
        lasted=_lasted(),
        source=sampled(percent) if percent < 100.0 else "sched_executions",
        within=f"namespace = %s AND {column} >= %s AND {column} < %s",
    )
    namespace, since, until = within
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(sql, [namespace, adapt(since), adapt(until)])
        found: Sequence[Any] = cursor.fetchall()
        return found


def _bucket_of(column: str, width: timedelta) -> str:
    seconds = width // timedelta(seconds=1)
    if connection.vendor == "postgresql":
        return f"floor(extract(epoch FROM {column})::float8 / {seconds})::bigint"
    return f"CAST(strftime('%%s', {column}) AS integer) / {seconds}"


def _lasted() -> str:
    if connection.vendor == "postgresql":
        return "extract(epoch FROM closed_at - started_at)::float8"
    return "(julianday(closed_at) - julianday(started_at)) * 86400.0"


def _bucket(at: datetime, started: int, ended: Sequence[Any] | None, scale: float) -> Bucket:
    ends, completed, failed, mean, median, p95 = ended or (0, 0, 0, None, None, None)
    return Bucket(
        at=at,
        started=round(started * scale),
        completed=round(completed * scale),
        failed=round(failed * scale),
        other_ends=round((ends - completed - failed) * scale),
        mean=_span(mean),
        p50=_span(median),
        p95=_span(p95),
    )


def _span(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)
