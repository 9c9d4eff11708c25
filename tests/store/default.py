"""Puts a suite's database in the place of Django's default one, for code that names none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from tests.store.databases import Database


@contextmanager
def as_default(database: Database) -> Iterator[None]:
    """For this thread, and for connections that others open meanwhile."""
    before, settings = connections["default"], connections.settings["default"]
    connections["default"] = database.wrapper
    connections.settings["default"] = connections.settings[database.alias]
    try:
        yield
    finally:
        connections["default"] = before
        connections.settings["default"] = settings
