"""A migrated database of each vendor, empty for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.store.databases import Database, postgres_database, sqlite_database
from tests.store.driver import Driver
from workflows.store.backend import Backend
from workflows.store.postgres import PostgresBackend
from workflows.store.sqlite import SqliteBackend


@pytest.fixture(scope="package")
def postgres_store(postgres_dsn: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock(), postgres_database(postgres_dsn) as database:
        yield database


@pytest.fixture(scope="package")
def sqlite_store(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Database]:
    with django_db_blocker.unblock(), sqlite_database(tmp_path_factory.mktemp("store")) as database:
        yield database


@pytest.fixture(params=["postgres", "sqlite"])
def database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """Each vendor in turn."""
    found: Database = request.getfixturevalue(f"{request.param}_store")
    with django_db_blocker.unblock():
        found.clear()
        yield found


@pytest.fixture
def postgres(postgres_store: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """For what only it does."""
    with django_db_blocker.unblock():
        postgres_store.clear()
        yield postgres_store


@pytest.fixture
def driver(database: Database) -> Iterator[Driver]:
    """The engine beside Django's connection."""
    backend: Backend
    if database.is_postgres:
        backend = PostgresBackend(database.target, require_durability=False)
    else:
        backend = SqliteBackend(database.target)
    yield Driver(backend, database)
    backend.close()
