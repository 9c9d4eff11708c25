"""The API on an empty database of each vendor, and an engine beside it that commits when told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from tests.api.caller import Caller
from tests.store.conftest import database, driver, postgres_store, sqlite_store
from tests.store.default import as_default
from tests.store.driver import Driver

__all__ = ["database", "driver", "postgres_store", "sqlite_store"]


@pytest.fixture
def api(driver: Driver) -> Iterator[Caller]:
    with as_default(driver.database):
        yield Caller(Client(headers={"host": "localhost:8080"}), driver)
