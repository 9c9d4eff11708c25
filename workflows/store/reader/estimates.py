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
"""Of the table, in a sample for series, whose buckets are small parts of it."""
COUNTS_SAMPLE_ROWS = 25_000
"""For counts: told to less than one in a hundred of the executions."""
SEARCH_SAMPLE_ROWS = 10_000
"""For a search by the beginning of an id, which is to be answered at once: told to one in a hundred of them."""
type Statement = tuple[str, Sequence[Any]]
"""SQL and its parameters."""
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


def plans_of(statements: Sequence[Statement]) -> tuple[list[Plan], float]:
    """The planner's, of each, and how many executions there are as far as it knows. In one round trip: that takes
    longer than to make a plan. On SQLite nothing costs anything."""
    if connection.vendor != "postgresql":
        return [Plan(cost=0.0, rows=0.0)] * len(statements), 0.0
    explained = [(f"EXPLAIN (FORMAT JSON) {sql}", params) for sql, params in statements]
    *told, ((known,),) = answers_to([*explained, (_ROWS_KNOWN, ())])
    plans = [document["Plan"] for (((document,),),) in told]
    return [Plan(cost=plan["Total Cost"], rows=plan["Plan Rows"]) for plan in plans], float(known)


def answers_to(statements: Sequence[Statement]) -> list[list[tuple[Any, ...]]]:
    """The rows of each on PostgreSQL, in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute(
            "; ".join(sql for sql, _ in statements), [value for _, values in statements for value in values]
        )
        return list(_results(cursor))


def _results(cursor: Any) -> Iterator[list[tuple[Any, ...]]]:
    is_there = True
    while is_there:
        yield list(cursor.fetchall())
        is_there = cursor.nextset()


def statement_of(query: QuerySet[Any, Any]) -> Statement:
    """What a query asks."""
    found: Statement = query.query.sql_with_params()
    return found


def sample_percent(rows: int, known: float) -> float:
    """Which part of so many executions a sample of some holds; 100 where it would be all of them."""
    return min(100.0, 100.0 * rows / known) if known > 0 else 100.0


def sampled(percent: float) -> str:
    """The executions as a statement's source: a part of them."""
    return f"{_TABLE} TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (1)"


def narrowed(statement: Statement, condition: str, value: Any) -> Statement:
    """A sum of groups, of fewer rows: to add to its text is cheaper than to have Django make it again."""
    sql, params = statement
    assert sql.count(" WHERE ") == sql.count(" GROUP BY ") == 1, "it sums up some rows by groups"
    return sql.replace(" GROUP BY ", f" AND {condition} GROUP BY "), (*params, value)


def statement_of_sample(query: QuerySet[Any, Any], percent: float) -> Statement:
    """What a query over the executions asks when it is to see a part of them."""
    sql, params = statement_of(query)
    assert sql.count(f"FROM {_TABLE}") == 1, "it reads the executions, once"
    return sql.replace(f"FROM {_TABLE}", f"FROM {sampled(percent)}"), params
