"""The admin on the tests' Postgres, a user for each set of permissions, and an engine that commits when told."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client

from tests.store.databases import Database
from tests.store.driver import Driver
from workflows.store.postgres import PostgresBackend


@pytest.fixture
def driver(transactional_db: None) -> Iterator[Driver]:
    """On Django's own database, where users and sessions are."""
    dsn = connection.get_connection_params()
    target = " ".join(
        f"{key}={dsn[key]}" for key in ("host", "port", "user", "password", "dbname") if dsn.get(key)
    )
    backend = PostgresBackend(target, require_durability=False)
    yield Driver(backend, Database("default", target))
    backend.close()


def client_of(*permissions: str) -> Client:
    """A browser in which a member of the staff with these permissions is logged in."""
    client = Client(headers={"host": "localhost"})
    user = User.objects.create_user("operator", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.fixture
def operator(driver: Driver) -> Client:
    return client_of("view_execution", "view_payload")
