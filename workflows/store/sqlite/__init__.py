"""The backend for SQLite, the embedded default: one writer at a time, so nothing is ever locked by halves."""

from workflows.store.sqlite.backend import SqliteBackend

__all__ = ["SqliteBackend"]
