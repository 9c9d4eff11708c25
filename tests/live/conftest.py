"""`/ws` on an empty database of each vendor. Open access until a test calls `guard`."""

from __future__ import annotations

from tests.api.conftest import api, forgetful, guard, live_threads
from tests.rpc.conftest import engine_database
from tests.store.conftest import database, driver, postgres_store, sqlite_store

__all__ = [
    "api",
    "database",
    "driver",
    "engine_database",
    "forgetful",
    "guard",
    "live_threads",
    "postgres_store",
    "sqlite_store",
]
