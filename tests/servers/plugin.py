"""The pytest plugin that gives tests their servers; loaded by `-p`, before any conftest.

Servers start when the first test asks for them, so a run of pure tests starts none. `SCHED_TEST_POSTGRES_DSN` and
`SCHED_TEST_REDIS_URL` replace the ordinary ones. Each pytest process has its own.

Fixtures:
    postgres_dsn: the ordinary Postgres, which Django's `default` database uses too.
    postgres_of_version: runs the test once on each version that the store must work on.
    postgres_server: `postgres_server(version)`, a DSN.
    redis_url: the ordinary Redis.
    valkey_url: an ordinary Valkey.
    redis_server: `redis_server()`, the URL of one more Redis, empty, for the session.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from tests.servers import postgres, redis

type PostgresServer = Callable[[int | None], str]
type RedisServer = Callable[[], str]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A function from a major version (`None`: what the machine has) to the DSN of a server of the session."""
    with ExitStack() as servers:

        @cache
        def serve(version: int | None) -> str:
            return servers.enter_context(postgres.postgres_server(version, fsync=False))

        yield serve


@pytest.fixture(scope="session")
def postgres_dsn(postgres_server: PostgresServer) -> str:
    return os.environ.get("SCHED_TEST_POSTGRES_DSN") or postgres_server(None)


@pytest.fixture(scope="session")
def postgres_of_version(request: pytest.FixtureRequest, postgres_server: PostgresServer) -> str:
    """The DSN of a server of the version that the test is run with."""
    return postgres_server(request.param)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with ExitStack() as servers:
        yield lambda: servers.enter_context(redis.redis_server())


@pytest.fixture(scope="session")
def redis_url(redis_server: RedisServer) -> str:
    return os.environ.get("SCHED_TEST_REDIS_URL") or redis_server()


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    with redis.redis_server(binary=redis.find_valkey()) as url:
        yield url


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "postgres_of_version" in metafunc.fixturenames:
        versions = postgres.available_versions()
        metafunc.parametrize(
            "postgres_of_version",
            versions,
            ids=[f"postgres{version}" for version in versions],
            indirect=True,
            scope="session",
        )
