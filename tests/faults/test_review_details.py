"""What an attempt reported last is what the next one begins with."""

from __future__ import annotations

from datetime import timedelta

from tests.contracts.store_suite import ANY_SIGNAL, activity, boom
from tests.store.driver import Driver
from workflows.core import inputs as i
from workflows.core.values import RetryPolicy


def test_details_of_a_heartbeat_outlive_their_attempt(driver: Driver) -> None:
    """Also an attempt that reports nothing, between the one that did and the one that asks."""
    run_id = driver.begin()
    unlimited = RetryPolicy(initial_interval=timedelta(0), maximum_attempts=0)
    driver.commit(driver.turn(run_id, activity(0, retry=unlimited), wait=ANY_SIGNAL))
    raw_id = run_id if driver.database.is_postgres else run_id.replace("-", "")
    first = driver.activity_key(run_id, 3)
    delivery = driver.claim(first)
    reported = "UPDATE sched_tasks SET heartbeat_details = %s WHERE run_id = %s AND kind = 2"
    driver.database.run(reported, [b"step 7", raw_id])

    for attempt in (1, 2):
        key = driver.activity_key(run_id, 3, attempt)
        if attempt > 1:
            driver.claim(key)
        driver.commit(i.ActivityFailed(key=key, delivery=delivery, failure=boom()))
        driver.commit(i.RetryDue(run_id=run_id, number=3, attempt=attempt))

        found = "SELECT attempt, heartbeat_details FROM sched_tasks WHERE run_id = %s AND kind = 2"
        ((number, details),) = driver.database.run(found, [raw_id])
        assert (number, bytes(details)) == (attempt + 1, b"step 7")
    state = driver.load(run_id)
    assert (state.activities[3].attempt, state.activities[3].backing_off) == (3, False)
