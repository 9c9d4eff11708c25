"""The backend for a database, by its connection string."""

from timers.clock import Clock
from workflows.store.backend import Backend
from workflows.store.postgres.backend import PostgresBackend


def new_backend(postgres_dsn: str | None, clock: Clock) -> Backend:
    """A backend for Postgres, or (None) for the embedded SQLite database, whose time is the clock's."""
    if postgres_dsn is not None:
        return PostgresBackend(postgres_dsn)
    from workflows.store.sqlite.backend import SqliteBackend

    return SqliteBackend(clock)
