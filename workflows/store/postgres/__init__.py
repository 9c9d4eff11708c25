"""The backend for PostgreSQL: psycopg in pipeline mode, one statement to load a batch and one to write it."""

from workflows.store.postgres.backend import PostgresBackend

__all__ = ["PostgresBackend"]
