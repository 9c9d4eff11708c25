"""Indexes that are made and dropped beside what runs: operations of migrations, for tables that engines write.

Guarantees: on PostgreSQL no writer is locked out; both databases may be asked again after a migration that was broken
off in the middle. A migration with such an operation says `atomic = False`, since a transaction cannot do it.

It lies below every layer, so that the migrations of each app may use it.
"""

from typing import Any, override

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import AddIndex, RemoveIndex


class AddIndexBeside(AddIndex):
    """One that was broken off may leave an index that is no good and has the name: so what has the name goes first."""

    atomic = False

    @override
    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _add(schema_editor, model, self.index)

    @override
    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _drop(schema_editor, self.index.name)


class RemoveIndexBeside(RemoveIndex):
    """As `AddIndexBeside`."""

    atomic = False

    @override
    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _drop(schema_editor, self.name)

    @override
    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            index = to_state.models[app_label, self.model_name.lower()].get_index_by_name(self.name)
            _add(schema_editor, model, index)


def _add(schema_editor: BaseDatabaseSchemaEditor, model: type[models.Model], index: models.Index) -> None:
    _drop(schema_editor, index.name)
    if _is_postgres(schema_editor):
        schema_editor.add_index(model, index, concurrently=True)  # type: ignore[call-arg]
    else:
        schema_editor.add_index(model, index)


def _drop(schema_editor: BaseDatabaseSchemaEditor, name: str) -> None:
    beside = "CONCURRENTLY " if _is_postgres(schema_editor) else ""
    schema_editor.execute(f"DROP INDEX {beside}IF EXISTS {schema_editor.quote_name(name)}")


def _is_postgres(schema_editor: BaseDatabaseSchemaEditor) -> bool:
    return schema_editor.connection.vendor == "postgresql"
