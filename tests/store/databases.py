"""New databases with all of our tables, for the suites of the store: a Postgres of any version, or a SQLite file."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import ConnectionHandler
from psycopg.conninfo import make_conninfo

from schedproject.databases import postgres, sqlite

APPS = ["sched_workflows", "sched_timers", "sched_dispatch"]
TABLES = (
    "sched_executions",
    "sched_current_runs",
    "sched_requests",
    "sched_events",
    "sched_activities",
    "sched_inbox",
    "sched_tasks",
    "sched_timers",
)
"""Of executions; who is connected is no part of any."""


class Database:
    """A migrated database: its address, Django's alias for it, and raw looks at it."""

    def __init__(self, alias: str, target: str) -> None:
        self.alias = alias
        self.target = target
        """The DSN, or the path of the file."""

    @property
    def wrapper(self) -> BaseDatabaseWrapper:
        return connections[self.alias]

    @property
    def is_postgres(self) -> bool:
        return self.wrapper.vendor == "postgresql"

    def run(self, sql: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
        with self.wrapper.cursor() as cursor:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall()) if cursor.description else []

    def count(self, table: str) -> int:
        return int(self.run(f"SELECT count(*) FROM {table}")[0][0])

    def counts(self) -> dict[str, int]:
        """Rows of all tables, by their names without the prefix."""
        return {table.removeprefix("sched_"): self.count(table) for table in TABLES}

    def clear(self) -> None:
        for table in (*TABLES, "sched_workers"):
            self.run(f"DELETE FROM {table}")


@contextmanager
def postgres_database(server: str) -> Iterator[Database]:
    """A new database of the server."""
    name = f"store_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    dsn = make_conninfo(server, dbname=name)
    with _migrated(postgres(dsn, pooled=False), dsn) as database:
        yield database


@contextmanager
def sqlite_database(folder: Path) -> Iterator[Database]:
    """A new file."""
    path = str(folder / "store.sqlite3")
    with _migrated(sqlite(path), path) as database:
        yield database


@contextmanager
def _migrated(settings: dict[str, Any], target: str) -> Iterator[Database]:
    alias = f"store-{uuid.uuid4().hex[:8]}"
    connections.settings[alias] = ConnectionHandler({"default": settings}).settings["default"]
    try:
        wrapper = connections[alias]
        wrapper.inc_thread_sharing()
        executor = MigrationExecutor(wrapper)
        executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in APPS])
        yield Database(alias, target)
        wrapper.close()
    finally:
        del connections.settings[alias]
