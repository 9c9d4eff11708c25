"""The store's databases, for what services ask of them."""

from __future__ import annotations

from tests.store.conftest import database, driver, postgres, postgres_store, sqlite_store

__all__ = ["database", "driver", "postgres", "postgres_store", "sqlite_store"]
