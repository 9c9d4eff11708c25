"""What the pages ask is answered by indexes, with a hundred thousand executions beside what is looked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.admin.conftest import client_as
from tests.admin.reading import page
from tests.store.databases import Database
from tests.store.driver import Driver
from workflows.core.values import Status
from workflows.service import attention
from workflows.store import reader
from workflows.store.reader import Filters, estimates

MANY = 100_000
_RUN = "lpad(to_hex(n), 32, '0')::uuid"
_FILL = f"""
INSERT INTO sched_executions (run_id, namespace, shard, workflow_id, workflow_type, task_queue, status, started_at,
    last_event, last_event_at, turns, turn_due, seen_through, wait, wait_left, commands, cancel_requested,
    signals_open, state_version)
SELECT {_RUN}, 'default', 0, 'order-' || n, 'T' || n % 5, 'q' || n % 7,
    CASE WHEN n % 10 = 0 THEN 'RUNNING' WHEN n % 50 = 1 THEN 'FAILED' ELSE 'COMPLETED' END,
    now() - make_interval(secs => 2 * n), 1, now(), 0, n % 10 = 0, 0, '', 0, 0, false, 0, 1
FROM generate_series(1, {MANY}) n;
INSERT INTO sched_tasks (run_id, kind, number, attempt, namespace, shard, queue, workflow_id, created_at, visible_at)
SELECT {_RUN}, 1 + n % 2, 1, 1, 'default', 0, 'q' || n % 7, 'order-' || n, now(), now()
FROM generate_series(1, {MANY}) n;
INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at)
SELECT {_RUN}, 1, 1, 'default', 0, now() + make_interval(secs => n) FROM generate_series(1, {MANY}) n;
ANALYZE sched_executions, sched_tasks, sched_timers
"""


@pytest.fixture
def filled(database: Database, driver: Driver) -> Iterator[Driver]:
    """On Postgres alone: it is where there are so many."""
    for statement in _FILL.split(";"):
        database.run(statement)
    yield driver
    database.run("TRUNCATE sched_executions, sched_tasks, sched_timers")


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_what_needs_attention_is_found_by_indexes(filled: Driver) -> None:
    """No statement reads a table of that size from end to end."""
    now = datetime.now(UTC) + timedelta(minutes=2)
    attention.find_all(now, payloads=True)
    with CaptureQueriesContext(connection) as asked:
        attention.find_all(now, payloads=True)
    for each in asked:
        plan = "\n".join(row[0] for row in filled.database.run(f"EXPLAIN {each['sql']}"))
        for table in ("sched_executions", "sched_tasks", "sched_timers"):
            assert f"Seq Scan on {table}" not in plan, f"{each['sql']}\n{plan}"


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_pages_of_the_list_are_found_by_indexes(filled: Driver) -> None:
    """Whatever filter or search is chosen; what the tabs count is the reader's affair (tests/store)."""
    client = client_as("operator")
    path = "/admin/sched_workflows/execution/"
    for query in (
        {},
        {"status": "FAILED"},
        {"type": "T1"},
        {"queue": "q3"},
        {"started": "hour"},
        {"problem": "any"},
        {"q": "order-99"},
        {"q": "00000000-0000-0000-0000-000000000001"},
    ):
        with CaptureQueriesContext(connection) as asked:
            page(client, path, **query)
        for each in asked:
            if "sched_" not in each["sql"] or "EXPLAIN" in each["sql"] or "COUNT(" in each["sql"]:
                continue
            plan = "\n".join(row[0] for row in filled.database.run(f"EXPLAIN {each['sql']}"))
            assert "Seq Scan on sched_executions" not in plan, f"{query} {each['sql']}\n{plan}"
            assert "Seq Scan on sched_tasks" not in plan, f"{query} {each['sql']}\n{plan}"


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_what_is_rare_is_counted_and_the_rest_sampled(
    filled: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where counting costs too much: the few of a status exactly, the rest and what filters leave about."""
    monkeypatch.setattr(estimates, "COST_MAX", 100.0)
    found = reader.counts(Filters())
    assert found.approximate
    assert found.by_status[Status.FAILED] == MANY // 50
    assert found.by_status[Status.RUNNING] == pytest.approx(MANY // 10, rel=0.1)
    assert sum(found.by_status.values()) == pytest.approx(MANY, rel=0.01)
    some = reader.counts(Filters(workflow_type="T1", id_prefix="order-"))
    assert some.approximate
    assert sum(some.by_status.values()) == pytest.approx(MANY // 5, rel=0.05)
    one = reader.counts(Filters(status=Status.COMPLETED))
    assert (one.approximate, one.by_status[Status.RUNNING]) == (True, 0)
    assert one.by_status[Status.COMPLETED] == pytest.approx(MANY * 0.88, rel=0.01)


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_held_tasks_are_not_looked_for_among_all(filled: Driver) -> None:
    """None of this kind is held, and many of the other: the planner cannot know, and must not walk the key."""
    filled.database.run(
        "UPDATE sched_tasks SET owner = 'w', lease_until = now() WHERE kind = 2 AND queue = 'q3'"
    )
    filled.database.run("ANALYZE sched_tasks")
    with CaptureQueriesContext(connection) as asked:
        text = page(client_as("operator"), "/admin/sched/tasks/", state="held", kind="workflow")
    assert "No task here." in text
    (sql,) = [each["sql"] for each in asked if 'FROM "sched_tasks"' in each["sql"]]
    plan = "\n".join(row[0] for row in filled.database.run(f"EXPLAIN {sql}"))
    assert "sched_tasks_pkey" not in plan, plan
