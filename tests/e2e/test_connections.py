"""How many connections an engine and a web process have to Postgres and Redis: as docs/capacity.md says, no more."""

from __future__ import annotations

import threading
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.harness import budget
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.budget import POOL, POSTGRES, REDIS, Connections
from tests.e2e.harness.processes import Process
from tests.e2e.harness.stack import Stack, warm_stack
from tests.e2e.harness.waiting import wait_for
from tests.servers.process import free_port

pytestmark = pytest.mark.redis
CALLERS = 16
"""More than a pool has connections."""
LOOKS = 40
QUEUES_AND_KINDS = 2
"""Of the stack's one worker: tasks of workflows and of activities on one queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """A web process that serves."""

    pid: int
    root: str


@pytest.fixture
def stack(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[Stack]:
    """An engine and a worker, on a database and a Redis that nobody else asks."""
    with warm_stack(backend_of(POSTGRES_REDIS, "budget"), tmp_path) as made:
        yield made


@pytest.fixture
def web(stack: Stack, tmp_path: Path) -> Iterator[Web]:
    """A web process that serves."""
    port = free_port()
    variables = {**stack.backend.variables, "DASHBOARD_PORT": str(port), "ENGINE_ADDRESS": stack.address}
    process = Process("web", ["manage.py", "runweb"], variables, tmp_path)
    root = f"http://127.0.0.1:{port}"
    try:
        wait_for(lambda: answers(f"{root}/api/workflows"), "web process")
        yield Web(pid=process.pid, root=root)
    finally:
        process.stop()


def answers(url: str | urllib.request.Request) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return bool(answer.read())
    except OSError:
        return False


@contextmanager
def asked_by_many(stack: Stack, root: str) -> Iterator[None]:
    """While the block runs many callers read and start, through both doors."""
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            answers(f"{root}/api/workflows?pageSize=100")
            body = b'{"workflowName":"Doubling","input":1}'
            start = urllib.request.Request(
                f"{root}/api/workflows", body, {"Content-Type": "application/json"}
            )
            answers(start)
            next(iter(stack.client.list()))

    with ThreadPoolExecutor(CALLERS) as threads:
        running = [threads.submit(ask) for _ in range(CALLERS)]
        try:
            yield
        finally:
            done.set()
        for each in running:
            each.result(60)


def test_connections_are_those_of_the_page(stack: Stack, web: Web) -> None:
    """At rest each session that the page names is there; under many callers none is more often than it says."""
    assert stack.engine is not None
    connections = Connections(stack.backend)
    processes = {"engine": stack.engine.pid, "web": web.pid}
    table = [line for line in budget.lines() if line.process in processes]
    assert len(table) >= 10

    quiet = {name: connections.to_postgres(pid) for name, pid in processes.items()}
    for line in table:
        if line.server == POSTGRES and line.kind != POOL:
            assert quiet[line.process][line.kind] == line.quiet, line
    assert connections.to_redis(processes["engine"]) == quiet_redis(table, "engine")

    seen: dict[str, Counter[str]] = {name: Counter() for name in processes}
    redis_seen: Counter[str] = Counter()
    with asked_by_many(stack, web.root):
        for _ in range(LOOKS):
            for name, pid in processes.items():
                seen[name] |= connections.to_postgres(pid)
                redis_seen[name] = max(redis_seen[name], connections.to_redis(pid))
    for name in processes:
        allowed = {line.kind: line.most for line in table if (line.process, line.server) == (name, POSTGRES)}
        assert set(seen[name]) <= set(allowed), f"{name} has sessions that the page does not name"
        assert all(count <= allowed[kind] for kind, count in seen[name].items()), (name, seen[name])
        assert redis_seen[name] <= most_redis(table, name)
    assert seen["web"][POOL] > 1
    assert seen["engine"][POOL] > 1


def quiet_redis(table: list[budget.Line], process: str) -> int:
    return sum(line.quiet * times(line) for line in table if (line.process, line.server) == (process, REDIS))


def most_redis(table: list[budget.Line], process: str) -> int:
    return sum(line.most * times(line) for line in table if (line.process, line.server) == (process, REDIS))


def times(line: budget.Line) -> int:
    return QUEUES_AND_KINDS if line.kind == "waiting for tasks" else 1
