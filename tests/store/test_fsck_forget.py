"""Forgetting a run: the way back to a clean check where no repair leads there."""

from __future__ import annotations

import pytest

from tests.store.crowd import raw_id
from tests.store.databases import TABLES
from tests.store.driver import Driver
from tests.store.test_fsck_command import told
from tests.store.test_fsck_ids import completed
from workflows.core import inputs as i
from workflows.store import fsck
from workflows.store.fsck import NotForgotten, Rule

NOBODY = "00000000-0000-7000-8000-00000000dead"
LOSE = "DELETE FROM sched_events WHERE run_id = {} AND seq = 2"


def break_history(driver: Driver, run_id: str, statement: str = LOSE) -> None:
    driver.database.run(statement.format(f"'{raw_id(driver.database, run_id)}'"))


def rows_of(driver: Driver, run_id: str) -> int:
    raw = raw_id(driver.database, run_id)
    counts = (driver.database.run(f"SELECT count(*) FROM {name} WHERE run_id = %s", [raw]) for name in TABLES)
    return sum(int(rows[0][0]) for rows in counts)


def test_a_broken_run_is_forgotten_and_its_id_means_the_one_before(driver: Driver) -> None:
    """All its rows go, and the check is clean."""
    older = completed(driver, "order")
    newer = driver.begin("order", request_id="r")
    driver.commit(i.TerminateRequested(run_id=newer, request_id="end"))
    break_history(driver, newer, LOSE.replace("= 2", "= 1"))

    found = fsck.forget(newer, using=driver.database.alias)

    assert [finding.rule for finding in found.findings] == [Rule.HISTORY_GAP]
    assert [(each.finding.rule, each.finding.expected, each.repaired) for each in found.of_its_id] == [
        (Rule.CURRENT_RUN, older, True)
    ]
    assert rows_of(driver, newer) == 0
    assert fsck.check(using=driver.database.alias) == ((), 1, 3)


def test_an_id_of_which_nothing_is_left_is_free(driver: Driver) -> None:
    """And so are its request ids."""
    run_id = completed(driver, "order")
    break_history(driver, run_id)
    fsck.forget(run_id, using=driver.database.alias)
    assert set(driver.database.counts().values()) == {0}
    again = driver.begin("order")
    assert driver.names(again) == "WS"


def test_sound_and_open_runs_are_refused(driver: Driver) -> None:
    """With the way that leads on; not a row is touched."""
    whole, open_run = completed(driver, "whole"), driver.begin("open")
    driver.commit(i.SignalSent(run_id=open_run, name="go"), i.SignalSent(run_id=open_run, name="go"))
    break_history(driver, open_run)
    before = driver.database.counts()
    for run_id, why in ((whole, "whole"), (open_run, "terminate it first"), (NOBODY, "names no run")):
        with pytest.raises(NotForgotten, match=why):
            fsck.forget(run_id, using=driver.database.alias)
    assert driver.database.counts() == before

    driver.commit(i.TerminateRequested(run_id=open_run))

    fsck.forget(open_run, using=driver.database.alias)
    assert fsck.check(using=driver.database.alias).is_clean


def test_an_open_run_that_nothing_can_end_is_forgotten(driver: Driver) -> None:
    """Its header is behind its broken history: whatever an engine would write is there already."""
    run_id = driver.begin("order")
    driver.commit(i.SignalSent(run_id=run_id, name="a"), i.SignalSent(run_id=run_id, name="b"))
    break_history(driver, run_id)
    break_history(driver, run_id, "UPDATE sched_executions SET last_event = 2 WHERE run_id = {}")
    fsck.forget(run_id, using=driver.database.alias)
    assert rows_of(driver, run_id) == 0


def test_the_command_names_what_it_forgets(driver: Driver) -> None:
    """What was wrong, how much is gone; a refusal is one sentence, and other filters are none of its business."""
    run_id = completed(driver, "order")
    assert told(driver.database, "--forget", run_id)[0] == 2
    break_history(driver, run_id)
    assert told(driver.database, "--forget", run_id, "--repair")[0] == 2
    assert told(driver.database, "--forget", run_id) == (
        0,
        [
            f"forgotten: order {run_id} history-gap: event behind 1: is 3, should be 2",
            f"run {run_id} is forgotten, with the 2 events that were left of it",
        ],
    )
    assert told(driver.database) == (0, ["0 runs, 0 events: no findings"])
