"""Rows by plain SQL, for what engines read all the time.

The ORM takes several times as long to put such a statement together as the database takes to answer it. What pages
and lists read stays with the ORM.
"""

from collections.abc import Sequence
from typing import Any

from django.db import connections

from dispatch.dialect import dialect_of


def rows_of(sql: str, *params: Any, runs: Sequence[str] = ()) -> Sequence[Any]:
    """All rows of a statement by Django's connection.

    Args:
        sql: with a placeholder (`%s`) for each parameter, and `{runs}` for the list of run ids in the end.
        runs: run ids, as texts.
    """
    with connections["default"].cursor() as cursor:
        dialect = dialect_of(cursor)
        given: list[Any] = [*params, *map(dialect.run_id, runs)]
        cursor.execute(sql.format(runs=places(runs)), given)
        rows: Sequence[Any] = cursor.fetchall()
        return rows


def places(values: Sequence[Any]) -> str:
    """As many placeholders."""
    return ", ".join(["%s"] * len(values))
