"""A row among the timers that no event has started does not fire: its event would break the history for good."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.store.crowd import raw_id
from tests.store.driver import Driver
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.rejection import Code, Rejected
from workflows.core.values import Wait
from workflows.store import fsck
from workflows.store.fsck import Rule

OF_NOTHING, OF_ANOTHER_EVENT = 77, 1


@pytest.mark.parametrize("number", [OF_NOTHING, OF_ANOTHER_EVENT])
def test_a_timer_that_was_never_started_does_not_fire(driver: Driver, number: int) -> None:
    """It is refused as one that has fired, and found by `fsck`; timers that were started fire beside it."""
    run_id = driver.begin()
    timer = c.StartTimer(command=0, duration=timedelta(microseconds=1))
    driver.commit(driver.turn(run_id, timer, wait=Wait(commands=frozenset({0}))))
    driver.database.run(
        "INSERT INTO sched_timers (run_id, kind, number, namespace, shard, due_at, stamp)"
        " SELECT run_id, kind, %s, namespace, shard, due_at, 5 FROM sched_timers WHERE run_id = %s AND kind = 1",
        [number, raw_id(driver.database, run_id)],
    )

    with pytest.raises(Rejected) as refused:
        driver.commit(i.TimerDue(run_id=run_id, number=number))
    driver.backend.rollback()
    driver.commit(i.TimerDue(run_id=run_id, number=3))

    assert refused.value.code is Code.STALE_TIMER
    assert driver.names(run_id) == "WS Y TS TF"
    found = fsck.check(using=driver.database.alias).findings
    assert [(each.rule, each.what) for each in found if each.rule is not Rule.TASK_EXTRA] == [
        (Rule.TIMER_EXTRA, f"user timer {number}")
    ]
