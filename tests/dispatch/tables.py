"""A database with the migrated tables of dispatch and timers alone, on both vendors, and rows to put into them."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.utils import ConnectionHandler
from psycopg.conninfo import make_conninfo

from dispatch.dialect import Cursor
from schedproject.databases import postgres, sqlite
from workflows.core.keys import (
    QueueKey,
    TaskKey,
    TaskKind,
    TimerKey,
    shard_of,
)

MIGRATIONS = [("sched_dispatch", "0002_workers"), ("sched_timers", "0001_timers")]
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUEUE = QueueKey("default", TaskKind.ACTIVITY, "default")

_numbers = count(1)


def activity(number: int | None = None) -> TaskKey:
    """A key that no other test has."""
    return TaskKey(str(uuid.uuid4()), TaskKind.ACTIVITY, number or next(_numbers), 1)


class Tables:
    """Opens connections to one database, and writes rows as a transition would."""

    def __init__(self, wrapper: BaseDatabaseWrapper, target: str, *, through_django: bool) -> None:
        self.vendor = wrapper.vendor
        self._wrapper = wrapper
        self._target = target
        self._through_django = through_django

    @contextmanager
    def connect(self) -> Iterator[Cursor]:
        """A cursor of a connection of its own, in autocommit; of Django's connection if the tables are made so."""
        if self._through_django:
            with self._wrapper.cursor() as cursor:
                yield cursor
            return
        connection: Any
        if self.vendor == "sqlite":
            connection = sqlite3.connect(self._target, isolation_level=None, timeout=5)
        else:
            connection = psycopg.connect(self._target, autocommit=True)
        try:
            yield connection.cursor()
        finally:
            connection.close()

    def run(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        with self._wrapper.cursor() as cursor:
            cursor.execute(sql, [self.value(one) for one in params])
            return list(cursor.fetchall()) if cursor.description else []

    def value(self, one: object) -> Any:
        """As Django's models would write it."""
        if self.vendor == "postgresql":
            return one
        if isinstance(one, datetime):
            return str(one.astimezone(UTC).replace(tzinfo=None))
        return one.hex if isinstance(one, uuid.UUID) else one

    def put_task(
        self, key: TaskKey, queue: QueueKey = QUEUE, *, at: datetime = NOON, **columns: object
    ) -> TaskKey:
        row = {
            "run_id": uuid.UUID(key.run_id),
            "kind": int(key.kind),
            "number": key.number,
            "attempt": key.attempt,
            "namespace": queue.namespace,
            "shard": shard_of("order-1"),
            "queue": queue.queue,
            "workflow_id": "order-1",
            "created_at": at,
            "visible_at": at,
        }
        self._insert("sched_tasks", row | columns)
        return key

    def put_timer(self, key: TimerKey, due_at: datetime, stamp: int = 0) -> TimerKey:
        row = {
            "run_id": uuid.UUID(key.run_id),
            "kind": int(key.kind),
            "number": key.number,
            "namespace": "default",
            "shard": 0,
            "due_at": due_at,
            "stamp": stamp,
        }
        self._insert("sched_timers", row)
        return key

    def task(self, key: TaskKey) -> dict[str, Any]:
        """A task's row by column; raw values."""
        with self._wrapper.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM sched_tasks WHERE run_id = %s AND number = %s",
                [self.value(uuid.UUID(key.run_id)), key.number],
            )
            names = [column[0] for column in cursor.description]
            return dict(zip(names, cursor.fetchone(), strict=True))

    def clear(self) -> None:
        self.run("DELETE FROM sched_tasks")
        self.run("DELETE FROM sched_timers")
        self.run("DELETE FROM sched_workers")

    def close(self) -> None:
        self._wrapper.close()
        del connections.settings[self._wrapper.alias]

    def _insert(self, table: str, row: Mapping[str, object]) -> None:
        marks = ", ".join(["%s"] * len(row))
        self.run(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", *row.values())


def postgres_tables(server: str, *, through_django: bool) -> Tables:
    """Tables in a new database of the server."""
    name = f"mechanisms_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    dsn = make_conninfo(server, dbname=name)
    return _migrated(postgres(dsn, pooled=False), dsn, through_django)


def sqlite_tables(folder: Path, *, through_django: bool) -> Tables:
    """Tables in a new file."""
    path = str(folder / "mechanisms.sqlite3")
    return _migrated(sqlite(path), path, through_django)


def _migrated(settings: dict[str, Any], target: str, through_django: bool) -> Tables:
    alias = f"mechanisms-{uuid.uuid4().hex[:8]}"
    connections.settings[alias] = ConnectionHandler({"default": settings}).settings["default"]
    wrapper = connections[alias]
    wrapper.inc_thread_sharing()
    MigrationExecutor(wrapper).migrate(MIGRATIONS)
    return Tables(wrapper, target, through_django=through_django)
