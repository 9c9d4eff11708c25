"""Where PostgreSQL and SQLite differ for the statements of `claims`, and nothing else.

A statement is written once, with `%(name)s` parameters, and asks the dialect of its cursor for fragments: the
present moment, the keys it is asked about, an instant plus a span, the earliest of some instants, the columns that an
UPDATE returns, and the clause that steps over locked rows. SQLite has one writer at a time, so it needs no such
clause; its instants are text in UTC as Django writes them, which sorts as it should, and its ids are 32 hex digits.
"""

# ruff: noqa: S608 - statements are put together from fragments of this package; values are parameters

import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

Params = dict[str, Any]
Columns = Mapping[str, Sequence[Any]]

TYPES = {
    "run_id": "uuid",
    "kind": "smallint",
    "number": "int",
    "attempt": "int",
    "delivery": "int",
    "details": "bytea",
}


class Cursor(Protocol):
    """A psycopg cursor with tuple rows, a `sqlite3` cursor, or Django's cursor over either."""

    def execute(self, sql: Any, params: Any = ..., /) -> Any: ...

    def fetchall(self) -> Sequence[Any]: ...


class Dialect(Protocol):
    """The fragments, and how parameters are written. The table is `t` in every statement."""

    skip_locked: str
    moment: str

    def asked(self, columns: Columns) -> tuple[str, Params]:
        """A table expression of the given columns, and its parameters."""

    def plus(self, instant: str, microseconds: str) -> str:
        """An instant that many microseconds later; null if either is."""

    def earliest(self, *instants: str) -> str:
        """The least of the instants that are not null."""

    def latest(self, *instants: str) -> str:
        """The greatest of the instants, none of which is null."""

    def returning(self, names: Sequence[str]) -> str:
        """The clause by which an UPDATE returns columns of the table."""

    def sortable(self, instant: str) -> str:
        """An instant in a form in which equal ones are equal."""

    def instant(self, value: datetime | None) -> object:
        """A parameter for an instant."""

    def run_id(self, value: str) -> object:
        """A parameter for a run id."""

    def execute(self, cursor: Cursor, sql: str, params: Params) -> Sequence[Any]:
        """All rows of one statement."""


class Postgres:
    """Keys travel as arrays, so that a statement's text does not depend on their number and is prepared once."""

    skip_locked = "FOR UPDATE OF t SKIP LOCKED"
    moment = "SELECT coalesce(%(now)s::timestamptz, clock_timestamp()) AS now"

    def asked(self, columns: Columns) -> tuple[str, Params]:
        arrays = ", ".join(f"%(a_{name})s::{TYPES[name]}[]" for name in columns)
        return f"SELECT * FROM unnest({arrays})", {f"a_{name}": list(rows) for name, rows in columns.items()}

    def plus(self, instant: str, microseconds: str) -> str:
        return f"({instant} + {microseconds} * interval '1 microsecond')"

    def earliest(self, *instants: str) -> str:
        return f"least({', '.join(instants)})"

    def latest(self, *instants: str) -> str:
        return f"greatest({', '.join(instants)})"

    def returning(self, names: Sequence[str]) -> str:
        return "RETURNING " + ", ".join(f"t.{name}" for name in names)

    def sortable(self, instant: str) -> str:
        return instant

    def instant(self, value: datetime | None) -> object:
        return value

    def run_id(self, value: str) -> object:
        return uuid.UUID(value)

    def execute(self, cursor: Cursor, sql: str, params: Params) -> Sequence[Any]:
        cursor.execute(sql, params)
        return cursor.fetchall()


class Sqlite:
    """`now` is always a parameter: SQLite has no clock of its own worth the name."""

    skip_locked = ""
    moment = "SELECT %(now)s AS now"

    def asked(self, columns: Columns) -> tuple[str, Params]:
        params: Params = {}
        for name, values in columns.items():
            for row, value in enumerate(values):
                params[f"a_{name}_{row}"] = self.run_id(value) if name == "run_id" else value
        size = len(next(iter(columns.values())))
        rows = (", ".join(f"%(a_{name}_{row})s" for name in columns) for row in range(size))
        return "VALUES " + ", ".join(f"({row})" for row in rows), params

    def plus(self, instant: str, microseconds: str) -> str:
        """SQLite's own date functions know milliseconds only: whole seconds and microseconds are added as integers."""
        second = f"cast(strftime('%%s', substr({instant}, 1, 19)) AS integer)"
        fraction = f"cast(substr(substr({instant}, 21) || '000000', 1, 6) AS integer)"
        total = f"({second} * 1000000 + {fraction} + {microseconds})"
        return (
            f"(strftime('%%Y-%%m-%%d %%H:%%M:%%S', {total} / 1000000, 'unixepoch')"
            f" || printf('.%%06d', {total} %% 1000000))"
        )

    def earliest(self, *instants: str) -> str:
        return f"min({', '.join(f"coalesce({instant}, '9999')" for instant in instants)})"

    def latest(self, *instants: str) -> str:
        return f"max({', '.join(instants)})"

    def returning(self, names: Sequence[str]) -> str:
        return "RETURNING " + ", ".join(names)  # it knows no alias here

    def sortable(self, instant: str) -> str:
        """Django leaves out a fraction of zero."""
        return f"substr({instant} || '.000000', 1, 26)"

    def instant(self, value: datetime | None) -> object:
        if value is None:
            raise ValueError("now: missing; on SQLite the caller gives the time")
        return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]

    def run_id(self, value: str) -> object:
        return value.replace("-", "")

    def execute(self, cursor: Cursor, sql: str, params: Params) -> Sequence[Any]:
        if (
            type(cursor) is sqlite3.Cursor
        ):  # Django's own cursors take the format style and translate it themselves
            sql = sql % {name: f":{name}" for name in params}
        cursor.execute(sql, params)
        return cursor.fetchall()


POSTGRES = Postgres()
SQLITE = Sqlite()


def dialect_of(cursor: Cursor) -> Dialect:
    """The dialect that a cursor speaks."""
    vendor = getattr(getattr(cursor, "db", None), "vendor", None)
    return SQLITE if vendor == "sqlite" or isinstance(cursor, sqlite3.Cursor) else POSTGRES


def run_id_of(value: object) -> str:
    """The canonical text of a uuid as either database returns it."""
    if type(value) is str:
        if len(value) == 36:  # a session may be set up to return just that
            return value
        if len(value) == 32:  # SQLite; cheaper than by way of a UUID
            return f"{value[:8]}-{value[8:12]}-{value[12:16]}-{value[16:20]}-{value[20:]}"
    return str(value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))


def instant_of(value: object) -> datetime:
    """An aware UTC instant from what either database returns."""
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def span_of(microseconds: int | None) -> timedelta | None:
    return None if microseconds is None else timedelta(microseconds=microseconds)


def microseconds_of(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
