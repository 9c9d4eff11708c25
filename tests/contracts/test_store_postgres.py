"""The conformance suite against PostgreSQL, and what only a server with many sessions can do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.contracts.store_suite import BackendConformance
from tests.store.databases import Database, postgres_database
from tests.store.driver import Driver
from workflows.store.postgres import PostgresBackend


@pytest.fixture(scope="session")
def server_database(postgres_of_version: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock(), postgres_database(postgres_of_version) as database:
        yield database


@pytest.fixture
def database(server_database: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock():
        server_database.clear()
        yield server_database


@pytest.fixture
def driver(database: Database) -> Iterator[Driver]:
    backend = PostgresBackend(database.target, require_durability=False)
    yield Driver(backend, database)
    backend.close()


class TestPostgres(BackendConformance):
    @pytest.fixture
    def driver(self, database: Database) -> Iterator[Driver]:
        backend = PostgresBackend(database.target, require_durability=False)
        yield Driver(backend, database)
        backend.close()
