"""What a writer refuses to work on, what it costs, and that its plans stay what they are."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from pytest_django import DjangoDbBlocker

from tests.contracts.store_suite import activity
from tests.servers import postgres as servers
from tests.store.databases import TABLES, Database, postgres_database
from tests.store.driver import Driver, start
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.keys import TaskKey, TaskKind
from workflows.core.values import Wait
from workflows.store.backend import Unsuitable
from workflows.store.postgres import PostgresBackend
from workflows.store.postgres.session import check

BATCH = 20


@pytest.fixture(scope="module")
def watched(django_db_blocker: DjangoDbBlocker) -> Iterator[Database]:
    """On a server that counts statements."""
    settings = {"shared_preload_libraries": "pg_stat_statements"}
    with (
        servers.postgres_server(None, fsync=False, settings=settings) as server,
        django_db_blocker.unblock(),
        postgres_database(server) as database,
    ):
        database.run("CREATE EXTENSION pg_stat_statements")
        yield database


@pytest.fixture
def driver(watched: Database, django_db_blocker: DjangoDbBlocker) -> Iterator[Driver]:
    with django_db_blocker.unblock():
        watched.clear()
        backend = PostgresBackend(watched.target, require_durability=False, application_name="counted")
        yield Driver(backend, watched)
        backend.close()


def a_life(driver: Driver, runs: int) -> int:
    """Runs of one activity each, from start to end, a batch a step; the number of transitions."""
    starts = [start(f"life-{n}") for n in range(runs)]
    driver.commit(*starts)
    ids = [given.run_id for given in starts]
    claim = "UPDATE sched_tasks SET owner = 'w', delivery = 1, claimed_at = created_at"
    driver.database.run(claim)
    wait = Wait(commands=frozenset({0}))
    first = [TaskKey(run, TaskKind.WORKFLOW, 1, 1) for run in ids]
    driver.commit(
        *(
            i.TurnCompleted(key=key, delivery=1, seen_through=1, commands=(activity(),), wait=wait)
            for key in first
        )
    )
    driver.database.run(claim)
    work = [TaskKey(run, TaskKind.ACTIVITY, 3, 1) for run in ids]
    driver.commit(*(i.ActivitySucceeded(key=key, delivery=1) for key in work))
    driver.database.run(claim)
    last = [TaskKey(run, TaskKind.WORKFLOW, 2, 1) for run in ids]
    end = (c.CompleteWorkflow(),)
    driver.commit(
        *(i.TurnCompleted(key=key, delivery=1, seen_through=4, commands=end, wait=Wait()) for key in last)
    )
    assert driver.database.count("sched_tasks") == 0
    assert driver.database.count("sched_events") == 6 * runs
    return 4 * runs


def statements(database: Database) -> int:
    """Executed by the writer; the test's own updates and looks aside."""
    rows = database.run("SELECT query, calls FROM pg_stat_statements WHERE query NOT LIKE %s", ["%pg_stat%"])
    ours = ("BEGIN", "COMMIT", "WITH", "SELECT")
    mine = [calls for query, calls in rows if query.startswith(ours) and "count(*)" not in query]
    return sum(mine)


def test_a_commit_costs_four_statements(driver: Driver) -> None:
    """With batches of at least 8 transitions that is at most 0.6 for each."""
    driver.backend.connect()
    driver.database.run("SELECT pg_stat_statements_reset()")
    transitions = a_life(driver, 8)
    assert statements(driver.database) <= 4 * 4 <= 0.6 * transitions


def test_no_table_is_read_from_end_to_end(driver: Driver) -> None:
    """Young tables tempt the planner: it knows neither their size nor that of the arrays."""

    def scans() -> dict[str, int]:
        driver.database.run("SELECT pg_stat_force_next_flush()")
        names = ", ".join(f"'{name}'" for name in TABLES)
        rows = driver.database.run(
            f"SELECT relname, seq_scan FROM pg_stat_user_tables WHERE relname IN ({names})"
        )
        return dict(rows)

    driver.commit(*(start() for _ in range(BATCH)))
    backend = driver.backend
    assert isinstance(backend, PostgresBackend)
    plain = Driver(backend, driver.database)
    before = scans()
    starts = [start(f"flat-{n}", request_id=f"r-{n}") for n in range(BATCH)]
    plain.commit(*starts)
    plain.commit(*(i.SignalSent(run_id=given.run_id, name="go", request_id="s") for given in starts))
    plain.commit(*(i.CancelRequested(run_id=given.run_id) for given in starts))
    plain.commit(*(i.TerminateRequested(run_id=given.run_id) for given in starts))
    plain.commit(*(start(f"flat-{n}") for n in range(BATCH)))
    backend._open.execute("SELECT pg_stat_force_next_flush()")
    assert scans() == before


def test_headers_are_updated_in_place(driver: Driver) -> None:
    """No index covers what changes often, and the pages have room: HOT updates."""
    runs = [driver.begin() for _ in range(BATCH)]
    driver.database.run("SELECT pg_stat_reset()")
    for _ in range(3):
        driver.commit(*(i.SignalSent(run_id=run, name="go") for run in runs))
    backend = driver.backend
    assert isinstance(backend, PostgresBackend)
    backend._open.execute("SELECT pg_stat_force_next_flush()")
    rows = driver.database.run(
        "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'sched_executions'"
    )
    ((updated, in_place),) = rows
    assert updated == 3 * BATCH
    assert in_place >= 0.8 * updated  # a page that is filled by one batch has no room for the next two


def test_a_server_without_fsync_is_refused(watched: Database) -> None:
    """What such a server commits may be lost, so a writer does not connect."""
    with pytest.raises(Unsuitable, match="fsync"):
        PostgresBackend(watched.target).connect()


def test_an_asynchronous_commit_is_refused(watched: Database) -> None:
    """A setting of the session alone is noticed too."""
    with (
        psycopg.connect(watched.target, options="-c synchronous_commit=off", autocommit=True) as connection,
        pytest.raises(Unsuitable, match="synchronous_commit"),
    ):
        check(connection)


def test_sessions_are_mortal(driver: Driver) -> None:
    """Idle transactions and waits for locks end by themselves; no plan reads a table in sequence."""
    driver.begin()
    backend = driver.backend
    assert isinstance(backend, PostgresBackend)
    names = ("idle_in_transaction_session_timeout", "lock_timeout", "enable_seqscan", "application_name")
    found = [backend._open.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
    assert found == [("3s",), ("2s",), ("off",), ("counted",)]
