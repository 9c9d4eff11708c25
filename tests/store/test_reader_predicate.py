"""Filters as a condition in memory: the same executions as by the database."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.default import as_default
from tests.store.driver import Driver, start
from workflows.core import inputs as i
from workflows.core.values import Status
from workflows.store import reader
from workflows.store.reader import Filters

IDS = ["order-1", "order-10", "Order-1", "ship_1", "ship%", "a", "b"]
NAMES = ["", "Ship", "Bill", "ship"]


def fill(driver: Driver) -> list[reader.Execution]:
    """Some of each type and queue, and every other one ended."""
    for number, workflow_id in enumerate(IDS):
        given_start = replace(
            start(workflow_id), workflow_type=NAMES[1 + number % 3], task_queue=NAMES[1 + number % 2]
        )
        driver.commit(given_start)
        if number % 2:
            driver.commit(i.TerminateRequested(run_id=given_start.run_id))
    return reader.list_executions(Filters(), page_size=100)


def test_a_list_and_the_predicate_let_the_same_through(driver: Driver) -> None:
    """Whatever is filtered by, on either database."""
    with as_default(driver.database):
        everything = fill(driver)
        instants = st.none() | st.sampled_from([each.started_at for each in everything])
        prefixes = st.sampled_from(["", "order-1", "Order", "ship_", "ship%", "z"])

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.differing_executors])
        @given(
            st.builds(
                Filters,
                status=st.none() | st.sampled_from([Status.RUNNING, Status.TERMINATED, Status.FAILED]),
                workflow_type=st.sampled_from(NAMES),
                task_queue=st.sampled_from(NAMES),
                started_after=instants,
                started_before=instants,
                id_prefix=prefixes,
                namespace=st.sampled_from(["default", "other"]),
            )
        )
        def agree(filters: Filters) -> None:
            listed = reader.list_executions(filters, page_size=100)
            passing = [each for each in everything if reader.passes(filters, each)]
            assert [each.run_id for each in listed] == [each.run_id for each in passing]

        agree()
    assert len(everything) == len(IDS)
