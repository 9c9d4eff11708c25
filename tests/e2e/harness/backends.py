"""What an engine stands on: the embedded database, Postgres alone, or Postgres with Redis."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from tests.e2e.harness.processes import ROOT, clean_environment

EMBEDDED = "embedded"
POSTGRES = "postgres"
POSTGRES_REDIS = "postgres+redis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    """The variables that make processes share one database."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The tests' servers; started when the first backend needs them.

    Attributes:
        template: DSN of a migrated database, of which the others are copies; migrating each would take seconds.
    """

    template: Callable[[], str]
    redis_url: Callable[[], str]


def make_backend(name: str, folder: Path, servers: Servers) -> Backend:
    """A fresh, migrated database of that kind, for one engine after the other, or several where it allows them."""
    # The key beside the embedded database is shared by the processes of one backend.
    variables = {"SCHED_DATABASE_PATH": str(folder / "sched.sqlite3"), "SCHED_AUTH": "open"}
    if name != EMBEDDED:
        variables["SCHED_POSTGRES_DSN"] = copy_of(servers.template(), f"{folder.name}_{name}")
    else:
        migrate(variables)
    if name == POSTGRES_REDIS:
        variables["SCHED_REDIS_URL"] = servers.redis_url()
    return Backend(name=name, variables=variables)


def make_template(dsn: str) -> str:
    """A migrated database on the server."""
    template = fresh_database(dsn, "template")
    migrate({"SCHED_DATABASE_PATH": ":memory:", "SCHED_POSTGRES_DSN": template})
    return template


def remove_backend(backend: Backend) -> None:
    """Drops what was made on a server; folders are pytest's."""
    dsn = backend.variables.get("SCHED_POSTGRES_DSN")
    if dsn:
        remove_database(dsn)


def remove_database(dsn: str) -> None:
    drop_database(maintenance(dsn), name_of(dsn))


def fresh_database(dsn: str, wanted: str, *, template: str = "template1") -> str:
    name = "e2e_" + re.sub(r"[^a-z0-9]+", "_", wanted.lower())
    drop_database(dsn, name)
    with psycopg.connect(dsn, autocommit=True) as connection:
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(command.format(sql.Identifier(name), sql.Identifier(template)))
    return make_conninfo(dsn, dbname=name)


def copy_of(template: str, wanted: str) -> str:
    return fresh_database(maintenance(template), wanted, template=name_of(template))


def maintenance(dsn: str) -> str:
    return make_conninfo(dsn, dbname="postgres")


def name_of(dsn: str) -> str:
    return str(conninfo_to_dict(dsn)["dbname"])


def drop_database(dsn: str, name: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def migrate(variables: Mapping[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env=clean_environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
