"""Rows that cannot be read: they are shown as what is left of them, and take no others along."""

from __future__ import annotations

import pytest

from tests.api.caller import Caller
from tests.contracts.store_suite import ANY_SIGNAL, activity
from tests.store.damaging import NO_PAYLOAD, damage_event, damage_header
from workflows.core import commands as c
from workflows.core.values import Wait


@pytest.mark.parametrize(
    ("columns", "fault", "lost"),
    [
        ({"status": "BANANA"}, "its status is 'BANANA'", "status"),
        ({"memo": NO_PAYLOAD}, "its memo cannot be read", "memo"),
        ({"search_attributes": NO_PAYLOAD}, "its search attributes cannot be read", "searchAttributes"),
    ],
)
def test_a_damaged_header_hides_no_others(
    api: Caller, columns: dict[str, object], fault: str, lost: str
) -> None:
    """It is listed with all that can be read of it, and with what it takes to know more."""
    for n in range(3):
        api.start({"workflowName": "Ship", "workflowId": f"order-{n}", "memo": {"n": n}})
    run_id = api.run_of("order-1")
    damage_header(api.driver.database, run_id, **columns)

    answer = api.get("workflows")

    assert answer.status == 200
    assert [each["workflowId"] for each in answer.json["workflows"]] == ["order-2", "order-1", "order-0"]
    after, found, before = answer.json["workflows"]
    assert (after["problem"], before["problem"]) == (None, None)
    assert found["problem"] == f"damaged: {fault}; `manage.py fsck --run-id {run_id}` says more"
    assert found[lost] is None
    assert (found["workflowName"], found["runId"]) == ("Ship", run_id)
    one = api.get("workflows/order-1")
    assert (one.status, one.json["problem"]) == (200, found["problem"])
    assert api.get("workflows/counts").status == 200
    assert api.get("metrics").status == 200


def test_a_history_shows_the_events_that_can_be_read(api: Caller) -> None:
    """A damaged one is in its place, with its number and what is wrong; pages go on behind it."""
    run_id = api.driver.begin("order-1")
    api.driver.commit(api.driver.turn(run_id, activity(0), wait=ANY_SIGNAL))
    damage_event(api.driver.database, run_id, 2)

    answer = api.get("workflows/order-1/history", pageSize=2)

    assert answer.status == 200
    first, second = answer.json["events"]
    assert (first["number"], first["type"]) == (1, "WorkflowExecutionStarted")
    assert (second["number"], second["type"], second["time"]) == (2, "Unreadable", None)
    assert second["attributes"]["problem"] == (
        f"damaged: it cannot be read; `manage.py fsck --run-id {run_id}` says more"
    )
    assert answer.json["nextAfter"] == 2
    (third,) = api.get("workflows/order-1/history", after=2).json["events"]
    assert (third["number"], third["type"]) == (3, "ActivityTaskScheduled")


def test_an_event_of_another_place_is_damage(api: Caller) -> None:
    """Its bytes can be read, and are another event's."""
    run_id = api.driver.begin("order-1")
    api.driver.commit(api.driver.turn(run_id, activity(0), wait=ANY_SIGNAL))
    ((data,),) = api.driver.database.run("SELECT data FROM sched_events WHERE seq = 1")
    damage_event(api.driver.database, run_id, 2, bytes(data))
    (event,) = api.get("workflows/order-1/history", after=1, pageSize=1).json["events"]
    assert (event["number"], event["type"]) == (2, "Unreadable")
    assert "it says that it is event 1" in event["attributes"]["problem"]


def test_a_damaged_start_hides_the_input_alone(api: Caller) -> None:
    """The description says what is missing."""
    run_id = api.driver.begin("order-1")
    damage_event(api.driver.database, run_id, 1)
    for path in ("workflows/order-1", "workflows/order-1/pending"):
        assert api.get(path).status == 200
    found = api.get("workflows/order-1").json
    assert found["input"] is None
    assert found["problem"].startswith("damaged: its start cannot be read")


def test_a_damaged_end_is_no_result(api: Caller) -> None:
    """Who asks how it ended is refused: neither a failure of ours nor an empty result is an answer."""
    run_id = api.driver.begin("order-1")
    api.driver.commit(api.driver.turn(run_id, c.CompleteWorkflow(result=None), wait=Wait()))
    damage_event(api.driver.database, run_id, 3)
    for query in ({}, {"wait": 5}):
        answer = api.get("workflows/order-1/result", **query)
        assert (answer.status, answer.json["code"], answer.json["runId"]) == (409, "DAMAGED", run_id)
        assert f"`manage.py fsck --run-id {run_id}`" in answer.json["detail"]
    assert api.get("workflows/order-1").json["status"] == "COMPLETED"


def test_a_damaged_task_hides_no_queue(api: Caller) -> None:
    """One of a kind that there is not."""
    api.driver.begin("order-1", task_queue="sound")
    api.driver.begin("order-2", task_queue="broken")
    api.driver.database.run("UPDATE sched_tasks SET kind = 77 WHERE queue = 'broken'")
    answer = api.get("task-queues")
    assert [each["taskQueue"] for each in answer.json["taskQueues"]] == ["sound"]
