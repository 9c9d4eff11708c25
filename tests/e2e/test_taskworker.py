"""`manage.py runtaskworker` on Postgres: its database connections, and its end."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo
from sched_sdk.client import Client

from tests.e2e.conftest import new_shop
from tests.e2e.harness.backends import POSTGRES_REDIS, Servers
from tests.e2e.harness.processes import Process
from tests.e2e.harness.shop import Shop
from tests.e2e.harness.waiting import wait_for

KEPT: dict[str, Any] = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}
CHECKED: dict[str, Any] = {"CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": True}
CLOSED: dict[str, Any] = {"CONN_MAX_AGE": 0}
POOLED: dict[str, Any] = {"CONN_MAX_AGE": 0, "pool": {"min_size": 0, "max_size": 2, "timeout": 3}}
WAYS = pytest.mark.parametrize(
    "way", [KEPT, CHECKED, CLOSED, POOLED], ids=["kept", "checked", "closed", "pooled"]
)


class Troubled:
    """The shop with the app of troubles, and its client."""

    def __init__(self, shop: Shop, client: Client) -> None:
        self.shop = shop
        self.client = client
        self._count = 0

    def start_worker(self, way: dict[str, Any], *arguments: str) -> tuple[Process, str]:
        """On a task queue of its own, whose name its database sessions have, too."""
        self._count += 1
        queue = f"trouble-{self._count}"
        dsn = make_conninfo(self.shop.variables["SHOP_POSTGRES_DSN"], application_name=queue)
        worker = self.shop.start_worker(
            queue,
            f"--queue={queue}",
            *arguments,
            DJANGO_SETTINGS_MODULE="trouble.project_settings",
            SHOP_POSTGRES_DSN=dsn,
            TROUBLE_DATABASE=json.dumps(way),
        )
        return worker, queue

    def results(self, queue: str, activity: str, times: int = 1) -> list[dict[str, int]]:
        handle = self.client.start("Times", {"activity": activity, "times": times}, task_queue=queue)
        return list(handle.result(60))

    def sessions(self, queue: str) -> int:
        """That the worker has with the database."""
        return int(self._asked("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", queue))

    def cut(self, pid: int) -> None:
        """The server ends a session, and it is gone."""
        self._asked("SELECT pg_terminate_backend(%s, 10000)", pid)

    def logs(self) -> str:
        return self.shop.logs()

    def _asked(self, statement: str, value: object) -> Any:
        with psycopg.connect(self.shop.variables["SHOP_POSTGRES_DSN"], autocommit=True) as connection:
            row = connection.execute(statement.encode(), [value]).fetchone()
            assert row is not None
            return row[0]


@pytest.fixture(scope="module")
def troubled(site: Path, servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Troubled]:
    shop = new_shop(POSTGRES_REDIS, tmp_path_factory.mktemp("troubled"), site, servers)
    key = shop.out("apikey", "create", "tests", "--role", "client")
    client = Client(shop.address, api_key=key)
    try:
        shop.start_engine()
        yield Troubled(shop, client)
    finally:
        client.close()
        shop.stop()


@WAYS
def test_an_activity_whose_connection_is_cut_is_retried_on_a_fresh_one(
    troubled: Troubled, way: dict[str, Any]
) -> None:
    """However the project keeps its connections; and the thread goes on with healthy ones."""
    worker, queue = troubled.start_worker(way, "--activity-slots=1")
    for activity in ("Cut", "CutAsync"):
        assert [result["attempt"] for result in troubled.results(queue, activity)] == [2]
        assert [result["attempt"] for result in troubled.results(queue, "Ask")] == [1]
    worker.stop()


@pytest.mark.parametrize(("way", "attempt"), [(KEPT, 2), (CHECKED, 1)], ids=["kept", "checked"])
def test_a_connection_that_is_cut_while_nobody_uses_it(
    troubled: Troubled, way: dict[str, Any], attempt: int
) -> None:
    """Costs an attempt, and with CONN_HEALTH_CHECKS not even that."""
    worker, queue = troubled.start_worker(way, "--activity-slots=1")
    first, again = (troubled.results(queue, "Ask")[0]["pid"] for _ in range(2))
    assert first == again
    troubled.cut(first)
    (last,) = troubled.results(queue, "Ask")
    assert last["attempt"] == attempt
    assert last["pid"] != first
    worker.stop()


def test_threads_give_their_connections_back(troubled: Troubled) -> None:
    """Forty activities, on threads and on the loop, do with a pool of two."""
    worker, queue = troubled.start_worker(POOLED, "--slots=20")
    for activity in ("Ask", "AskAsync"):
        found = troubled.results(queue, activity, 40)
        assert [result["attempt"] for result in found] == [1] * 40
        assert len({result["pid"] for result in found}) <= 2
    worker.send(signal.SIGTERM)
    assert worker.ended() == 0


@pytest.mark.parametrize(
    ("way", "activity"),
    [(CLOSED, "Ask"), (CLOSED, "AskAsync"), (KEPT, "AskAsync")],
    ids=["plain", "async", "kept"],
)
def test_connections_end_with_their_activities(
    troubled: Troubled, way: dict[str, Any], activity: str
) -> None:
    """Where nothing says that they are kept; those of `async def` always, since their threads end."""
    worker, queue = troubled.start_worker(way)
    assert len(troubled.results(queue, activity, 10)) == 10
    wait_for(lambda: troubled.sessions(queue) == 0, "end of the worker's sessions")
    worker.stop()


def test_activities_on_the_loop_query_side_by_side(troubled: Troubled) -> None:
    """Each has a thread of its own for the ORM: one that waits there holds no other up."""
    worker, queue = troubled.start_worker(CLOSED)
    found = troubled.results(queue, "MeetAsync", 2)
    assert [result["attempt"] for result in found] == [1, 1]
    assert len({result["pid"] for result in found}) == 2
    worker.stop()


def test_sigterm_drains(troubled: Troubled) -> None:
    """What runs ends and is recorded, in its first attempt; the exit status is 0."""
    worker, queue = troubled.start_worker(CLOSED)
    name = str(troubled.shop.folder / "held")
    handle = troubled.client.start("Times", {"activity": "Hold", "input": name}, task_queue=queue)
    wait_for(Path(f"{name}.begun").exists, "activity that has begun")
    worker.send(signal.SIGTERM)
    worker.wait_for_line("stopping: what runs may finish within 8 s")
    Path(f"{name}.go").touch()
    assert worker.ended() == 0
    shutil.rmtree(name, ignore_errors=True)
    troubled.start_worker(CLOSED, f"--queue={queue}")
    assert handle.result(60) == [{"attempt": 1}]
