"""What a load finds only while it loads: terminations in inboxes, and headers that change under its hands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.databases import Database
from tests.store.driver import Driver, start
from tests.store.test_interleavings import Beside, until_one_waits, writer
from workflows.client import terminate_workflow
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.values import ConflictPolicy
from workflows.store.backend import LoadRequest, StartKey
from workflows.store.postgres import load

HOUR = timedelta(hours=1)


@pytest.fixture
def one(postgres: Database) -> Iterator[Driver]:
    with writer(postgres) as driver:
        yield driver


def busy_run(driver: Driver) -> str:
    """A run with a task, a timer of each kind, and an activity."""
    run_id = driver.begin("order", execution_timeout=HOUR)
    work = activity(0, schedule_to_close=HOUR)
    driver.commit(driver.turn(run_id, work, c.StartTimer(command=1, duration=HOUR), wait=ANY_SIGNAL))
    return run_id


def outstanding(driver: Driver, run_id: str) -> dict[str, int]:
    given = run_id if driver.database.is_postgres else run_id.replace("-", "")
    tables = ("sched_tasks", "sched_timers", "sched_activities", "sched_inbox")
    count = "SELECT count(*) FROM {} WHERE run_id = %s"
    return {table: driver.database.run(count.format(table), [given])[0][0] for table in tables}


def signal_with_start() -> i.StartRequested:
    signal = i.SignalSent(run_id="", name="go")
    return start("order", conflict=ConflictPolicy.USE_EXISTING, signal=signal)


@contextmanager
def held_between_snapshot_and_lock(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]
) -> Iterator[Beside]:
    """`call` runs on a thread until its load has its snapshot; its locks follow the end of the block."""
    barrier = "(SELECT pg_advisory_lock_shared(7)) barrier, unnest("
    monkeypatch.setattr(load, "_LOCKED", load._LOCKED.replace("unnest(", barrier, 1))
    load.load_statement.cache_clear()
    with psycopg.connect(driver.database.target, autocommit=True) as gate:
        gate.execute("SELECT pg_advisory_lock(7)")
        beside = Beside(call)
        until_one_waits(driver.database)
        monkeypatch.undo()
        load.load_statement.cache_clear()
        yield beside
        gate.execute("SELECT pg_advisory_unlock(7)")


def test_a_signal_with_start_that_drains_a_termination_leaves_nothing_outstanding(driver: Driver) -> None:
    """The run is locked for its signal, without its children; the termination in its inbox ends them all."""
    run_id = busy_run(driver)
    terminate_workflow("order", using=driver.database.alias)

    driver.commit(signal_with_start())

    assert driver.names(run_id) == "WS Y AS TS WT"
    assert set(outstanding(driver, run_id).values()) == {0}


def test_a_termination_drained_by_the_second_look_leaves_nothing_outstanding(
    one: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The header was newer than its children, so its inbox is drained by the look that reads it again."""
    run_id = busy_run(one)
    request = LoadRequest(runs={run_id: i.Needs()})
    with writer(one.database) as late, writer(one.database) as other:
        loading = late.backend.begin_and_load
        with held_between_snapshot_and_lock(one, monkeypatch, lambda: loading(request)) as beside:
            other.commit(i.SignalSent(run_id=run_id, name="early"))
            terminate_workflow("order", using=one.database.alias)
        loaded = beside.result()

    assert [type(entry.given) for entry in loaded.inbox] == [i.TerminateRequested]
    state = loaded.states[run_id]
    assert (len(state.tasks), len(state.activities), len(state.timers)) == (2, 1, 1)


def test_a_run_to_be_signalled_that_changes_under_the_load_is_read_again(
    one: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state that is returned holds what was committed between the snapshot and the lock."""
    run_id = busy_run(one)
    request = LoadRequest(starts=[StartKey("default", "order", lock_current=True)])
    with writer(one.database) as late, writer(one.database) as other:
        loading = late.backend.begin_and_load
        with held_between_snapshot_and_lock(one, monkeypatch, lambda: loading(request)) as beside:
            other.commit(i.SignalSent(run_id=run_id, name="early"))

        loaded = beside.result()

    assert loaded.states[run_id].last_event == 5
