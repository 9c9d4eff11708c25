"""The conformance suite against SQLite, and how it waits for its one lock."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.contracts.store_suite import BackendConformance
from tests.store.databases import Database, sqlite_database
from tests.store.driver import Driver
from workflows.store.backend import LoadRequest, Locked
from workflows.store.sqlite import SqliteBackend


@pytest.fixture(scope="module")
def file_database(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Database]:
    with django_db_blocker.unblock(), sqlite_database(tmp_path_factory.mktemp("store")) as database:
        yield database


@pytest.fixture
def driver(file_database: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Driver]:
    with django_db_blocker.unblock():
        file_database.clear()
        backend = SqliteBackend(file_database.target)
        yield Driver(backend, file_database)
        backend.close()


class TestSqlite(BackendConformance):
    @pytest.fixture
    def driver(self, driver: Driver) -> Driver:
        return driver


def test_another_writer_is_waited_for_and_then_told(driver: Driver) -> None:
    """The lock is waited for as long as was asked, then Locked; once it is free all goes on."""
    other = sqlite3.connect(driver.database.target, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    hasty = SqliteBackend(driver.database.target, timeout=timedelta(milliseconds=20))
    with pytest.raises(Locked):
        hasty.begin_and_load(LoadRequest())
    other.execute("COMMIT")
    hasty.begin_and_load(LoadRequest())
    hasty.close()
    other.close()


def test_the_database_in_memory_is_shared(tmp_path: Path) -> None:
    """Connections of one process to one name see each other's tables."""
    one, two = SqliteBackend("file:/shared?vfs=memdb"), SqliteBackend("file:/shared?vfs=memdb")
    one.connect()
    two.connect()
    one._open.execute("CREATE TABLE seen (x)")
    assert two._open.execute("SELECT count(*) FROM seen").fetchone() == (0,)
    one.close()
    two.close()


def test_a_commit_is_on_disk_before_it_is_told(driver: Driver) -> None:
    """Full synchronisation, with a write-ahead log."""
    driver.begin()
    assert driver.backend._open.execute("PRAGMA synchronous").fetchone() == (2,)  # type: ignore[attr-defined]
    assert driver.backend._open.execute("PRAGMA journal_mode").fetchone() == ("wal",)  # type: ignore[attr-defined]
