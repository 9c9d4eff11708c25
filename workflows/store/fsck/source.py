"""Where rows come from: a snapshot of the whole database, or the transaction that repairs one run.

A snapshot is one moment of the database on a connection of its own, read only: REPEATABLE READ on PostgreSQL, a read
transaction on SQLite. So it may run beside live engines, blocks none of them, and never sees half of a commit. It
keeps old versions of rows alive while it lasts (vacuum and the write-ahead log wait for it).

Each stream is one statement, whose rows are fetched by the hundreds: on PostgreSQL a cursor of the server's, on SQLite
the statement itself.
"""

import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from inspect import GEN_CLOSED, getgeneratorstate
from itertools import count
from typing import Any, Protocol

import psycopg
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from dispatch.dialect import POSTGRES, SQLITE, Dialect
from workflows.store.fsck.rows import Row


class Source(Protocol):
    """Statements are written with `%s` for both databases."""

    @property
    def dialect(self) -> Dialect:
        """Of the statements' parameters."""

    def stream(self, statement: str, parameters: Sequence[Any], fetch: int) -> Iterator[Row]:
        """The rows of a statement, so many at a time."""


@contextmanager
def snapshot(using: str) -> Iterator[Source]:
    """One moment of a database. A stream that was not read to its end ends with it."""
    wrapper = connections[using]
    with wrapper.wrap_database_errors, ExitStack() as open_things:
        source: _Snapshot
        if wrapper.vendor == "postgresql":
            source = _PostgresSnapshot(open_things.enter_context(closing(_connect_postgres(wrapper))))
        else:
            source = _SqliteSnapshot(open_things.enter_context(closing(_connect_sqlite(wrapper))))
        open_things.callback(source.close)
        yield source


def _connect_postgres(wrapper: BaseDatabaseWrapper) -> psycopg.Connection[Any]:
    parameters = {**wrapper.get_connection_params(), "autocommit": True, "application_name": "sched-fsck"}
    parameters.pop("cursor_factory", None)
    connection = psycopg.connect(**parameters)
    connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
    # Rows in the order of a key that is there: nothing is sorted, so nothing is gathered first.
    connection.execute("SET LOCAL enable_sort = off")
    connection.execute("SET LOCAL enable_seqscan = off")
    connection.execute("SET LOCAL jit = off")  # what is forbidden counts as dear, and would be compiled
    connection.execute("SET LOCAL cursor_tuple_fraction = 0.001")
    connection.execute("SET LOCAL timezone = 'UTC'")
    return connection


def _connect_sqlite(wrapper: BaseDatabaseWrapper) -> sqlite3.Connection:
    name = str(wrapper.settings_dict["NAME"])
    connection = sqlite3.connect(name, isolation_level=None, uri=name.startswith("file:"))
    connection.execute("PRAGMA query_only = ON")
    connection.execute("BEGIN")
    connection.execute(
        "SELECT 1 FROM sched_executions LIMIT 1"
    ).fetchone()  # the moment is that of the first look
    return connection


class _Snapshot:
    dialect: Dialect

    def __init__(self) -> None:
        self._streams: list[Generator[Row]] = []

    def stream(self, statement: str, parameters: Sequence[Any], fetch: int) -> Iterator[Row]:
        found = self._rows(statement, parameters, fetch)
        self._streams = [each for each in self._streams if getgeneratorstate(each) != GEN_CLOSED]
        self._streams.append(found)
        return found

    def close(self) -> None:
        for stream in self._streams:
            stream.close()

    def _rows(self, statement: str, parameters: Sequence[Any], fetch: int) -> Generator[Row]:
        raise NotImplementedError


class _PostgresSnapshot(_Snapshot):
    dialect = POSTGRES

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__()
        self._connection = connection
        self._names = count(1)

    def _rows(self, statement: str, parameters: Sequence[Any], fetch: int) -> Generator[Row]:
        with self._connection.cursor(name=f"fsck_{next(self._names)}") as cursor:
            cursor.itersize = fetch
            cursor.execute(statement, parameters)
            yield from cursor


class _SqliteSnapshot(_Snapshot):
    dialect = SQLITE

    def __init__(self, connection: sqlite3.Connection) -> None:
        super().__init__()
        self._connection = connection

    def _rows(self, statement: str, parameters: Sequence[Any], fetch: int) -> Generator[Row]:
        del fetch  # a row is made when it is asked for
        yield from self._connection.execute(statement.replace("%s", "?"), parameters)


class TransactionSource:
    """Of the transaction under way on Django's connection: what it sees, locked or not."""

    def __init__(self, using: str) -> None:
        self._connection = connections[using]
        self.dialect: Dialect = POSTGRES if self._connection.vendor == "postgresql" else SQLITE

    def stream(self, statement: str, parameters: Sequence[Any], fetch: int) -> Iterator[Row]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            while rows := cursor.fetchmany(fetch):
                yield from rows
