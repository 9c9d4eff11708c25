"""Points Django at the tests' Postgres, once the first test asks for the database; explains assertions of suites."""

from __future__ import annotations

import signal

import pytest
from django.db import connections

from schedproject.databases import postgres

# Suites whose assertions are explained as those of tests; before anybody imports them.
pytest.register_assert_rewrite("dispatch.testing", "tests.contracts.store_suite")

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
