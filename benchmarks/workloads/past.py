"""A database with a past: closed executions by the million, made of real ones in the database itself.

Every row of a closed run is copied under a run id and a workflow id of its own, which also replace those in the bytes
of its first event; its shard is that of its workflow id. `manage.py fsck` finds nothing wrong with them.
"""

import os
import uuid
from collections.abc import Iterator
from typing import Any

from psycopg import Connection, sql

from benchmarks.ours.stack import Stack
from workflows.core.keys import shard_of

TEMPLATES = 100
_TABLES = """
    SELECT table_name, array_agg(column_name::text) FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name LIKE 'sched\\_%%'
     GROUP BY table_name HAVING 'run_id' = ANY (array_agg(column_name::text))
"""
_OF_COPY = {"run_id": "c.run_id", "workflow_id": "c.workflow_id", "shard": "c.shard"}
_RENAMED = """
    CASE WHEN t.seq = 1 THEN decode(replace(replace(encode(t.data, 'hex'),
        encode(c.of_run::text::bytea, 'hex'), encode(c.run_id::text::bytea, 'hex')),
        encode(c.of_workflow::bytea, 'hex'), encode(c.workflow_id::bytea, 'hex')), 'hex') ELSE t.data END
"""


def fill(stack: Stack, count: int) -> None:
    """Adds `count` closed executions, and leaves the tables as after a vacuum."""
    with stack.connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE copies (of_run uuid, of_workflow text, run_id uuid, workflow_id text, shard smallint)"
        )
        with connection.cursor().copy("COPY copies FROM STDIN") as copy:
            for row in copies(templates_of(stack), count):
                copy.write_row(row)
        connection.execute("ANALYZE copies")
        for table, columns in connection.execute(_TABLES).fetchall():
            copy_rows(connection, table, columns)
        connection.execute("VACUUM ANALYZE")


def templates_of(stack: Stack) -> list[tuple[uuid.UUID, str]]:
    """Runs that have ended, and what they were called."""
    query = "SELECT run_id, workflow_id FROM sched_executions WHERE status = 'COMPLETED' LIMIT %s"
    with stack.connect() as connection:
        return connection.execute(query, [TEMPLATES]).fetchall()


def copies(
    templates: list[tuple[uuid.UUID, str]], count: int
) -> Iterator[tuple[uuid.UUID, str, uuid.UUID, str, int]]:
    """Ids like real ones: run ids of version 7, before those of their templates; names of the same length."""
    for number in range(count):
        run, name = templates[number % len(templates)]
        millis = (run.int >> 80) - number
        later = int.from_bytes(os.urandom(10)) & ~(0xF << 76 | 0x3 << 62) | 0x7 << 76 | 0x2 << 62
        run_id = uuid.UUID(int=millis << 80 | later)
        # A workflow that was given no id has its run's. Another is as long as its template's, for its length stands
        # before it in the event.
        unnamed = name == str(run)
        workflow_id = str(run_id) if unnamed else (uuid.uuid4().hex + uuid.uuid4().hex)[: len(name)]
        yield run, name, run_id, workflow_id, shard_of(workflow_id)


def copy_rows(connection: Connection[tuple[Any, ...]], table: str, columns: list[str]) -> None:
    """The templates' rows of one table, for every copy."""
    given = dict(_OF_COPY)
    if table == "sched_events":
        given["data"] = _RENAMED
    values = [given.get(name, f"t.{name}") for name in columns]
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) SELECT {} FROM copies c JOIN {} t ON t.run_id = c.of_run").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ".join(values)),
            sql.Identifier(table),
        )
    )
