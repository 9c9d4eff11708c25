"""A migrated database of each vendor."""

from tests.store.conftest import database, postgres_store, sqlite_store

__all__ = ["database", "postgres_store", "sqlite_store"]
