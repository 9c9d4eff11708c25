"""What a statement would cost, as the planner of PostgreSQL sees it, and samples in place of those that cost too much.

A sum over a million rows takes PostgreSQL longer than who looks at a page waits. What is cheap is exact; beyond that a
sample of the table's pages is read, always the same ones while the table does not change, and scaled. Whoever gets such
a figure is told so. SQLite has no samples, and its databases are small: there everything is exact.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet

COST_MAX = 8_000.0
"""In the planner's units, for one statement: some tenths of a second where the processor has much else to do."""
SAMPLE_ROWS = 50_000
"""Of the table, in a sample: a figure that is a tenth of the table is told to about one in a hundred."""
SEARCH_SAMPLE_ROWS = 10_000
"""For a search by the beginning of an id, which is to be answered at once: told to about three in a hundred."""
_TABLE = '"sched_executions"'
_ROWS_KNOWN = "SELECT reltuples FROM pg_class WHERE oid = 'sched_executions'::regclass"


class Plan:
    """An estimate of what a query costs and yields."""

    def __init__(self, *, cost: float, rows: float) -> None:
        self.cost = cost
        self.rows = rows

    @property
    def is_cheap(self) -> bool:
        return self.cost <= COST_MAX


def plan_of(query: QuerySet[Any, Any]) -> Plan:
    """The planner's; of nothing on SQLite."""
    return plans_of([query])[0]


def plans_of(queries: Sequence[QuerySet[Any, Any]]) -> list[Plan]:
    """Of each, in one round trip: to ask for a plan takes longer than to make it."""
    if connection.vendor != "postgresql":
        return [Plan(cost=0.0, rows=0.0)] * len(queries)
    asked = [query.query.sql_with_params() for query in queries]
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(f"EXPLAIN (FORMAT JSON) {sql}" for sql, _ in asked),
            [value for _, values in asked for value in values],
        )
        return list(_plans_in(cursor))


def _plans_in(cursor: Any) -> Iterator[Plan]:
    """One in each of its results."""
    is_there = True
    while is_there:
        (([told],),) = cursor.fetchall()
        found = told["Plan"]
        yield Plan(cost=found["Total Cost"], rows=found["Plan Rows"])
        is_there = cursor.nextset()


def sample_percent(rows: int = SAMPLE_ROWS) -> float:
    """Which part of the executions a sample of so many holds; 100 where it would be all of them."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS_KNOWN)
        known = float(cursor.fetchone()[0])
    return min(100.0, 100.0 * rows / known) if known > 0 else 100.0


def sampled(percent: float) -> str:
    """The executions as a statement's source: a part of them."""
    return f"{_TABLE} TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)"


def rows_of_sample(query: QuerySet[Any, Any], percent: float) -> list[tuple[Any, ...]]:
    """What a query over the executions yields when it sees a part of them."""
    sql, params = query.query.sql_with_params()
    assert sql.count(f"FROM {_TABLE}") == 1, "it reads the executions, once"
    with connection.cursor() as cursor:
        cursor.execute(sql.replace(f"FROM {_TABLE}", f"FROM {sampled(percent)}"), params)
        return list(cursor.fetchall())
