"""What a workflow id means: the events decide, not what damaged headers say, and broken runs take no id over."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.store.crowd import hold, raw_id
from tests.store.databases import Database
from tests.store.driver import Driver
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.values import Wait
from workflows.store import fsck
from workflows.store.fsck import Rule

REOPEN = "UPDATE sched_executions SET status = 'RUNNING', closed_at = NULL WHERE run_id = {run}"
OF_CURRENT = "SELECT run_id FROM sched_current_runs WHERE workflow_id = 'twice'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """Two runs of one id, both COMPLETED."""

    older: str
    newer: str


@pytest.fixture
def twice(driver: Driver) -> Twice:
    return Twice(older=completed(driver, "twice"), newer=completed(driver, "twice"))


def completed(driver: Driver, workflow_id: str) -> str:
    run_id = driver.begin(workflow_id)
    state = driver.load(run_id)
    key = state.workflow_task_key
    driver.commit(
        i.TurnCompleted(
            key=key,
            delivery=hold(driver, key),
            seen_through=state.last_event,
            commands=(c.CompleteWorkflow(),),
            wait=Wait(),
        )
    )
    return run_id


def damage(database: Database, run_id: str, *statements: str) -> None:
    for statement in statements:
        database.run(statement.format(run=f"'{raw_id(database, run_id)}'"))


def rules(database: Database) -> set[tuple[Rule, str]]:
    return {(each.rule, each.run_id) for each in fsck.check(using=database.alias).findings}


def current(database: Database) -> str:
    ((run_id,),) = database.run(OF_CURRENT)
    return str(run_id)


def test_a_header_alone_takes_no_id_over(driver: Driver, twice: Twice) -> None:
    """It says that its run is open, the events say when it ended: the header is wrong, and nothing else."""
    damage(driver.database, twice.older, REOPEN)
    assert rules(driver.database) == {(Rule.END, twice.older)}
    assert all(each.repaired for each in fsck.repair(using=driver.database.alias))
    assert rules(driver.database) == set()


@pytest.mark.parametrize(
    ("loss", "rule"),
    [("AND seq = 2", Rule.HISTORY_GAP), ("AND seq = 1", Rule.HISTORY_GAP), ("", Rule.HISTORY_GAP)],
    ids=["within", "first", "all"],
)
def test_a_broken_run_takes_no_id_over(driver: Driver, twice: Twice, loss: str, rule: Rule) -> None:
    """Whatever its header says. It is told, and the id goes on meaning the run that is whole."""
    damage(driver.database, twice.older, REOPEN, f"DELETE FROM sched_events WHERE run_id = {{run}} {loss}")
    before = current(driver.database)

    outcomes = list(fsck.repair(using=driver.database.alias))

    assert [(each.finding.rule, each.repaired) for each in outcomes] == [(rule, False)]
    assert current(driver.database) == before


def test_a_broken_run_gets_no_id_that_nobody_has(driver: Driver) -> None:
    """Its history is told; that its id means nothing is no finding of its own."""
    run_id = completed(driver, "twice")
    lost = "DELETE FROM sched_{} WHERE run_id = {{run}}"
    damage(driver.database, run_id, lost.format("current_runs"), lost.format("events") + " AND seq = 2")
    assert rules(driver.database) == {(Rule.HISTORY_GAP, run_id)}


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_run_that_is_over_gives_its_id_to_the_next(
    driver: Driver, twice: Twice, *, is_broken: bool
) -> None:
    """Whole or not: the next has its history, and the row was left behind."""
    database = driver.database
    lost = ["DELETE FROM sched_events WHERE run_id = {run} AND seq = 2"] if is_broken else []
    behind = "UPDATE sched_current_runs SET run_id = {run} WHERE workflow_id = 'twice'"
    damage(database, twice.older, behind, *lost)
    repaired = [each.finding for each in fsck.repair(using=database.alias) if each.repaired]
    assert [(each.rule, each.found, each.expected) for each in repaired] == [
        (Rule.CURRENT_RUN, twice.older, twice.newer)
    ]
    assert current(database) == raw_text(database, twice.newer)


def raw_text(database: Database, run_id: str) -> str:
    return str(raw_id(database, run_id))


def test_two_open_runs_are_told_by_their_events(driver: Driver) -> None:
    """Of an id whose first run has lost its end, with a header that does not count it."""
    database = driver.database
    first = driver.begin("twice")
    driver.commit(i.TerminateRequested(run_id=first))
    driver.begin("twice")
    damage(
        database,
        first,
        REOPEN,
        "DELETE FROM sched_events WHERE run_id = {run} AND seq = 2",
        "UPDATE sched_executions SET last_event = 1 WHERE run_id = {run}",
    )
    list(fsck.repair(using=database.alias))
    assert rules(database) == {(Rule.OPEN_TWICE, "")}


def test_a_request_id_is_for_the_run_that_the_events_name(driver: Driver) -> None:
    """A header that names another id makes no request of it wrong."""
    run_id = driver.begin("asked", request_id="start-it")
    damage(driver.database, run_id, "UPDATE sched_executions SET workflow_id = 'other' WHERE run_id = {run}")
    assert rules(driver.database) == {(Rule.HEADER, run_id)}
