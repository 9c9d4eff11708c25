"""Through a pgbouncer in transaction mode: what needs a session goes past it, all else through it."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sched_sdk import NotFound

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.processes import ROOT, Process
from tests.e2e.harness.second_process import SecondProcess, Writer
from tests.e2e.harness.shop import PASSWORD, USER, Browser
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for
from tests.servers.pgbouncer import pgbouncer
from tests.servers.process import free_port

pytestmark = [pytest.mark.redis, pytest.mark.pgbouncer]
PAGE = (ROOT / "docs" / "pgbouncer.md").read_text()
AT_ONCE = 30
"""Callers, of six times as many as the pool has sessions."""
FAILOVER_SECONDS = 15


def block(beginning: str) -> str:
    """The page's fenced block that begins so, without that line."""
    (found,) = re.findall(rf"^```\w+\n{re.escape(beginning)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooled:
    """Two engines with a worker each, and a web process."""

    pooler: str
    stacks: tuple[Stack, Stack]
    root: str

    def call(self, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.root}{path}", data=data, headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@pytest.fixture
def backend(backend_of: Callable[[str, str], Backend]) -> Iterator[Backend]:
    """A database that is reached through the pooler, and past it."""
    direct = backend_of(POSTGRES_REDIS, "pgbouncer")
    dsn = direct.variables["SCHED_POSTGRES_DSN"]
    with pgbouncer(dsn, block("[pgbouncer]")) as pooled:
        variables = {**direct.variables, "SCHED_POSTGRES_DSN": pooled, "SCHED_POSTGRES_DIRECT_DSN": dsn}
        yield Backend(name=direct.name, variables=variables)


@pytest.fixture
def pooled(backend: Backend, tmp_path: Path) -> Iterator[Pooled]:
    with ExitStack() as made:
        stacks = []
        for name in ("one", "two"):
            folder = tmp_path / name
            folder.mkdir()
            stack = Stack(backend, STREAMING, folder)
            made.callback(stack.stop)
            stack.start_engine()
            stack.start_worker()
            stacks.append(stack)
        port = free_port()
        own = {"DASHBOARD_PORT": str(port), "ENGINE_ADDRESS": stacks[0].address}
        web = Process("web", ["manage.py", "runweb"], {**backend.variables, **own}, tmp_path)
        made.callback(web.stop)
        pooler = backend.variables["SCHED_POSTGRES_DSN"]
        found = Pooled(pooler=pooler, stacks=(stacks[0], stacks[1]), root=f"http://127.0.0.1:{port}")
        wait_for(lambda: answers(found), "web process")
        yield found


def answers(pooled: Pooled) -> bool:
    try:
        return bool(pooled.call("/api/health"))
    except OSError:
        return False


def test_workflows_run_and_are_read_and_steered(pooled: Pooled) -> None:
    """By REST: activities, timers, signals, a bulk operation; lists, counts, histories."""
    with ThreadPoolExecutor(AT_ONCE) as callers:
        ids = list(callers.map(lambda number: start(pooled, "HelloWorld", number), range(AT_ONCE)))
        results = list(callers.map(lambda each: pooled.call(f"/api/workflows/{each}/result?wait=20"), ids))
    assert {each["status"] for each in results} == {"COMPLETED"}

    reports = [start(pooled, "MonthlyReport", None) for _ in range(3)]
    gate, *gates = [start(pooled, "ApprovalGate", "req") for _ in range(6)]
    pooled.call(f"/api/workflows/{gate}/signal", {"name": "approve", "payload": "req"})
    assert pooled.call(f"/api/workflows/{gate}/result?wait=20")["result"] == "approved"
    pooled.call(
        "/api/bulk", {"action": "cancel", "filters": {"workflowName": "ApprovalGate"}, "reason": "over"}
    )
    for each in gates:
        assert pooled.call(f"/api/workflows/{each}/result?wait=20")["status"] == "CANCELED"
    for each in reports:
        assert pooled.call(f"/api/workflows/{each}/result?wait=30")["status"] == "COMPLETED"
        events = pooled.call(f"/api/workflows/{each}/history")["events"]
        assert [event["number"] for event in events] == list(range(1, len(events) + 1))

    listed = pooled.call("/api/workflows?status=COMPLETED&pageSize=100")["workflows"]
    assert len(listed) == AT_ONCE + len(reports) + 1
    assert pooled.call("/api/workflows/counts")["CANCELED"] == len(gates)
    assert 1 <= sessions_of_the_pool(pooled) <= 5


def start(pooled: Pooled, workflow: str, given: object) -> str:
    return str(pooled.call("/api/workflows", {"workflowName": workflow, "input": given})["workflowId"])


def sessions_of_the_pool(pooled: Pooled) -> int:
    """Sessions at the server that came through the pooler, as its own console tells."""
    with psycopg.connect(pooled.pooler, dbname="pgbouncer", autocommit=True) as console:
        console.prepare_threshold = None
        rows = psycopg.ClientCursor(console).execute("SHOW SERVERS").fetchall()
    return len(rows)


def test_django_code_starts_and_signals_in_its_transaction(pooled: Pooled) -> None:
    """The write goes through the pooler, the engine hears of it through Redis: after the commit, and never of what was
    rolled back."""
    one, _ = pooled.stacks
    with SecondProcess(one.backend.variables) as process:
        writer = Writer(stack=one, process=process)
        process.begin()
        handle = writer.start("SignalDemo")
        process.signal_workflow(handle.workflow_id, "go", "now")
        with pytest.raises(NotFound):
            handle.describe()
        process.commit()
        process.begin()
        undone = writer.start("SignalDemo")
        process.rollback()
    assert handle.result(30) == "got go=now"
    with pytest.raises(NotFound):
        undone.describe()


def test_the_admin_is_logged_into_and_shows(pooled: Pooled, tmp_path: Path) -> None:
    """Its session, its list and the page of a workflow are read through the pooler."""
    one, _ = pooled.stacks
    create_user(one.backend, tmp_path)
    browser = Browser(pooled.root)
    browser.post("/admin/login/?next=/admin/", username=USER, password=PASSWORD)
    workflow_id = start(pooled, "HelloWorld", "shown")
    run_id = pooled.call(f"/api/workflows/{workflow_id}/result?wait=20")["runId"]
    page = f"/admin/sched_workflows/execution/{run_id}/change/"
    assert page in browser.get("/admin/sched_workflows/execution/")
    assert workflow_id in browser.get(page)


def create_user(backend: Backend, folder: Path) -> None:
    """One who may do everything, made by the command, through the pooler."""
    words = ["manage.py", "createsuperuser", "--noinput", f"--username={USER}", "--email="]
    made = Process("user", words, {**backend.variables, "DJANGO_SUPERUSER_PASSWORD": PASSWORD}, folder)
    try:
        assert wait_for(lambda: made.returncode is not None, "the user")
        assert made.returncode == 0, made.tail
    finally:
        made.stop()


def test_one_engine_leads_and_the_other_takes_over(pooled: Pooled) -> None:
    """The lock is held by a session of the server, which goes with the engine."""
    wait_for(lambda: any(each.leads for each in pooled.stacks), "leader")
    leader, other = sorted(pooled.stacks, key=lambda each: not each.leads)
    assert not other.leads
    leader.kill_engine()
    wait_for(lambda: other.leads, "another leader", seconds=FAILOVER_SECONDS)
    assert other.start("Doubling", 1).result(30) == 3


def test_an_engine_that_has_the_pooler_alone_does_not_start(backend: Backend, tmp_path: Path) -> None:
    """It says what to set, in the words of the page."""
    variables = {**backend.variables, "ENGINE_PORT": str(free_port()), "SCHED_METRICS_PORT": str(free_port())}
    del variables["SCHED_POSTGRES_DIRECT_DSN"]
    engine = Process("engine", ["manage.py", "runengine"], variables, tmp_path)
    try:
        assert wait_for(lambda: engine.returncode, "end of the engine") == 1
        assert "the DSN leads to a connection pooler, which mixes sessions; set" in PAGE
        assert (
            "the DSN leads to a connection pooler, which mixes sessions; set SCHED_POSTGRES_DIRECT_DSN"
            in engine.tail
        )
    finally:
        engine.stop()
