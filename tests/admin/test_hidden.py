"""Who lacks `see-payloads` reads nothing in the admin that code was handed or gave back."""

from __future__ import annotations

from django.test import Client

from tests.admin.conftest import client_as
from tests.admin.reading import address_of, page, plain
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
