"""The database of the engines, and an engine on it with who calls it."""

from tests.rpc.conftest import database, engine, engine_database, peer

__all__ = ["database", "engine", "engine_database", "peer"]
