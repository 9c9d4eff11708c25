"""Every migration after the first release's only adds: the code before it goes on running."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from tests.e2e.harness.processes import ROOT
from tests.upgrade.expansion import FUNCTIONS, complaints, name_of
from tests.upgrade.releases import BEFORE_ACCESS, migrations_of
from workflows.indexes import AddIndexBeside

APPS = {"sched_workflows": "workflows", "sched_dispatch": "dispatch", "sched_timers": "timers"}


def all_migrations() -> dict[str, migrations.Migration]:
    """Ours, by the paths of their files."""
    loader = MigrationLoader(None)
    return {
        f"{APPS[app]}/migrations/{name}.py": migration
        for (app, name), migration in loader.disk_migrations.items()
        if app in APPS
    }


@cache
def base_files() -> dict[str, bytes]:
    """The migrations of the oldest release that is upgraded from."""
    return migrations_of(BEFORE_ACCESS)


def newer() -> Iterator[migrations.Migration]:
    base = base_files()
    return (migration for path, migration in all_migrations().items() if path not in base)


def test_migrations_since_the_base_only_add() -> None:
    """Nothing that old code reads or writes goes, changes its name, or is locked for as long as a table is large."""
    found = list(newer())
    assert len(found) >= 9
    assert [line for migration in found for line in complaints(migration)] == []


def test_migrations_of_the_base_are_as_they_were() -> None:
    """A database that has applied one never sees what was changed in it since."""
    for path, then in sorted(base_files().items()):
        assert (ROOT / path).read_bytes() == then, f"{path}: was released; make another migration"


def test_functions_that_are_allowed_exist() -> None:
    """The list holds no name that nobody calls any more."""
    called = {
        name_of(operation)
        for migration in newer()
        for operation in migration.operations
        if isinstance(operation, migrations.RunPython)
    }
    assert called == FUNCTIONS


REFUSED = {
    "RemoveField": migrations.RemoveField("execution", "memo"),
    "RenameField": migrations.RenameField("execution", "memo", "note"),
    "DeleteModel": migrations.DeleteModel("Execution"),
    "RenameModel": migrations.RenameModel("Execution", "Run"),
    "AlterModelTable": migrations.AlterModelTable("Execution", "runs"),
    "AlterField": migrations.AlterField("execution", "memo", models.TextField()),
    "AddIndex": migrations.AddIndex("execution", models.Index(fields=["memo"], name="memo")),
    "RunSQL": migrations.RunSQL("SELECT 1"),
    "AddField without a default of the database": migrations.AddField(
        "execution", "note", models.TextField(default="")
    ),
    "AddField with an index": migrations.AddField(
        "execution", "note", models.TextField(null=True, db_index=True)
    ),
    "RunPython of what nobody has read": migrations.RunPython(migrations.RunPython.noop),
    "AddConstraint": migrations.AddConstraint(
        "execution", models.UniqueConstraint(fields=["memo"], name="memo")
    ),
}


def migration_of(name: str, *given: Operation) -> migrations.Migration:
    class Trouble(migrations.Migration):
        operations = list(given)

    return Trouble(name, "sched_workflows")


@pytest.mark.parametrize("operation", REFUSED.values(), ids=REFUSED)
def test_what_old_code_would_not_survive_is_refused(operation: Operation) -> None:
    """Each operation that takes away, locks or says nothing of itself is named with its migration."""
    [complaint] = complaints(migration_of("0042_trouble", operation))
    assert complaint.startswith(f"sched_workflows.0042_trouble: {type(operation).__name__}: ")


def test_a_table_that_is_new_may_be_finished_in_its_migration() -> None:
    """Nobody uses it yet; but an index of a table that is in use needs a migration without a transaction."""
    note = migrations.CreateModel("Note", fields=[("id", models.BigAutoField(primary_key=True))])
    index = models.Index(fields=["id"], name="note")
    assert list(complaints(migration_of("0042_notes", note, migrations.AddIndex("note", index)))) == []
    [complaint] = complaints(migration_of("0043_notes", AddIndexBeside("execution", index)))
    assert complaint.endswith("must say atomic = False")
