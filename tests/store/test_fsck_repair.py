"""The repair: what the events tell is right again, what they do not tell stays as it is, and nothing goes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import connections

from tests.e2e.harness.waiting import wait_for
from tests.store.committing import SECONDS
from tests.store.crowd import Crowd, hold, raw_id
from tests.store.damages import DAMAGES, Damage
from tests.store.databases import TABLES, Database
from tests.store.driver import Driver
from tests.store.fsck_crowd import database, driver, found, kept, runs, what_of
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.rejection import Code, Rejected
from workflows.core.values import Status, Wait
from workflows.store import fsck
from workflows.store.fsck import Rule, Scope, repairs

__all__ = ["database", "driver", "kept", "runs"]
REPAIRABLE = [damage for damage in DAMAGES if all(rule.repairable for rule, _, _ in damage.finds)]
BEYOND = [damage for damage in DAMAGES if damage not in REPAIRABLE]


def stored(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    return {table: sorted(database.run(f"SELECT * FROM {table}"), key=repr) for table in TABLES}


@pytest.mark.parametrize("damage", REPAIRABLE, ids=lambda damage: damage.name)
def test_what_the_events_tell_is_repaired(database: Database, runs: Crowd, damage: Damage) -> None:
    """Everything that was found, and a second look finds nothing."""
    damage.inflict(database, runs)

    outcomes = list(fsck.repair(using=database.alias))

    assert all(outcome.repaired for outcome in outcomes)
    told = {(each.finding.rule, what_of(each.finding), each.finding.run_id) for each in outcomes}
    assert told <= damage.expected(runs)
    assert {rule for rule, _, _ in told} >= {rule for rule, _, run in damage.finds if run != "nobody"}
    assert found(database) == set()


@pytest.mark.parametrize("damage", BEYOND, ids=lambda damage: damage.name)
def test_what_they_do_not_tell_is_left_alone(database: Database, runs: Crowd, damage: Damage) -> None:
    """It is told, and not a row is touched."""
    damage.inflict(database, runs)
    before = stored(database)

    outcomes = list(fsck.repair(using=database.alias))

    assert outcomes
    assert not any(outcome.repaired for outcome in outcomes)
    assert stored(database) == before
    assert found(database) == damage.expected(runs)


def test_an_id_means_what_it_meant(database: Database, runs: Crowd) -> None:
    """A header names another id: its run keeps its own, and its row is none too many."""
    database.run(
        f"UPDATE sched_executions SET workflow_id = 'again' WHERE run_id = '{raw(database, runs.busy)}'"
    )
    before = database.run("SELECT count(*) FROM sched_current_runs")
    assert [each.repaired for each in fsck.repair(using=database.alias)] == [True]
    assert found(database) == set()
    assert database.run("SELECT count(*) FROM sched_current_runs") == before


def raw(database: Database, run_id: str) -> str:
    return str(raw_id(database, run_id))


def test_what_is_right_keeps_its_operations(driver: Driver, runs: Crowd) -> None:
    """The header is wrong, and a task beside it; who holds the others goes on holding them, with what they reported."""
    database, run = driver.database, raw(driver.database, runs.busy)
    database.run(
        "UPDATE sched_tasks SET heartbeat_details = data FROM sched_events e WHERE number = 3 AND e.seq = 1"
    )
    database.run(f"UPDATE sched_executions SET turns = 9 WHERE run_id = '{run}'")
    database.run(f"DELETE FROM sched_tasks WHERE run_id = '{run}' AND number = 5")
    before = database.run("SELECT * FROM sched_tasks WHERE owner IS NOT NULL ORDER BY run_id")

    assert all(each.repaired for each in fsck.repair(using=database.alias))

    assert database.run("SELECT * FROM sched_tasks WHERE owner IS NOT NULL ORDER BY run_id") == before
    assert len(before) == 2
    held = driver.activity_key(runs.busy, 3)
    driver.commit(i.ActivitySucceeded(key=held, delivery=1))
    assert driver.names(runs.busy) == "WS Y AS AS AS TS AR AC"


@pytest.mark.parametrize(
    "loss",
    [
        "DELETE FROM sched_tasks WHERE number = 3 AND kind = 2",
        "UPDATE sched_tasks SET delivery = 0 WHERE number = 3 AND kind = 2",
        "UPDATE sched_tasks SET lease_until = NULL WHERE number = 3 AND kind = 2",
    ],
    ids=["row", "delivery", "lease"],
)
def test_an_old_token_never_becomes_current_again(driver: Driver, runs: Crowd, loss: str) -> None:
    """A worker has the activity; its row is damaged and repaired, others claim it: the first is refused for good."""
    key = driver.activity_key(runs.busy, 3)
    driver.database.run(loss)
    for _ in range(2):
        assert all(each.repaired for each in fsck.repair(using=driver.database.alias))
        for _ in range(2):  # five losses would end the attempt
            with pytest.raises(Rejected) as refused:
                driver.commit(i.ActivitySucceeded(key=key, delivery=1))
            assert refused.value.code is Code.STALE_TASK
            driver.backend.rollback()
            delivery = hold(driver, key)
            assert delivery > 1
            driver.commit(i.LeaseExpired(key=key, delivery=delivery, lost=True))
        driver.database.run(loss)
    assert all(each.repaired for each in fsck.repair(using=driver.database.alias))
    driver.commit(i.ActivitySucceeded(key=key, delivery=hold(driver, key)))
    assert driver.names(runs.busy) == "WS Y AS AS AS TS AR AC"


def test_an_attempt_that_may_have_begun_is_not_begun_again(driver: Driver, runs: Crowd) -> None:
    """All rows of an activity in its second attempt are lost: nobody knows whether a worker has it, so its deliveries
    go on where no worker has been."""
    key = driver.activity_key(runs.after, 3, 2)
    old = hold(driver, key)
    run = raw(driver.database, runs.after)
    driver.database.run(f"DELETE FROM sched_tasks WHERE run_id = '{run}'")
    driver.database.run(f"DELETE FROM sched_activities WHERE run_id = '{run}'")

    assert all(each.repaired for each in fsck.repair(using=driver.database.alias))

    assert driver.load(runs.after).activities[3].attempt == 2
    assert hold(driver, key) > old + 1
    with pytest.raises(Rejected):
        driver.commit(i.ActivitySucceeded(key=key, delivery=old))
    driver.backend.rollback()


def test_a_run_goes_on_from_its_events_alone(driver: Driver, runs: Crowd) -> None:
    """Everything but the events is gone, of all runs. After the repair each can be brought to its end."""
    for table in TABLES:
        if table not in ("sched_events", "sched_requests"):
            driver.database.run(f"DELETE FROM {table}")

    assert all(each.repaired for each in fsck.repair(using=driver.database.alias))

    assert found(driver.database) == set()
    for number in (3, 5):
        key = driver.activity_key(runs.busy, number)
        driver.commit(i.ActivitySucceeded(key=key, delivery=hold(driver, key)))
    retried = driver.activity_key(runs.busy, 4, 2)
    driver.commit(i.ActivitySucceeded(key=retried, delivery=hold(driver, retried)))
    driver.commit(turn_of(driver, runs.busy))
    driver.commit(turn_of(driver, runs.fresh))
    driver.commit(i.TerminateRequested(run_id=runs.again))
    assert driver.names(runs.busy) == "WS Y AS AS AS TS AR AC AC AC Y WC"
    assert {driver.load(run).status for run in (runs.busy, runs.fresh)} == {Status.COMPLETED}
    assert driver.load(runs.busy).execution_timeout is not None
    assert found(driver.database) == set()


def turn_of(driver: Driver, run_id: str) -> i.TurnCompleted:
    """The outstanding turn, which ends the run."""
    state = driver.load(run_id)
    key = state.workflow_task_key
    return i.TurnCompleted(
        key=key,
        delivery=hold(driver, key),
        seen_through=state.last_event,
        commands=(c.CompleteWorkflow(),),
        wait=Wait(),
    )


def test_more_than_are_noted_at_once(driver: Driver, runs: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs and ids are repaired in steps; what cannot be is passed over."""
    monkeypatch.setattr(repairs, "AT_ONCE", 2)
    driver.database.run("UPDATE sched_executions SET turns = turns + 1, commands = commands + 1")
    driver.database.run("UPDATE sched_current_runs SET shard = shard + 1")
    driver.database.run(f"DELETE FROM sched_events WHERE run_id = '{raw(driver.database, runs.busy)}'")
    driver.database.run(
        f"UPDATE sched_requests SET run_id = '{raw(driver.database, runs.busy)}' WHERE request_id = 'start-it'"
    )
    outcomes = list(fsck.repair(using=driver.database.alias))
    left = {(each.finding.rule, each.finding.run_id) for each in outcomes if not each.repaired}
    assert left == {(Rule.HISTORY_GAP, runs.busy), (Rule.REQUEST, runs.busy)}
    assert {(rule, run) for rule, _, run in found(driver.database)} == left


def test_a_repair_is_of_its_scope(database: Database, runs: Crowd) -> None:
    """The others stay as they are."""
    database.run("UPDATE sched_executions SET turns = turns + 1")
    assert all(each.repaired for each in fsck.repair(using=database.alias, scope=Scope(workflow_id="busy")))
    assert {run for _, _, run in found(database)} == {runs.fresh, runs.after, runs.ended, runs.again}


@pytest.mark.parametrize("kept", ["postgres"], indirect=True, scope="module")
def test_a_repair_waits_for_the_decision_under_way(driver: Driver, runs: Crowd) -> None:
    """Under the header's lock: what is repaired is what the commit has left, not what it found."""
    database, run = driver.database, runs.again
    database.run("UPDATE sched_executions SET turns = turns + 1 WHERE run_id = %s", [run])
    with psycopg.connect(database.target) as other:
        other.execute("SELECT 1 FROM sched_executions WHERE run_id = %s FOR UPDATE", [run])
        with ThreadPoolExecutor(1) as pool:
            repairing = pool.submit(_repair_elsewhere, database.alias)
            wait_until_blocked(database)
            other.execute("UPDATE sched_executions SET turns = turns - 1 WHERE run_id = %s", [run])
            other.commit()
            assert repairing.result(SECONDS) == []
    assert found(database) == set()


def _repair_elsewhere(alias: str) -> list[bool]:
    try:
        return [each.repaired for each in fsck.repair(using=alias)]
    finally:
        connections[alias].close()


def wait_until_blocked(database: Database) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    wait_for(lambda: database.run(query)[0][0], "repair that waits")
