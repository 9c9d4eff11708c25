"""Retention: what is closed and old goes with all its rows, and nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import OperationalError

from tests.store.databases import Database
from tests.store.driver import Driver
from tests.store.test_fsck_ids import completed
from workflows.core import inputs as i
from workflows.store import fsck, retention
from workflows.store.postgres import PostgresBackend
from workflows.store.postgres.load import START_LOCK

LATER = datetime(2100, 1, 1, tzinfo=UTC)
"""All that is closed was closed before."""
COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = 'sched_executions'"
COPIED = {
    "sched_current_runs": "(namespace, workflow_id, shard, run_id) SELECT namespace, workflow_id, shard, run_id",
    "sched_events": "(run_id, seq, shard, namespace, type, data) SELECT run_id, 1, shard, namespace, 1, ''",
}


def sweep(database: Database, closed_before: datetime = LATER, size: int = retention.BATCH) -> int:
    """A round; how many went."""
    deleted, place = 0, retention.first(database.alias)
    while place is not None:
        batch = retention.delete_batch(place, closed_before, size=size, using=database.alias)
        deleted, place = deleted + batch.deleted, batch.next
    return deleted


def is_clean(database: Database) -> bool:
    return not fsck.check(using=database.alias).findings


def ids(database: Database) -> list[str]:
    return [name for (name,) in database.run("SELECT workflow_id FROM sched_executions ORDER BY workflow_id")]


def test_closed_runs_go_with_all_their_rows_and_open_ones_stay(driver: Driver) -> None:
    """In batches smaller than what there is; request ids go too, and the id is free again."""
    for number in range(7):
        completed(driver, f"closed-{number}")
    ended = driver.begin("ended", request_id="once")
    driver.commit(i.TerminateRequested(run_id=ended, request_id="end"))
    driver.begin("open")
    before = driver.database.counts()
    assert before["requests"] >= 1

    assert retention.count(LATER, driver.database.alias) == 8
    assert sweep(driver.database, size=3) == 8

    left = driver.database.counts()
    assert ids(driver.database) == ["open"]
    assert (left["executions"], left["current_runs"], left["requests"], left["tasks"]) == (1, 1, 0, 1)
    assert {run for (run,) in driver.database.run("SELECT run_id FROM sched_events")} == {
        run for (run,) in driver.database.run("SELECT run_id FROM sched_executions")
    }
    assert is_clean(driver.database)
    assert driver.names(driver.begin("ended", request_id="once")) == "WS"


def test_what_was_closed_later_stays(driver: Driver) -> None:
    """The instant is a bound that is not reached."""
    completed(driver, "a")
    (closed_at,) = driver.database.run("SELECT closed_at FROM sched_executions")[0]
    instant = closed_at if isinstance(closed_at, datetime) else datetime.fromisoformat(closed_at)
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    assert sweep(driver.database, instant) == 0
    assert sweep(driver.database, instant + timedelta(microseconds=1)) == 1


def test_an_open_run_keeps_its_id_when_the_one_before_it_goes(driver: Driver) -> None:
    """The id means the open run, before and after."""
    completed(driver, "order")
    newer = driver.begin("order")
    assert sweep(driver.database) == 1
    assert driver.names(newer) == "WS"
    assert driver.database.counts()["current_runs"] == 1
    assert is_clean(driver.database)


def test_few_events_make_a_batch(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of more events than a batch may have goes alone."""
    monkeypatch.setattr(retention, "EVENTS_MAX", 1)
    for number in range(3):
        completed(driver, f"order-{number}")
    place = retention.first(driver.database.alias)
    assert place is not None
    assert retention.delete_batch(place, LATER, using=driver.database.alias).deleted == 1
    assert sweep(driver.database) == 2


def test_a_batch_has_as_many_statements_however_many_runs_it_has(driver: Driver) -> None:
    """None is for each."""
    counted: list[int] = []
    for many in (1, 20):
        for number in range(many):
            completed(driver, f"order-{number}")
        statements: list[str] = []
        with driver.database.wrapper.execute_wrapper(_noting(statements)):
            assert sweep(driver.database) == many
        counted.append(len(statements))
    assert counted[0] == counted[1]


def _noting(statements: list[str]) -> Any:
    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    return note


@pytest.fixture
def on_postgres(postgres: Database) -> Iterator[Driver]:
    """A driver of the database that has locks of rows."""
    backend = PostgresBackend(postgres.target, require_durability=False)
    yield Driver(backend, postgres)
    backend.close()


def test_locked_runs_and_ids_are_stepped_over(on_postgres: Driver) -> None:
    """A batch waits for neither, and the next round takes them."""
    database = on_postgres.database
    for name in ("a", "b", "c"):
        completed(on_postgres, name)
    with psycopg.connect(database.target) as other:
        other.execute("SELECT 1 FROM sched_executions WHERE workflow_id = 'a' FOR UPDATE")
        lock = START_LOCK.format(namespace="namespace", workflow_id="workflow_id")
        other.execute(
            f"SELECT pg_advisory_xact_lock({lock}) FROM sched_executions WHERE workflow_id = 'b'".encode()
        )
        assert sweep(database) == 1
    assert ids(database) == ["a", "b"]
    assert is_clean(database)
    assert sweep(database) == 2


def test_a_session_that_dies_in_a_batch_has_deleted_nothing(on_postgres: Driver) -> None:
    """Its server process is ended when all but the headers are deleted; the next batch does it all."""
    database = on_postgres.database
    for number in range(3):
        completed(on_postgres, f"order-{number}")
    before = database.counts()
    database.wrapper.ensure_connection()
    backend = database.wrapper.connection.info.backend_pid

    def kill(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("DELETE FROM sched_executions"):
            with psycopg.connect(database.target, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
        return execute(sql, params, many, context)

    with pytest.raises(OperationalError), database.wrapper.execute_wrapper(kill):
        sweep(database)
    database.wrapper.close()
    assert database.counts() == before
    assert is_clean(database)
    assert sweep(database) == 3


def test_batches_go_by_indexes(on_postgres: Driver) -> None:
    """With twenty thousand closed executions no statement of a batch reads a whole table."""
    database = on_postgres.database
    completed(on_postgres, "first")
    columns = [name for (name,) in database.run(COLUMNS)]
    fresh = {
        "run_id": "gen_random_uuid()",
        "workflow_id": "'many-' || n",
        "started_at": "started_at + n * interval '1 second'",
        "closed_at": "closed_at + n * interval '1 second'",
    }
    listed = ", ".join(fresh.get(name, name) for name in columns)
    database.run(
        f"INSERT INTO sched_executions ({', '.join(columns)}) SELECT {listed}"
        " FROM sched_executions, generate_series(1, 20000) n"
    )
    for table, copied in COPIED.items():
        database.run(f"INSERT INTO {table} {copied} FROM sched_executions WHERE workflow_id LIKE 'many-%%'")
        database.run(f"ANALYZE {table}")
    database.run("ANALYZE sched_executions")
    plans: list[str] = []

    def explain(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(("SELECT x.run_id", "SELECT c.run_id", "SELECT namespace", "DELETE")):
            with psycopg.ClientCursor(database.wrapper.connection) as cursor:
                cursor.execute(f"EXPLAIN {sql}".encode(), params)
                plans.append(sql + "\n" + "\n".join(str(line) for (line,) in cursor.fetchall()))
        return execute(sql, params, many, context)

    place = retention.first(database.alias)
    assert place is not None
    with database.wrapper.execute_wrapper(explain):
        assert retention.delete_batch(place, LATER, using=database.alias).deleted == retention.BATCH
    assert len(plans) == 2 + len(retention.OF_ID) + len(retention.OF_RUN)
    big = ("sched_executions", "sched_events", "sched_current_runs")
    assert [plan for plan in plans for table in big if f"Seq Scan on {table}" in plan] == []
