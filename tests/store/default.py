"""Puts a suite's database in the place of Django's default one, for code that names none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections

from tests.store.databases import Database


@contextmanager
def as_default(database: Database) -> Iterator[None]:
    """For this thread, and for connections that others open meanwhile: a pool's threads keep theirs for good, with the
    very dictionary of the settings, so that is filled anew and not replaced."""
    before, settings = connections["default"], connections.settings["default"]
    kept = dict(settings)
    connections["default"] = database.wrapper
    _fill(settings, connections.settings[database.alias])
    try:
        yield
    finally:
        connections["default"] = before
        _fill(settings, kept)


def _fill(settings: dict[str, Any], wanted: dict[str, Any]) -> None:
    wanted = dict(wanted)
    settings.clear()
    settings.update(wanted)
