"""Whether the database has the tables that this code needs."""

import psycopg
from django.conf import settings
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from workflows.management.processes.refusal import CannotStart

CONNECT_SECONDS = 5


def check_migrated() -> None:
    """Refuses a database that cannot be reached, or whose migrations are not all applied.

    Raises:
        CannotStart: saying what to do.
    """
    _check_reachable(settings.SCHED.postgres_dsn)
    connection = connections["default"]
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        raise CannotStart(f"the database cannot be used: {_first_line(error)}.") from error
    finally:
        connection.close()
    if missing:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise CannotStart(
            f"the database lacks migrations ({names}{more}); run `python manage.py migrate` first."
        )


def _check_reachable(dsn: str | None) -> None:
    """One plain connection: Django's pool would try again and again, and tell each time."""
    try:
        if dsn:
            psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        raise CannotStart(f"the database cannot be used: {_first_line(error)}.") from None


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
