"""The API on an empty database of each vendor, and an engine beside it that commits when told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.api.caller import Caller
from tests.store.conftest import database, driver, postgres_store, sqlite_store
from tests.store.databases import Database
from tests.store.default import as_default
from tests.store.driver import Driver
from workflows.store.postgres import PostgresBackend

__all__ = ["database", "driver", "postgres_store", "sqlite_store"]


@pytest.fixture
def api(driver: Driver) -> Iterator[Caller]:
    with as_default(driver.database):
        yield Caller(Client(headers={"host": "localhost:8080"}), driver)


@pytest.fixture
def postgres_api(postgres_store: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Caller]:
    """For what only it does. Threads of a test have connections of their own to it."""
    backend = PostgresBackend(postgres_store.target, require_durability=False)
    with django_db_blocker.unblock(), as_default(postgres_store):
        postgres_store.clear()
        yield Caller(Client(headers={"host": "localhost:8080"}), Driver(backend, postgres_store))
    backend.close()
