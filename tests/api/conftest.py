"""The API on an empty database of each vendor, and an engine beside it that commits when told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from tests.api.caller import Caller
from tests.store.conftest import database, driver, postgres_store, sqlite_store
from tests.store.databases import Database
from tests.store.default import as_default
from tests.store.driver import Driver
from workflows.api import limiting
from workflows.live import threads
from workflows.store.postgres import PostgresBackend

__all__ = ["database", "driver", "postgres_store", "sqlite_store"]


@pytest.fixture(autouse=True)
def forgetful() -> None:
    """No test is held up for what those before it have tried."""
    limiting.FAILURES.forget()
    limiting.CALLS.forget()


@pytest.fixture
def guard(settings: Settings, live_threads: None) -> Callable[[], None]:
    """Until it is called access is open, so that a test can set its scene; from then on credentials are demanded."""

    def demand() -> None:
        settings.SCHED = replace(settings.SCHED, auth="required")

    return demand


@pytest.fixture
def live_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """New ones: a thread keeps its connection, and the next test may be one on another database."""
    with ThreadPoolExecutor(max_workers=1) as fresh:
        monkeypatch.setattr(threads, "_threads", fresh)
        yield


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
