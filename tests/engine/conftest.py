"""The database of the engines."""

from tests.rpc.conftest import database, engine_database

__all__ = ["database", "engine_database"]
