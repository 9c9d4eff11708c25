"""Django's `DATABASES` for an environment: Postgres where a DSN is given, else the embedded SQLite file.

SQLite runs in WAL mode with `synchronous=FULL`, so that a commit is on disk before it is acknowledged, and starts
its transactions with BEGIN IMMEDIATE: a writer waits for the lock at the start, where waiting is possible, and never
fails at an upgrade in the middle.
"""

from __future__ import annotations

import atexit
from pathlib import Path
from typing import Any

from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from schedproject.environment import Environment
from schedproject.lifelines import with_lifelines
from schedproject.parsers import MEMORY

SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
SQLITE_TIMEOUT_SECONDS = 20
# All connections of the process share one database; the memdb file system locks it as a file would be.
SQLITE_MEMORY_NAME = "file:/sched?vfs=memdb"
DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
POOL_SIZE_MAX = 10
POOL_WAIT_SECONDS = 5
"""That a caller waits for a connection, and that the pool goes on trying to make one. Left to itself it would try for
minutes, at growing intervals, and find a server that is back a minute late."""


def databases(environment: Environment) -> dict[str, dict[str, Any]]:
    """The one database, under the alias `default`."""
    if environment.postgres_dsn:
        return {"default": postgres(environment.postgres_dsn)}
    return {"default": sqlite(environment.database_path)}


def postgres(dsn: str, *, pooled: bool = True) -> dict[str, Any]:
    """Settings for Django's Postgres backend; what Django has no name for goes to libpq as it is."""
    found = conninfo_to_dict(with_lifelines(dsn))
    parts = {key: str(value) for key, value in found.items() if value is not None}
    settings: dict[str, Any] = {django: parts.pop(libpq, "") for libpq, django in DJANGO_NAMES.items()}
    options: dict[str, Any] = dict(parts)
    if pooled:
        atexit.register(close_pools)
        options["pool"] = {"min_size": 0, "max_size": POOL_SIZE_MAX, "timeout": POOL_WAIT_SECONDS}
        options["pool"]["reconnect_timeout"] = POOL_WAIT_SECONDS
    return settings | {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        # A server that was restarted leaves dead connections in the pool; each would cost a request.
        "CONN_HEALTH_CHECKS": True,
        # A cursor that outlives its transaction is lost where a pooler gives each transaction another session.
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": options,
    }


def make_folder(environment: Environment) -> None:
    """The folder of the embedded database, where there is none."""
    if not environment.postgres_dsn and environment.database_path != MEMORY:
        Path(environment.database_path).absolute().parent.mkdir(parents=True, exist_ok=True)


def close_pools() -> None:
    """Ends the pools' threads. Left to the interpreter's own end, each of them is waited for in vain for 5 s."""
    for connection in connections.all(initialized_only=True):
        close = getattr(connection, "close_pool", None)
        if close is not None:
            connection.close()
            close()


def sqlite(path: str) -> dict[str, Any]:
    """Settings for Django's SQLite backend; makes nothing."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": SQLITE_MEMORY_NAME if path == MEMORY else str(Path(path).absolute()),
        "OPTIONS": {
            "timeout": SQLITE_TIMEOUT_SECONDS,
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS,
        },
    }
