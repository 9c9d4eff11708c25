"""An activity that changes hands while it is asked to stop: whoever has it next must hear of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.databases import Database
from tests.store.driver import Driver, request_of
from tests.store.test_interleavings import writer
from workflows.core import commands as c
from workflows.core import inputs as i


@pytest.fixture
def one(postgres: Database) -> Iterator[Driver]:
    with writer(postgres) as driver:
        yield driver


def test_a_cancel_request_reaches_the_next_holder_of_the_task(one: Driver) -> None:
    """A hand-back and a claim by another worker come between the look at the task and the request."""
    run_id = one.begin()
    one.commit(one.turn(run_id, activity(0), wait=ANY_SIGNAL))
    key = one.activity_key(run_id, 3)
    one.claim(key)
    one.commit(i.SignalSent(run_id=run_id, name="stop it"))
    turn = one.turn(run_id, c.CancelActivity(command=0), wait=ANY_SIGNAL)
    loaded = one.backend.begin_and_load(request_of([turn]))
    one.database.run(
        "UPDATE sched_tasks SET owner = 'other', delivery = 2 WHERE run_id = %s AND kind = 2", [run_id]
    )

    one.backend.save_and_commit(one.decide(loaded, [turn]))

    assert one.names(run_id).split()[-1] == "ACR"
    asked = "SELECT owner, delivery, cancel_requested FROM sched_tasks WHERE run_id = %s AND kind = 2"
    assert one.database.run(asked, [run_id]) == [("other", 2, True)]
