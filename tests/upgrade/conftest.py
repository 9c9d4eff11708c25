"""Servers, releases and fleets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.harness.backends import fresh_database
from tests.rpc.conftest import database, engine, engine_database, peer
from tests.servers.postgres import postgres_server
from tests.servers.redis import redis_server
from tests.upgrade.fleet import Fleet
from tests.upgrade.releases import RELEASES, unpack

__all__ = ["database", "engine", "engine_database", "peer"]


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[str]:
    """One that syncs to disk, since an engine refuses one that does not."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session", params=RELEASES, ids=lambda release: release.name)
def old(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of an older release."""
    return unpack(request.param, tmp_path_factory.mktemp("releases"))


@pytest.fixture
def fleet(durable_postgres: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Fleet]:
    """An empty database without tables, and a Redis; no process runs yet."""
    with redis_server() as redis_url:
        variables = {
            # Beside this file, which nobody makes, is the key that all engines share: it seals tokens.
            "SCHED_DATABASE_PATH": str(tmp_path / "sched.sqlite3"),
            "SCHED_POSTGRES_DSN": fresh_database(durable_postgres, request.node.name),
            "SCHED_REDIS_URL": redis_url,
            "SCHED_AUTH": "open",
        }
        made = Fleet(variables, tmp_path)
        try:
            yield made
        finally:
            made.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """A test that fails shows what the processes said."""
    report = yield
    fleet = getattr(item, "funcargs", {}).get("fleet")
    if report.failed and fleet is not None:
        report.sections.append(("processes", fleet.logs()))
    return report
