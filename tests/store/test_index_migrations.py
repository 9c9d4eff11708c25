"""Migrations that make indexes of tables in use: no writer waits, and one that was broken off can be repeated."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from pytest_django import DjangoDbBlocker

from tests.e2e.harness.waiting import wait_for
from tests.store.databases import Database, postgres_database, sqlite_database

MIGRATIONS = {
    "sched_workflows": ("0004_groups", "sched_executions", "sched_executions_queue"),
    "sched_dispatch": ("0002_workers", "sched_tasks", "sched_tasks_problems"),
    "sched_timers": ("0001_timers", "sched_timers", "sched_timers_failing"),
}
"""By app: the migration before, the table, and the first index."""
DEFINITIONS = {
    True: "SELECT indexname, indexdef, indisvalid FROM pg_indexes JOIN pg_index ON indexname::regclass = indexrelid"
    " WHERE tablename = %s ORDER BY 1",
    False: "SELECT name, sql, 1 FROM sqlite_master WHERE type = 'index' AND tbl_name = %s ORDER BY 1",
}
OTHER = "run_id"
"""A column that each of the tables has; an index of it alone is none of those."""
PATIENCE_SECONDS = 20.0


@pytest.fixture(scope="module", params=["postgres", "sqlite"])
def fresh(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Database]:
    """One that no other suite uses."""
    with django_db_blocker.unblock():
        if request.param == "postgres":
            with postgres_database(request.getfixturevalue("postgres_dsn")) as database:
                yield database
        else:
            with sqlite_database(tmp_path_factory.mktemp("indexes")) as database:
                yield database


@pytest.mark.parametrize("app", MIGRATIONS)
def test_one_that_was_broken_off_can_be_repeated(fresh: Database, app: str) -> None:
    """What it left under the name is replaced, and the result is that of one that went through."""
    _, table, index = MIGRATIONS[app]
    whole = definitions(fresh, table)
    with before(fresh, app):
        assert index not in [name for name, *_ in definitions(fresh, table)]
        fresh.run(f"CREATE INDEX {index} ON {table} ({OTHER})")
        if fresh.is_postgres:
            fresh.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [index])
    assert definitions(fresh, table) == whole


@pytest.mark.parametrize("app", MIGRATIONS)
def test_writers_are_not_locked_out(postgres_dsn: str, django_db_blocker: DjangoDbBlocker, app: str) -> None:
    """While it waits for a transaction that has written, others write on."""
    _, table, _ = MIGRATIONS[app]
    writes = f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE".encode()
    with (
        django_db_blocker.unblock(),
        postgres_database(postgres_dsn) as database,
        psycopg.connect(database.target) as writer,
        psycopg.connect(database.target, autocommit=True) as watcher,
    ):
        MigrationExecutor(database.wrapper).migrate([(app, MIGRATIONS[app][0])])
        writer.execute(writes)
        migration = threading.Thread(target=migrate_aside, args=(database,))
        migration.start()
        try:
            wait_for(lambda: is_waiting(watcher), "the migration to wait", seconds=PATIENCE_SECONDS)
            with watcher.transaction():
                watcher.execute("SET LOCAL lock_timeout = '2s'")
                watcher.execute(writes)
        finally:
            writer.rollback()
            migration.join(PATIENCE_SECONDS)
        assert not migration.is_alive()


def definitions(database: Database, table: str) -> list[tuple[object, ...]]:
    return database.run(DEFINITIONS[database.is_postgres], [table])


@contextmanager
def before(database: Database, app: str) -> Iterator[None]:
    """The state before the migration of this app; it, and all others, are made again after the block."""
    MigrationExecutor(database.wrapper).migrate([(app, MIGRATIONS[app][0])])
    yield
    migrate(database)


def migrate(database: Database) -> None:
    executor = MigrationExecutor(database.wrapper)
    executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in MIGRATIONS])


def migrate_aside(database: Database) -> None:
    """In a thread, on a connection of its own."""
    try:
        migrate(database)
    finally:
        connections.close_all()


def is_waiting(watcher: psycopg.Connection) -> bool:
    found = watcher.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    return found is not None and found[0] > 0
