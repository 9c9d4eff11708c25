"""The backend for the database that Django is set up for."""

from django.db import connections

from timers.clock import Clock
from workflows.store.backend import Backend
from workflows.store.postgres.backend import PostgresBackend
from workflows.store.sqlite.backend import SqliteBackend


def new_backend(postgres_dsn: str | None, clock: Clock, *, using: str = "default") -> Backend:
    """A backend for Postgres, or (None) for the embedded SQLite database, whose time is the clock's."""
    if postgres_dsn is not None:
        return PostgresBackend(postgres_dsn)
    return SqliteBackend(str(connections[using].settings_dict["NAME"]), clock=clock)
