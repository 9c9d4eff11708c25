"""Points Django at the tests' Postgres, once the first test asks for the database; explains assertions of suites; keeps
the million executions that long tests share."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from schedproject.databases import postgres
from tests.api.million import fill
from tests.servers.postgres import postgres_server
from tests.store.databases import Database, postgres_database

# Suites whose assertions are explained as those of tests; before anybody imports them.
pytest.register_assert_rewrite("dispatch.testing", "tests.contracts.store_suite", "tests.browser.chromium")

# A shell's background ignores Ctrl-C, and so would every process that a test starts and ends by it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SERVER_KEYS = ("USER", "PASSWORD", "HOST", "PORT", "OPTIONS")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, postgres_dsn: str
) -> None:
    """Fills in the server; Django makes its test database there."""
    found = postgres(postgres_dsn, pooled=False)
    connections.settings["default"].update({key: found[key] for key in SERVER_KEYS})


@pytest.fixture(scope="session")
def million_executions(django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """A million executions in a database of a server of its own; a module makes it the default."""
    with postgres_server(fsync=False) as server, ExitStack() as stack:
        with django_db_blocker.unblock():
            database = stack.enter_context(postgres_database(server))
            fill(database)
        yield database
