"""The crowd as the tests of fsck damage it: made once for each vendor, and put back for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.store.crowd import Crowd, Kept
from tests.store.damages import INBOX_ENTRY
from tests.store.databases import Database
from tests.store.driver import Driver
from workflows.store import fsck
from workflows.store.backend import Backend
from workflows.store.fsck import Finding, Rule, Scope
from workflows.store.postgres import PostgresBackend
from workflows.store.sqlite import SqliteBackend


@pytest.fixture(scope="module", params=["postgres", "sqlite"])
def kept(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Driver, Kept]]:
    """A crowd on each vendor."""
    database: Database = request.getfixturevalue(f"{request.param}_store")
    backend: Backend = SqliteBackend(database.target)
    if database.is_postgres:
        backend = PostgresBackend(database.target, require_durability=False)
    with django_db_blocker.unblock():
        database.clear()
        driver = Driver(backend, database)
        made = Kept(driver)
        yield driver, made
        made.drop()
        backend.close()


@pytest.fixture
def driver(kept: tuple[Driver, Kept], django_db_blocker: DjangoDbBlocker) -> Iterator[Driver]:
    """Of the crowd as it was."""
    with django_db_blocker.unblock():
        kept[0].backend.rollback()  # where the test before has failed
        kept[1].restore()
        yield kept[0]


@pytest.fixture
def database(driver: Driver) -> Database:
    return driver.database


@pytest.fixture
def runs(driver: Driver, kept: tuple[Driver, Kept]) -> Crowd:
    return kept[1].runs


def found(database: Database, scope: Scope | None = None) -> set[tuple[Rule, str, str]]:
    """Rule, what and run of all findings."""
    report = fsck.check(using=database.alias, scope=scope or Scope())
    return {(each.rule, what_of(each), each.run_id) for each in report.findings}


def what_of(finding: Finding) -> str:
    """Without the number of an inbox entry, which counts on from test to test."""
    return INBOX_ENTRY if finding.what.startswith(INBOX_ENTRY) else finding.what
