"""Rows in a form that can be compared: all columns of all tables, by primary key, whatever the database."""

from __future__ import annotations

import uuid
from typing import Any

from django.apps import apps
from django.db import models

from dispatch.dialect import instant_of
from tests.store.databases import APPS, Database

Row = dict[str, Any]
Rows = dict[str, dict[tuple[Any, ...], Row]]
"""By table and primary key."""


def tables() -> list[type[models.Model]]:
    return [model for label in APPS for model in apps.get_app_config(label).get_models()]


def rows_of(database: Database) -> Rows:
    return {model._meta.db_table: _rows(database, model) for model in tables()}


def _rows(database: Database, model: type[models.Model]) -> dict[tuple[Any, ...], Row]:
    fields = {field.column: field for field in model._meta.concrete_fields if field.column}
    key = [field.attname for field in model._meta.pk_fields]
    columns = ", ".join(f'"{column}"' for column in fields)
    found: dict[tuple[Any, ...], Row] = {}
    for values in database.run(f"SELECT {columns} FROM {model._meta.db_table}"):
        row = {
            column: _value(field, value)
            for (column, field), value in zip(fields.items(), values, strict=True)
        }
        found[tuple(row[name] for name in key)] = row
    return found


def _value(field: models.Field[Any, Any], value: Any) -> Any:
    match field:
        case _ if value is None:
            return None
        case models.UUIDField():
            return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value))
        case models.DateTimeField():
            return instant_of(value)
        case models.BinaryField():
            return bytes(value)
        case models.BooleanField():
            return bool(value)
        case _:
            return value


def difference(expected: Rows, found: Rows) -> str:
    """The first thing in which they differ, or nothing."""
    for table in sorted(expected.keys() | found.keys()):
        of_expected, of_found = expected.get(table, {}), found.get(table, {})
        for key in sorted(of_expected.keys() | of_found.keys()):
            if key not in of_found:
                return f"{table} {key}: is missing; expected {of_expected[key]}"
            if key not in of_expected:
                return f"{table} {key}: is not expected: {of_found[key]}"
            told = _columns(of_expected[key], of_found[key])
            if told:
                return f"{table} {key}: {told}"
    return ""


def _columns(expected: Row, found: Row) -> str:
    nothing = object()
    for name in sorted(expected.keys() | found.keys()):
        one, other = expected.get(name, nothing), found.get(name, nothing)
        if one != other:
            shown = ("nothing" if value is nothing else repr(value) for value in (one, other))
            return "{}: expected {}, is {}".format(name, *shown)
    return ""
