"""Who is connected to which engine, as a table: for processes that have no workers of their own, and other engines.

Each engine tells of its own workers, all in one statement: when they change (`record`), and now and then that they are
still there (`touch`). Rows that nobody has told of for `UNSEEN` are those of an engine that died; readers leave them
out, and the leader's statements delete them in passing, or on their own (`sweep`).

Nothing depends on these rows but what people are shown.
"""

# ruff: noqa: S608 - statements are put together from fragments of this package; values are parameters

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

import orjson

from dispatch.dialect import POSTGRES, Cursor, Dialect, Params, dialect_of, microseconds_of

UNSEEN = timedelta(seconds=30)
"""Three times what an engine lets pass at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker on one queue. `number` is its engine's own, and never given twice."""

    number: int
    namespace: str
    kind: int
    queue: str
    identity: str
    session: str
    types: tuple[str, ...]
    build: str
    slots: int
    streaming: bool
    connected_at: datetime


_COLUMNS = tuple(field.name for field in fields(WorkerRow))
_INSERT = f"INSERT INTO sched_workers (engine, seen_at, {', '.join(_COLUMNS)})"
_AGAIN = "ON CONFLICT (engine, number) DO UPDATE SET seen_at = excluded.seen_at, connected_at = excluded.connected_at"
_RECORDS = """jsonb_to_recordset(%(rows)s::jsonb) AS r (number int, namespace text, kind smallint, queue text,
    identity text, session text, types jsonb, build text, slots int, streaming boolean, connected_at timestamptz)"""


def record(
    cursor: Cursor, engine: str, *, rows: Sequence[WorkerRow], sweeps: bool, now: datetime | None = None
) -> None:
    """Makes these the workers of the engine. `sweeps`: what other engines have left goes too."""
    dialect = dialect_of(cursor)
    params = _params(dialect, engine, now) | {"rows": _json(dialect, rows), "sweeps": sweeps}
    params["numbers"] = [row.number for row in rows]
    if dialect is POSTGRES:
        gone = f"t.engine = %(engine)s AND NOT t.number = ANY(%(numbers)s::int[]) OR {_left(dialect)}"
        columns = ", ".join(f"r.{column}" for column in _COLUMNS)
        sql = f"""WITH moment AS ({dialect.moment}), {_deleted(gone)}
            {_INSERT} SELECT %(engine)s, moment.now, {columns} FROM {_RECORDS} CROSS JOIN moment
            {_AGAIN} RETURNING number"""
        dialect.execute(cursor, sql, params)
        return
    del params["numbers"]
    columns = ", ".join(f"value ->> '{column}'" for column in _COLUMNS)
    told = f"SELECT %(engine)s, %(now)s, {columns} FROM json_each(%(rows)s) WHERE true"
    dialect.execute(cursor, f"{_INSERT} {told} {_AGAIN} RETURNING number", params)
    numbers = "SELECT value ->> 'number' FROM json_each(%(rows)s)"
    gone = f"t.engine = %(engine)s AND t.number NOT IN ({numbers}) OR {_left(dialect)}"
    dialect.execute(cursor, _delete_sqlite(dialect, gone), params)


def touch(cursor: Cursor, engine: str, *, sweeps: bool, now: datetime | None = None) -> int:
    """Says that the engine's workers are still there; how many the table has of them. SQLite sweeps nothing here: its
    one engine is no other's heir but at its start."""
    dialect = dialect_of(cursor)
    params = _params(dialect, engine, now) | {"sweeps": sweeps}
    deleted = f", {_deleted(_left(dialect))}" if dialect is POSTGRES else ""
    sql = f"""WITH moment AS ({dialect.moment}){deleted}
        UPDATE sched_workers AS t SET seen_at = (SELECT now FROM moment) WHERE engine = %(engine)s
        {dialect.returning(["number"])}"""
    return len(dialect.execute(cursor, sql, params))


def sweep(cursor: Cursor, engine: str, *, now: datetime | None = None) -> int:
    """Deletes what other engines have left; how many that were."""
    dialect = dialect_of(cursor)
    params = _params(dialect, engine, now) | {"sweeps": True}
    if dialect is POSTGRES:
        sql = f"WITH moment AS ({dialect.moment}), {_deleted(_left(dialect))} SELECT number FROM gone"
    else:
        sql = _delete_sqlite(dialect, _left(dialect))
    return len(dialect.execute(cursor, sql, params))


def _left(dialect: Dialect) -> str:
    """Which rows no living engine tells of."""
    stale = dialect.plus("(SELECT now FROM moment)", "%(unseen)s")
    return f"(%(sweeps)s AND t.engine <> %(engine)s AND t.seen_at < {stale})"


def _deleted(condition: str) -> str:
    return f"gone AS (DELETE FROM sched_workers AS t WHERE {condition} RETURNING t.number)"


def _delete_sqlite(dialect: Dialect, condition: str) -> str:
    """It has no DELETE within another statement."""
    moment = f"WITH moment AS ({dialect.moment})"
    return f"{moment} DELETE FROM sched_workers AS t WHERE {condition} RETURNING number"


def _params(dialect: Dialect, engine: str, now: datetime | None) -> Params:
    return {"engine": engine, "unseen": -microseconds_of(UNSEEN), "now": dialect.instant(now)}


def _json(dialect: Dialect, rows: Sequence[WorkerRow]) -> str:
    return orjson.dumps([_document(dialect, row) for row in rows]).decode()


def _document(dialect: Dialect, row: WorkerRow) -> dict[str, Any]:
    document: dict[str, Any] = {column: getattr(row, column) for column in _COLUMNS}
    return document | {"connected_at": dialect.instant(row.connected_at)}
