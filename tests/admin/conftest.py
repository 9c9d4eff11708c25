"""The admin on an empty database of each vendor, users of each role, and an engine that commits when told.

The databases are migrated but not flushed between tests: the groups that people are put into were made by a migration.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.store.databases import Database, postgres_database, sqlite_database
from tests.store.default import as_default
from tests.store.driver import Driver
from workflows.models import ApiKey, AuditEntry
from workflows.store.backend import Backend
from workflows.store.postgres import PostgresBackend
from workflows.store.sqlite import SqliteBackend

ADMIN_APPS = ("auth", "contenttypes", "sessions", "admin")


@pytest.fixture(scope="package")
def postgres_site(postgres_dsn: str, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    with django_db_blocker.unblock(), postgres_database(postgres_dsn) as database:
        migrate_site(database)
        yield database


@pytest.fixture(scope="package")
def sqlite_site(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Database]:
    with django_db_blocker.unblock(), sqlite_database(tmp_path_factory.mktemp("admin")) as database:
        migrate_site(database)
        yield database


@pytest.fixture(params=["postgres", "sqlite"])
def database(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """Each vendor in turn, in the place of Django's default."""
    found: Database = request.getfixturevalue(f"{request.param}_site")
    with django_db_blocker.unblock(), as_default(found):
        found.clear()
        for model in (AuditEntry, ApiKey, User, Session):
            model._default_manager.all().delete()
        yield found


@pytest.fixture
def driver(database: Database) -> Iterator[Driver]:
    """The engine beside Django's connection."""
    backend: Backend
    if database.is_postgres:
        backend = PostgresBackend(database.target, require_durability=False)
    else:
        backend = SqliteBackend(database.target)
    yield Driver(backend, database)
    backend.close()


def client_of(*permissions: str) -> Client:
    """A browser in which a member of the staff with these permissions is logged in."""
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return _logged_in(user)


def client_as(role: str, name: str = "") -> Client:
    """A browser in which a member of the staff is logged in who is in the group of a role; empty: in none."""
    user = User.objects.create_user(name or f"the-{role or 'stranger'}", is_staff=True)
    if role:
        user.groups.add(Group.objects.get(name=f"sched {role}"))
    return _logged_in(user)


@pytest.fixture
def operator(driver: Driver) -> Client:
    return client_as("operator", "operator")


@pytest.fixture
def viewer(driver: Driver) -> Client:
    return client_as("viewer", "viewer")


def _logged_in(user: User) -> Client:
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def migrate_site(database: Database) -> None:
    """With the tables of users and their sessions."""
    executor = MigrationExecutor(database.wrapper)
    executor.migrate([node for node in executor.loader.graph.leaf_nodes() if node[0] in ADMIN_APPS])
