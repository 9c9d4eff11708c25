"""What a check costs: as many statements for a thousand runs as for ten, and a long history folds in little memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.servers.postgres import postgres_server
from tests.store.crowd import crowd
from tests.store.databases import Database, postgres_database
from tests.store.driver import Driver, start
from workflows.codec import events as codec
from workflows.core import events as e
from workflows.core.state import HISTORY_LIMIT
from workflows.core.values import Wait
from workflows.store import fsck
from workflows.store.fsck import Rule
from workflows.store.postgres import PostgresBackend

FETCHED_AT_LEAST = 100
"""Rows that a statement brings, where there are so many."""
BYTES_MAX = 2 * 1024 * 1024
"""For a history at its limit, which takes ten times as much."""
TASKS = (Rule.TASK_EXTRA,)
"""The header and its task are as they were behind the first event."""


@pytest.fixture(scope="module")
def counted(django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """A server that counts its statements."""
    settings = {"shared_preload_libraries": "pg_stat_statements"}
    with (
        django_db_blocker.unblock(),
        postgres_server(fsync=False, settings=settings) as dsn,
        postgres_database(dsn) as database,
    ):
        database.run("CREATE EXTENSION pg_stat_statements")
        yield database


def statements(database: Database) -> int:
    """Of a check; fetches among them."""
    database.run("SELECT pg_stat_statements_reset()")
    assert fsck.check(using=database.alias).is_clean
    query = "SELECT sum(calls) FROM pg_stat_statements WHERE query NOT LIKE %s"
    return int(database.run(query, ["%pg_stat_statements%"])[0][0])


def test_the_number_of_statements_does_not_grow_with_the_runs(
    counted: Database, django_db_blocker: DjangoDbBlocker
) -> None:
    """A thousand more runs cost the fetches that bring their rows."""
    with django_db_blocker.unblock():
        backend = PostgresBackend(counted.target, require_durability=False)
        driver = Driver(backend, counted)
        crowd(driver)
        few = statements(counted)
        rows = sum(counted.counts().values())
        for _ in range(2):
            driver.commit(*[start() for _ in range(500)])
        many = statements(counted)
        more_rows = sum(counted.counts().values()) - rows
        backend.close()
    assert few < 60
    assert many - few <= more_rows / FETCHED_AT_LEAST + 8


@pytest.mark.parametrize("database", ["postgres"], indirect=True)
def test_a_history_at_its_limit_is_read_event_by_event(driver: Driver) -> None:
    """Fifty thousand events are checked without being held."""
    run_id = driver.begin()
    (first,) = driver.history(run_id)
    sql = "INSERT INTO sched_events (run_id, seq, shard, namespace, type, data) VALUES (%s, %s, %s, 'default', %s, %s)"
    with driver.database.wrapper.cursor() as cursor:
        cursor.executemany(sql, [row_of(run_id, a_turn(first, number)) for number in range(2, HISTORY_LIMIT)])
    tracemalloc.start()
    try:
        report = fsck.check(using=driver.database.alias)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report.events == HISTORY_LIMIT - 1
    assert {finding.rule for finding in report.findings} == {Rule.HEADER, Rule.PLACE, *TASKS}
    assert peak < BYTES_MAX


def a_turn(first: e.Event, number: int) -> e.Event:
    wait = Wait(any_signal=True)
    return e.WorkflowTaskCompleted(
        number=number, at=first.at, turn=number - 1, seen_through=number - 1, wait=wait
    )


def row_of(run_id: str, event: e.Event) -> tuple[str | int | bytes, ...]:
    return run_id, event.number, 0, codec.type_number(event), codec.encode(event)
