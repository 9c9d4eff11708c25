"""Who lacks `see-payloads` reads nothing in the admin that code was handed or gave back."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.admin.conftest import client_as, client_of
from tests.admin.reading import LIST, address_of, page, plain
from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.driver import Driver
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.values import Failure, RetryPolicy, Wait

SECRET = "card 4111"
FAILURE = Failure(
    type="Boom",
    message=f"{SECRET} is refused",
    stack_trace=f"charge('{SECRET}')",
    cause=Failure(type="Deeper", message=SECRET, stack_trace=SECRET),
)
ATTENTION = "/admin/sched/attention/"


def failing(driver: Driver) -> str:
    """A run whose activity 3 has failed three times."""
    run_id = driver.begin("order-1")
    driver.commit(driver.turn(run_id, activity(retry=RetryPolicy(maximum_attempts=0)), wait=ANY_SIGNAL))
    for attempt in (1, 2, 3):
        key = driver.activity_key(run_id, 3, attempt)
        driver.commit(i.ActivityFailed(key=key, delivery=driver.claim(key), failure=FAILURE))
        if attempt < 3:
            driver.commit(i.RetryDue(run_id=run_id, number=3, attempt=attempt))
    return run_id


def test_failures_are_told_by_their_types_alone(operator: Client, driver: Driver) -> None:
    """In the failure of a run, in pending activities, in sentences of the history, and in what needs attention."""
    failed = driver.begin("order-2")
    driver.commit(driver.turn(failed, c.FailWorkflow(failure=FAILURE), wait=Wait()))
    paths = (address_of(failing(driver)), address_of(failed), ATTENTION)
    viewer = client_as("viewer")
    for path in paths:
        told = plain(page(viewer, path))
        assert SECRET not in told, path
        assert "Boom" in told, path
        assert SECRET in plain(page(operator, path)), path
    assert "hidden: you lack the permission" in plain(page(viewer, address_of(failed)))


def parked(driver: Driver) -> tuple[str, str]:
    """A run whose turn came back, and one whose activity did, each with a worker's traceback."""
    turn, busy = driver.begin("order-3"), driver.begin("order-4")
    driver.commit(driver.turn(busy, activity(), wait=ANY_SIGNAL))
    driver.database.run("UPDATE sched_tasks SET problem = %s", [f"ERROR: Traceback\n  charge('{SECRET}')"])
    return turn, busy


@pytest.mark.parametrize("may_see", [True, False])
def test_of_problems_the_kind_alone_is_told(driver: Driver, may_see: bool) -> None:
    """On both executions' pages, in the list, on the page of an act, among tasks, and in what needs attention."""
    turn, busy = parked(driver)
    also = ("view_payload",) if may_see else ()
    client = client_of("view_execution", "cancel_execution", *also)
    act = f"/admin/sched/act/cancel/?run={turn}"
    for path in (address_of(turn), address_of(busy), LIST, act, "/admin/sched/tasks/", ATTENTION):
        text = page(client, path)
        assert (SECRET in text) == may_see, path
        assert "ERROR" in text, path
