"""Whether the database has the tables that this code needs."""

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from workflows.management.processes.refusal import CannotStart
from workflows.management.processes.usable import check_there, check_usable, told_in_a_sentence


def check_migrated() -> None:
    """Refuses a database that cannot be used, or whose migrations are not all applied.

    Raises:
        CannotStart: saying what to do.
    """
    check_there()
    check_usable()
    connection = connections["default"]
    try:
        with told_in_a_sentence():
            executor = MigrationExecutor(connection)
            missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    finally:
        connection.close()
    if missing:
        names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise CannotStart(
            f"the database lacks migrations ({names}{more}); run `python manage.py migrate` first."
        )
