"""The ground of one run: a Postgres and a Redis of its own, new and empty, gone when the block ends."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import redis

from tests.servers.postgres import postgres_server
from tests.servers.redis import redis_server

DATABASE = "bench"
SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.max": "10000",
    # Peers hold a connection for each thread.
    "max_connections": "300",
}
"""Beside Postgres's defaults, fsync and synchronous_commit among them; the same for everyone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Servers that nobody else uses.

    Attributes:
        dsn: Of the measured database.
        monitor: A connection to another database, so that its statements are not counted.
        pids: Of the servers' first processes, by name.
        folder: For logs.
    """

    dsn: str
    redis_url: str
    monitor: psycopg.Connection[Any]
    pids: dict[str, int]
    folder: Path


@contextmanager
def ground() -> Iterator[Ground]:
    """Both servers, with a database and the statistics of its statements."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres_server(settings=SETTINGS))
        redis_url = stack.enter_context(redis_server())
        monitor = stack.enter_context(psycopg.connect(server, autocommit=True))
        monitor.execute("CREATE EXTENSION pg_stat_statements")
        monitor.execute(f"CREATE DATABASE {DATABASE}")
        yield Ground(
            dsn=server.rpartition("/")[0] + f"/{DATABASE}",
            redis_url=redis_url,
            monitor=monitor,
            pids={"postgres": _postmaster(monitor), "redis": _redis(redis_url)},
            folder=Path(stack.enter_context(tempfile.TemporaryDirectory())),
        )


def _postmaster(monitor: psycopg.Connection[Any]) -> int:
    row = monitor.execute("SELECT pg_read_file('postmaster.pid')").fetchone()
    assert row is not None
    return int(row[0].split()[0])


def _redis(url: str) -> int:
    with redis.Redis.from_url(url) as client:
        return int(client.info("server")["process_id"])
