"""The store's databases, for faults of the store."""

from __future__ import annotations

from tests.store.conftest import database, driver, postgres, postgres_store, sqlite_store

__all__ = ["database", "driver", "postgres", "postgres_store", "sqlite_store"]
