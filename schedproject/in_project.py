"""`SCHED` for the settings of a Django project of your own: one line, and the engine works on the project's database.

```python
SCHED = sched_settings(DATABASES)
```

Guarantees: what is refused is told in one sentence, and the process ends, as with settings of ours. No password is in a
sentence. Does not: look at the database; and `SCHED_POSTGRES_DSN` and `SCHED_DATABASE_PATH` are not read, since
`DATABASES` says it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo

from schedproject.databases import DJANGO_NAMES
from schedproject.environment import BadVariable, Environment, check_ports, check_transport, read

ALIAS = "DATABASES['default']"
OF_THE_DATABASE = frozenset({"SCHED_POSTGRES_DSN", "POSTGRES_DSN", "SCHED_DATABASE_PATH"})
POSTGRES, SQLITE = ("postgresql", "postgis"), ("sqlite3", "spatialite")


def sched_settings(
    databases: Mapping[str, Mapping[str, Any]], variables: Mapping[str, str] | None = None
) -> Environment:
    """What `SCHED` holds in a project.

    Args:
        databases: the project's `DATABASES`.
        variables: those of docs/configuration.md; this process's unless given.
    """
    try:
        found = project_environment(databases["default"], os.environ if variables is None else variables)
    except BadVariable as refusal:
        sys.exit(f"sched: {refusal}")
    for name in found.unknown:
        sys.stderr.write(f"sched: ignored, since it is no variable of sched: {name}\n")
    return found


def project_environment(database: Mapping[str, Any], variables: Mapping[str, str]) -> Environment:
    """The environment of a project's processes.

    Raises:
        BadVariable: a variable, or the database, is none that sched can work with.
    """
    kept = {name: value for name, value in variables.items() if name not in OF_THE_DATABASE}
    backend = str(database.get("ENGINE", ""))
    if backend.endswith(POSTGRES):
        kept["SCHED_POSTGRES_DSN"] = _dsn(database)
    elif backend.endswith(SQLITE):
        kept["SCHED_DATABASE_PATH"] = _file(database, kept)
    else:
        raise BadVariable(
            f"{ALIAS} has the ENGINE {backend!r}; allowed are those of PostgreSQL and of SQLite."
        )
    found = replace(read(kept), postgres_variable=ALIAS, database_variable=ALIAS)
    check_ports(ENGINE_PORT=found.engine_port, SCHED_METRICS_PORT=found.metrics_port)
    check_transport(found)
    return found


def _dsn(database: Mapping[str, Any]) -> str:
    """Django's settings as libpq has them; of `OPTIONS` what libpq knows, since the rest is psycopg's and Django's."""
    if not database.get("NAME"):
        raise BadVariable(f"{ALIAS} has no NAME; it must name a database.")
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    options = {name: value for name, value in database.get("OPTIONS", {}).items() if name in known}
    named = {libpq: database[django] for libpq, django in DJANGO_NAMES.items() if database.get(django)}
    return make_conninfo(**{name: str(value) for name, value in {**options, **named}.items()})


def _file(database: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    """The file's path. Django's own way to begin a transaction would fail at random beside an engine's."""
    if database.get("OPTIONS", {}).get("transaction_mode") != "IMMEDIATE":
        raise BadVariable(
            f"{ALIAS} is SQLite without OPTIONS['transaction_mode'] = 'IMMEDIATE', and would be told that it is locked "
            "while an engine writes; schedproject.databases.sqlite(path) makes settings that are right."
        )
    for name in ("SCHED_REDIS_URL", "REDIS_ADDR"):
        if variables.get(name, "").strip():
            raise BadVariable(
                f"{name} is set and {ALIAS} is SQLite: Redis serves several processes, and SQLite serves one engine; "
                f"use PostgreSQL, or unset {name}."
            )
    return str(database.get("NAME", ""))
