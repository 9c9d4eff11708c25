"""Two writers at once on PostgreSQL: nothing waits that must not, and nobody decides on what is no longer true."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.databases import Database
from tests.store.driver import Driver, request_of, start
from workflows.core import inputs as i
from workflows.core.values import ConflictPolicy
from workflows.store.backend import LoadRequest, Locked, OutcomeUnknown, StaleRead, StartKey
from workflows.store.postgres import PostgresBackend, load
from workflows.store.postgres.session import Limits

HASTY = Limits(lock=timedelta(milliseconds=50))


@contextmanager
def writer(database: Database, limits: Limits | None = None) -> Iterator[Driver]:
    backend = PostgresBackend(database.target, require_durability=False, limits=limits or Limits())
    yield Driver(backend, database)
    backend.close()


@pytest.fixture
def one(postgres: Database) -> Iterator[Driver]:
    with writer(postgres) as driver:
        yield driver


@pytest.fixture
def two(postgres: Database) -> Iterator[Driver]:
    with writer(postgres, HASTY) as driver:
        yield driver


class Beside:
    """A call on a thread of its own."""

    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._outcome: Any = None
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def result(self) -> Any:
        self._thread.join(10)
        assert not self._thread.is_alive()
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome

    def _run(self) -> None:
        try:
            self._outcome = self._call()
        except BaseException as error:
            self._outcome = error


def until_one_waits(database: Database) -> None:
    """Until a session waits for a lock."""
    with psycopg.connect(database.target, autocommit=True) as observer:
        while not observer.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()[0]:  # type: ignore[index]
            pass


def test_a_locked_run_is_stepped_over(one: Driver, two: Driver) -> None:
    """A load returns at once with the free runs and names the busy ones."""
    free, taken = one.begin(), one.begin()
    one.backend.begin_and_load(LoadRequest(runs={taken: i.Needs()}))

    loaded = two.backend.begin_and_load(LoadRequest(runs={free: i.Needs(), taken: i.Needs()}))

    assert set(loaded.states) == {free}
    assert loaded.busy == {taken}


def test_the_slow_lane_waits_and_then_sees_what_it_waited_for(one: Driver, two: Driver) -> None:
    """Past its patience it is Locked; within, what the other committed is in the load, request ids too."""
    run_id = one.begin()
    given = i.SignalSent(run_id=run_id, name="go", request_id="r")
    loaded = one.backend.begin_and_load(request_of([given]))
    request = request_of([i.SignalSent(run_id=run_id, name="go", request_id="r")], wait=True)
    with pytest.raises(Locked):
        two.backend.begin_and_load(request)
    two.backend.rollback()
    with writer(one.database) as patient:
        waiting = Beside(lambda: patient.backend.begin_and_load(request))
        until_one_waits(one.database)
        one.backend.save_and_commit(one.decide(loaded, [given]))

        seen = waiting.result()

    assert seen.states[run_id].last_event == 2
    assert seen.requests == {("default", run_id): {"r": run_id}}


def test_a_header_newer_than_its_children_is_read_again(
    one: Driver, two: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other writer commits between the snapshot of the load and its lock."""
    run_id = one.begin()
    turn = one.turn(run_id, activity(0), activity(1), wait=ANY_SIGNAL)
    barrier = "(SELECT pg_advisory_lock_shared(7)) barrier, unnest("
    monkeypatch.setattr(load, "_LOCKED", load._LOCKED.replace("unnest(", barrier, 1))
    load.load_statement.cache_clear()
    needs = i.Needs(all_children=True)
    with psycopg.connect(one.database.target, autocommit=True) as gate:
        gate.execute("SELECT pg_advisory_lock(7)")
        with writer(one.database) as late:
            loading = Beside(lambda: late.backend.begin_and_load(LoadRequest(runs={run_id: needs})))
            until_one_waits(one.database)
            monkeypatch.undo()
            load.load_statement.cache_clear()
            two.commit(turn)
            gate.execute("SELECT pg_advisory_unlock(7)")
            loaded = loading.result()

    state = loaded.states[run_id]
    assert (state.turns, set(state.activities), len(state.tasks)) == (1, {3, 4}, 2)


def test_an_id_that_is_being_started_is_busy(one: Driver, two: Driver) -> None:
    """A second start is put off, or refused after a wait; after the commit it meets the run."""
    given = start("order", request_id="r")
    loaded = one.backend.begin_and_load(request_of([given]))
    assert not loaded.busy_starts

    same_id = two.backend.begin_and_load(LoadRequest(starts=[StartKey("default", "order")]))
    assert same_id.busy_starts == {("default", "order")}
    two.backend.rollback()
    with pytest.raises(Locked):
        two.backend.begin_and_load(request_of([start("order")], wait=True))
    two.backend.rollback()

    one.backend.save_and_commit(one.decide(loaded, [given]))
    after = two.backend.begin_and_load(request_of([start("order")], wait=True))
    assert after.current["default", "order"].run_id == given.run_id


def test_a_request_id_in_another_s_hands_is_busy(one: Driver, two: Driver) -> None:
    """Though the run itself is free."""
    run_id = one.begin()
    one.backend.begin_and_load(LoadRequest(run_requests=[(run_id, "r")]))

    loaded = two.backend.begin_and_load(LoadRequest(runs={run_id: i.Needs()}, run_requests=[(run_id, "r")]))

    assert loaded.busy_requests == {(run_id, "r")}
    assert set(loaded.states) == {run_id}


@pytest.mark.parametrize("used_before", [False, True])
def test_an_id_moved_since_it_was_read_is_not_taken_twice(
    one: Driver, two: Driver, used_before: bool
) -> None:
    """The read of the current run is older than the lock; the write checks it."""
    if used_before:
        one.commit(i.TerminateRequested(run_id=one.begin("order")))
    given = start("order")
    loaded = one.backend.begin_and_load(request_of([given]))
    one.backend.rollback()
    read = one.backend._read  # type: ignore[attr-defined]
    two.begin("order")
    one.backend.begin_and_load(LoadRequest())
    one.backend._reading = read  # type: ignore[attr-defined]

    with pytest.raises(StaleRead):
        one.backend.save_and_commit(one.decide(loaded, [given]))

    assert one.database.counts()["executions"] == (2 if used_before else 1)
    existing = start("order", conflict=ConflictPolicy.USE_EXISTING)
    (transition,) = one.commit(existing)
    assert not transition.is_new_run


def test_a_task_claimed_again_meanwhile_stays_claimed(one: Driver) -> None:
    """A hand-back and a claim by another worker come between the look at the lease and its end."""
    run_id = one.begin()
    key = one.load(run_id).workflow_task_key
    expired = i.LeaseExpired(key=key, delivery=one.claim(key), lost=True)
    loaded = one.backend.begin_and_load(request_of([expired]))
    one.database.run("UPDATE sched_tasks SET owner = 'other', delivery = 2 WHERE run_id = %s", [run_id])

    one.backend.save_and_commit(one.decide(loaded, [expired]))

    task = one.load(run_id).tasks[key]
    assert (task.owner, task.delivery, task.lost) == ("other", 2, 0)


def test_a_frozen_writer_s_rows_are_free_after_a_moment(postgres: Database, two: Driver) -> None:
    """The server ends its session; awake, it finds its commit lost and goes on."""
    limits = Limits(idle_in_transaction=timedelta(milliseconds=100))
    with writer(postgres, limits) as frozen:
        run_id = two.begin()
        loaded = frozen.backend.begin_and_load(LoadRequest(runs={run_id: i.Needs()}))
        with writer(postgres) as patient:
            seen = patient.backend.begin_and_load(LoadRequest(runs={run_id: i.Needs()}, wait=True))
            assert set(seen.states) == {run_id}
            patient.backend.rollback()
        with pytest.raises(OutcomeUnknown) as unknown:
            frozen.backend.save_and_commit(
                frozen.decide(loaded, [i.SignalSent(run_id=run_id, name="too late")])
            )
        assert frozen.backend.outcome_of(unknown.value.transaction) is False
        frozen.commit(i.SignalSent(run_id=run_id, name="alive again"))
    assert two.names(run_id) == "WS SR"
