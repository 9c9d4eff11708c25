"""An engine for each test, on a Postgres that keeps its promises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.rpc.peers import Peer, connected, running
from tests.servers.postgres import postgres_server
from tests.store.databases import Database, postgres_database
from tests.store.default import as_default
from workflows.engine.engine import Engine


@pytest.fixture(scope="session")
def engine_database(django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """With fsync on: an engine refuses any other."""
    with postgres_server() as server, django_db_blocker.unblock(), postgres_database(server) as database:
        yield database


@pytest.fixture
def database(engine_database: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """Empty, and Django's default one."""
    with django_db_blocker.unblock(), as_default(engine_database):
        engine_database.clear()
        yield engine_database


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[Engine]:
    """On Postgres, dispatch inside the process."""
    async with running(database) as engine:
        yield engine


@pytest.fixture
async def peer(engine: Engine) -> AsyncIterator[Peer]:
    async with connected(engine) as peer:
        yield peer
