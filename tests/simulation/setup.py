"""What a process does once before it simulates: settings, tables, and the product's sources of time and threads."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import Any

from tests.surroundings import forget


def configure() -> None:
    """Django's settings, whatever the caller has exported."""
    forget()
    os.environ["DJANGO_SETTINGS_MODULE"] = "schedproject.settings.embedded"
    os.environ.update(SCHED_AUTH="open", SCHED_DATABASE_PATH=":memory:", SCHED_LOG_LEVEL="error")
    import django

    django.setup()


def prepare() -> None:
    """All of it; what the process can do afterwards is simulate."""
    configure()
    from tests.simulation import database, product

    database.prepare()
    product.install()
    # What a crash has left in the middle of something is collected between two runs, and its coroutines object.
    sys.unraisablehook = _unheard
    warnings.filterwarnings("ignore", message="coroutine .* was never awaited")
    gc.collect()
    gc.freeze()
    gc.disable()


def _unheard(_: Any) -> None:
    return
