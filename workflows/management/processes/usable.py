"""Whether the database can be opened at all, told in one sentence: which variable names it, where it is, why not.

Does not: say whether its tables are there (migrated.py) or whether it keeps what it acknowledges (suitable.py). No
password is ever in a sentence: what is told of a DSN is its host and port. A Django project that installs the apps has
databases of its own, which no variable of ours names: of those nothing is looked at, and Django's own errors are told.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import DatabaseError
from psycopg.conninfo import conninfo_to_dict

from workflows.management.processes.refusal import CannotStart

CONNECT_SECONDS = 5
MEMORY = ":memory:"
POSTGRES_PORT = "5432"


def check_there() -> None:
    """Looks for the embedded database; whoever merely opened it would make it.

    Raises:
        CannotStart: there is none.
    """
    environment = _environment()
    if environment is None or environment.postgres_dsn or environment.database_path == MEMORY:
        return
    if not os.path.exists(environment.database_path):  # noqa: PTH110 - Path's raises where it may not look
        missing = FileNotFoundError("no such file; `python manage.py migrate` makes it")
        raise _refusal(environment.database_variable, environment.database_path, missing)


def check_usable() -> None:
    """Open what the settings name, once, and close it again.

    Raises:
        CannotStart: it cannot be opened.
    """
    environment = _environment()
    if environment is None:
        return
    if not environment.postgres_dsn:
        _check_file(environment.database_path, environment.database_variable)
        return
    _check_server(environment.postgres_variable, environment.postgres_dsn)
    if environment.postgres_direct_dsn:
        _check_server("SCHED_POSTGRES_DIRECT_DSN", environment.postgres_direct_dsn)


@contextmanager
def told_in_a_sentence() -> Iterator[None]:
    """What the database refuses inside the block becomes a `CannotStart`."""
    environment = _environment()
    try:
        yield
    except DatabaseError as error:
        if environment is None:
            raise
        if environment.postgres_dsn:
            raise _refusal(environment.postgres_variable, _place(environment.postgres_dsn), error) from error
        raise _refusal(environment.database_variable, environment.database_path, error) from error


def _environment() -> Any:
    """Of a process of ours; None in somebody else's project, whose `SCHED` may name a Redis and no more."""
    found = getattr(settings, "SCHED", None)
    return found if hasattr(found, "database_path") else None


def _check_file(path: str, variable: str) -> None:
    if path == MEMORY:
        return
    try:
        with closing(sqlite3.connect(path, timeout=CONNECT_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")  # finds out too whether it can be written
            connection.execute("SELECT count(*) FROM sqlite_master")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        raise _refusal(variable, path, error) from None


def _check_server(variable: str, dsn: str) -> None:
    """A plain connection: Django's pool would try again and again, and tell each time."""
    try:
        psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        raise _refusal(variable, _place(dsn), error) from None


def _place(dsn: str) -> str:
    parts = conninfo_to_dict(dsn)
    hosts = str(parts.get("host") or parts.get("hostaddr") or "the local socket").split(",")
    ports = str(parts.get("port") or POSTGRES_PORT).split(",")
    ports *= len(hosts) if len(ports) == 1 else 1
    return ", ".join(f"{host}:{port}" for host, port in zip(hosts, ports, strict=False))


def _refusal(variable: str, place: str, error: Exception) -> CannotStart:
    return CannotStart(f"the database cannot be used ({variable}, {place}): {_reason(error)}.")


def _reason(error: Exception) -> str:
    """The end of what the driver says in its first line; the place, which comes before, is told already."""
    lines = str(error).strip().splitlines()
    told = lines[0].rpartition(" failed: ")[2].removeprefix("FATAL:").strip().rstrip(".") if lines else ""
    return told or type(error).__name__
