"""Tables on each kind of cursor that the statements are run with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.dispatch.tables import Tables, postgres_tables, sqlite_tables

CURSORS = ["psycopg", "sqlite3", "django-postgres", "django-sqlite"]


@pytest.fixture(scope="package", params=CURSORS)
def migrated(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Tables]:
    through_django = request.param.startswith("django")
    with django_db_blocker.unblock():
        if request.param.endswith(("psycopg", "postgres")):
            made = postgres_tables(request.getfixturevalue("postgres_dsn"), through_django=through_django)
        else:
            made = sqlite_tables(tmp_path_factory.mktemp("sqlite"), through_django=through_django)
    yield made
    made.close()


@pytest.fixture
def tables(
    migrated: Tables, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tables]:
    """Empty tables, on each kind of cursor in turn."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # tests of the sweep write their rows in between
    with django_db_blocker.unblock():
        migrated.clear()
        yield migrated


@pytest.fixture(scope="package")
def migrated_postgres(postgres_dsn: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Tables]:
    with django_db_blocker.unblock():
        made = postgres_tables(postgres_dsn, through_django=False)
    yield made
    made.close()


@pytest.fixture
def on_postgres(
    migrated_postgres: Tables, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Tables]:
    """Empty tables on Postgres, for what only it does."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    with django_db_blocker.unblock():
        migrated_postgres.clear()
        yield migrated_postgres
