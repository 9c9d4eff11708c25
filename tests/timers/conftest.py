"""The tables of the timers, on each kind of cursor."""

from tests.dispatch.conftest import migrated, migrated_postgres, on_postgres, tables

__all__ = ["migrated", "migrated_postgres", "on_postgres", "tables"]
