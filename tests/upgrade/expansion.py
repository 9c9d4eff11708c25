"""What a migration may do while the code before it runs: the operations that are allowed, and why others are not.

A list of what is allowed, not of what is forbidden: an operation that nobody has thought about is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation
from django.db.models.fields import NOT_PROVIDED

from workflows.indexes import AddIndexBeside, RemoveIndexBeside

FUNCTIONS = frozenset(
    {
        # New groups and their permissions; tables of Django that no engine reads.
        "workflows.migrations.0004_groups.make_groups",
        # CREATE STATISTICS: locks out no reader and no writer.
        "workflows.migrations.0005_execution_indexes_for_reads.make_statistics",
        # Storage parameters of a table that the same migration makes.
        "dispatch.migrations.0002_workers.set_storage",
    }
)
"""That RunPython may call. Each was read: it neither waits for a writer nor changes what old code reads."""


def complaints(migration: migrations.Migration) -> Iterator[str]:
    """Why the code before this migration could not run beside it; a sentence for each operation."""
    made: set[str] = set()
    for operation in migration.operations:
        complaint = _complaint(operation, made)
        if complaint:
            yield f"{migration.app_label}.{migration.name}: {type(operation).__name__}: {complaint}"
        if isinstance(operation, migrations.CreateModel):
            made.add(operation.name.lower())
    beside = any(isinstance(each, AddIndexBeside | RemoveIndexBeside) for each in migration.operations)
    if beside and migration.atomic:
        yield f"{migration.app_label}.{migration.name}: makes indexes beside what runs: must say atomic = False"


def _complaint(operation: Operation, made: set[str]) -> str:
    """`made`: models of this very migration, whose tables nobody uses yet."""
    model = str(getattr(operation, "model_name", "")).lower()
    if model and model in made:
        return ""
    judge = _ALLOWED.get(type(operation))
    if judge is None:
        return "is not among the operations that old code survives; see docs/adr/0016-rolling-upgrades.md"
    return judge(operation)


def _nothing(_operation: Any) -> str:
    return ""


def _field(operation: migrations.AddField) -> str:
    """Old code inserts rows without the column: the database must know what it is then."""
    field = operation.field
    if field.null or field.db_default is not NOT_PROVIDED:
        return (
            ""
            if not _is_indexed(field)
            else f"{operation.name}: an index of its own locks writers out: AddIndexBeside"
        )
    return f"{operation.name}: must be null or have a db_default, since old code inserts rows without it"


def _is_indexed(field: Any) -> bool:
    return bool(field.db_index or field.unique)


def name_of(operation: migrations.RunPython) -> str:
    """Of what it calls."""
    code: Any = operation.code
    return f"{code.__module__}.{code.__qualname__}"


def _function(operation: migrations.RunPython) -> str:
    name = name_of(operation)
    return "" if name in FUNCTIONS else f"{name}: must be read, and named in tests/upgrade/expansion.py"


_ALLOWED: dict[type[Operation], Callable[[Any], str]] = {
    migrations.CreateModel: _nothing,
    migrations.AddField: _field,
    migrations.AlterModelOptions: _nothing,  # Django's names and permissions; the table stays
    migrations.RunPython: _function,
    AddIndexBeside: _nothing,
    RemoveIndexBeside: _nothing,  # a plan may become slower, and no statement fails
}
"""By exact type: a subclass is another operation. Not among them, though Django has them: RemoveField, DeleteModel,
RenameField, RenameModel, AlterModelTable (old statements fail); AlterField (may rewrite the table under an exclusive
lock); AddIndex, RemoveIndex, AddConstraint (lock writers out, or refuse what old code writes); RunSQL (says nothing of
itself)."""
