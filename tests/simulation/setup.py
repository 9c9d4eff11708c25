"""What a process does once before it simulates: settings, tables, and the product's sources of time and threads."""

from __future__ import annotations

import os


def prepare() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "schedproject.settings.embedded"
    os.environ.update(SCHED_AUTH="open", SCHED_DATABASE_PATH=":memory:", SCHED_LOG_LEVEL="error")
    import django

    django.setup()
    from tests.simulation import database, product

    database.prepare()
    product.install()
