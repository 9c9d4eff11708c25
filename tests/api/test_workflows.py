"""Starting, reading and steering executions."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from tests.api.caller import JSON, Caller
from tests.contracts.store_suite import ANY_SIGNAL, activity, boom
from tests.store.default import as_default
from tests.store.driver import new_run_id, payload
from workflows.core import commands as c
from workflows.core import inputs as i
from workflows.core.values import Payload, Wait
from workflows.service import ids

ODD = (
    rb'{ "big": 123456789012345678901234567890,  "nul": "\u0000", "e": 1.0e2, "u": "\ud83d\ude00'
    + "ü".encode()
    + b'" }'
)
"""Every part of it would change, were it read and written again."""


def test_the_line_of_the_specification_works(api: Caller) -> None:
    """A name and an input suffice; the run's id becomes the workflow's."""
    answer = api.post("workflows", b'{"workflowName":"ApprovalGate","input":"req-42"}')
    assert (answer.status, answer.type) == (201, JSON)
    assert answer.json["workflowId"] == answer.json["runId"]
    (event,) = api.driver.history(answer.json["runId"])
    assert event.input == Payload(b'"req-42"')  # type: ignore[attr-defined]


def test_a_start_takes_all_that_the_specification_names(api: Caller) -> None:
    """What was given is found in the description; a time limit arms its timer."""
    answer = api.post(
        "workflows",
        {
            "workflowName": "Ship",
            "workflowId": "order-1",
            "taskQueue": "fast",
            "executionTimeoutSeconds": 1.5,
            "memo": {"a": 1},
            "searchAttributes": {"b": 2},
            "workflowIdReusePolicy": "REJECT_DUPLICATE",
            "workflowIdConflictPolicy": "USE_EXISTING",
        },
    )
    assert answer.status == 201
    found = api.get("workflows/order-1").json
    assert (found["workflowName"], found["taskQueue"], found["status"]) == ("Ship", "fast", "RUNNING")
    assert (found["executionTimeoutSeconds"], found["memo"], found["searchAttributes"]) == (
        1.5,
        {"a": 1},
        {"b": 2},
    )
    assert found["closedAt"] is None
    assert api.driver.database.counts()["timers"] == 1


def test_payloads_come_back_byte_for_byte(api: Caller) -> None:
    """In the description, in the history, and among pending signals."""
    workflow_id = api.start(b'{"workflowName":"Ship","input":' + ODD + b',"memo":' + ODD + b"}")
    api.post(f"workflows/{workflow_id}/signal", b'{"name":"go","payload":' + ODD + b"}")
    assert api.drain(workflow_id) == "WS SR"
    assert api.get(f"workflows/{workflow_id}").content.count(ODD) == 2
    assert api.get(f"workflows/{workflow_id}/history").content.count(ODD) == 3
    assert api.get(f"workflows/{workflow_id}/pending").content.count(ODD) == 1


def test_null_is_an_input(api: Caller) -> None:
    """An explicit null is recorded as JSON null, not as no input."""
    answer = api.post("workflows", b'{"workflowName":"Ship","input":null}')
    (event,) = api.driver.history(answer.json["runId"])
    assert event.input == Payload(b"null")  # type: ignore[attr-defined]


@pytest.mark.parametrize("data", [b"\xff not json", b"NaN", b'{"a":1'])
def test_a_workers_broken_json_does_not_break_ours(api: Caller, data: bytes) -> None:
    """Bytes that are no JSON come as base64, within an answer that is JSON."""
    run_id = api.driver.begin(input=Payload(data))
    assert set(api.get(f"workflows/{run_id}").json["input"]) == {"encoding", "base64"}


def test_a_second_start_of_an_open_id_is_refused_or_answered_by_policy(api: Caller) -> None:
    """409 with the open run, or 200 with it under USE_EXISTING."""
    first = api.post("workflows", {"workflowName": "Ship", "workflowId": "order-1"}).json
    refused = api.post("workflows", {"workflowName": "Ship", "workflowId": "order-1"})
    assert (refused.status, refused.json["code"]) == (409, "ALREADY_EXISTS")
    assert refused.json["runId"] == first["runId"]
    existing = api.post(
        "workflows",
        {"workflowName": "Ship", "workflowId": "order-1", "workflowIdConflictPolicy": "USE_EXISTING"},
    )
    assert (existing.status, existing.json) == (200, {**first, "started": False})


def test_an_idempotency_key_has_one_effect(api: Caller) -> None:
    """A repeated start answers with the same run; a repeated signal changes nothing."""
    key = {"Idempotency-Key": "try-1"}
    first = api.post("workflows", {"workflowName": "Ship"}, headers=key)
    again = api.post("workflows", {"workflowName": "Ship"}, headers=key)
    assert first.json["runId"] == again.json["runId"]
    workflow_id = first.json["workflowId"]
    path = f"workflows/{workflow_id}/signal"
    assert api.post(path, {"name": "go"}, headers={"Idempotency-Key": "s"}).json["changed"]
    assert not api.post(path, {"name": "go"}, headers={"Idempotency-Key": "s"}).json["changed"]
    assert api.drain(workflow_id) == "WS SR"


def test_steering_is_accepted_and_recorded(api: Caller) -> None:
    """Each is answered 202 and becomes an event, in its order, with REST as the identity."""
    workflow_id = api.start()
    run_id = api.run_of(workflow_id)
    for path, body in (
        ("signal", {"name": "go", "payload": [1]}),
        ("cancel", {"reason": "enough"}),
        ("terminate", {}),
    ):
        answer = api.post(f"workflows/{workflow_id}/{path}", body)
        assert (answer.status, answer.json["runId"], answer.json["changed"]) == (202, run_id, True)
    assert api.drain(workflow_id) == "WS SR WCR WT"
    assert api.driver.history(run_id)[1].identity == "rest"  # type: ignore[attr-defined]


def test_an_ended_run_is_steered_no_more(api: Caller) -> None:
    """A signal is refused; to cancel or terminate it is a no-op that says so."""
    workflow_id = api.start()
    api.post(f"workflows/{workflow_id}/terminate")
    api.drain(workflow_id)
    refused = api.post(f"workflows/{workflow_id}/signal", {"name": "go"})
    assert (refused.status, refused.json["code"]) == (409, "CLOSED")
    for path in ("cancel", "terminate"):
        answer = api.post(f"workflows/{workflow_id}/{path}")
        assert (answer.status, answer.json["changed"], answer.json["status"]) == (202, False, "TERMINATED")


@pytest.mark.parametrize("path", ["", "/history", "/pending", "/result"])
def test_an_unknown_id_is_not_found(api: Caller, path: str) -> None:
    """Every path of an execution answers 404 and names the id."""
    answer = api.get(f"workflows/nobody{path}")
    assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")
    assert "nobody" in answer.json["detail"]


@pytest.mark.parametrize("path", ["signal", "cancel", "terminate"])
def test_an_unknown_id_cannot_be_steered(api: Caller, path: str) -> None:
    """Every way to steer answers 404."""
    answer = api.post(f"workflows/nobody/{path}", {"name": "go"} if path == "signal" else None)
    assert (answer.status, answer.json["code"]) == (404, "NOT_FOUND")


def test_a_run_other_than_the_current_one_is_named_by_its_id(api: Caller) -> None:
    """A workflow id means its last run; a run id one before; an unknown run id none."""
    first = api.driver.begin("order-1")
    api.driver.commit(i.TerminateRequested(run_id=first))
    second = api.driver.begin("order-1")
    assert api.get("workflows/order-1").json["runId"] == second
    assert api.get("workflows/order-1", runId=first).json["status"] == "TERMINATED"
    unknown = new_run_id()
    missing = api.get("workflows/order-1", runId=unknown)
    assert missing.status == 404
    assert "order-1" in missing.json["detail"]
    assert unknown in missing.json["detail"]
    assert api.get("workflows/order-1/history", runId=first).json["runId"] == first


def test_a_history_is_readable_and_paged(api: Caller) -> None:
    """Types by name, payloads as JSON, durations in seconds, causes nested; pages join without a gap."""
    run_id = api.driver.begin()
    api.driver.commit(
        api.driver.turn(run_id, activity(0, input=payload("[1]")), wait=Wait(commands=frozenset({0})))
    )
    key = api.driver.activity_key(run_id, 3)
    failed = i.ActivityFailed(key=key, delivery=api.driver.claim(key), failure=boom(cause=boom()))
    api.driver.commit(failed)

    page = api.get(f"workflows/{run_id}/history", pageSize=2).json
    rest = api.get(f"workflows/{run_id}/history", after=page["nextAfter"]).json

    assert [each["number"] for each in page["events"] + rest["events"]] == [1, 2, 3, 4]
    assert rest["nextAfter"] is None
    scheduled, retried = rest["events"]
    assert set(scheduled) == {"number", "type", "time", "attributes"}
    assert scheduled["type"] == "ActivityTaskScheduled"
    assert scheduled["attributes"]["input"] == [1]
    assert retried["attributes"]["failure"]["cause"]["type"] == "Boom"
    assert retried["attributes"]["delaySeconds"] == 1.0
    assert page["events"][1]["attributes"]["wait"]["commands"] == [0]


def test_pending_work_is_told(api: Caller) -> None:
    """Open activities with their state and timers, by the numbers of their events."""
    run_id = api.driver.begin()
    timer = c.StartTimer(command=1, duration=timedelta(minutes=1))
    api.driver.commit(api.driver.turn(run_id, activity(0), timer, wait=ANY_SIGNAL))
    found = api.get(f"workflows/{run_id}/pending").json
    (waiting,) = found["activities"]
    assert (waiting["number"], waiting["activityType"], waiting["state"]) == (3, "Do", "SCHEDULED")
    assert [each["number"] for each in found["timers"]] == [4]
    assert (found["signals"], found["workflowTask"]) == ([], None)


def test_a_result_is_told_at_once_if_it_is_there(api: Caller) -> None:
    """A closed run does not make its caller wait; the result comes byte by byte."""
    run_id = api.driver.begin()
    assert api.get(f"workflows/{run_id}/result").json["status"] == "RUNNING"
    api.driver.commit(api.driver.turn(run_id, c.CompleteWorkflow(result=Payload(ODD)), wait=Wait()))
    answer = api.get(f"workflows/{run_id}/result", wait=5)
    assert answer.json["status"] == "COMPLETED"
    assert ODD in answer.content


def test_a_result_is_waited_for(api: Caller) -> None:
    """The run ends while somebody waits."""
    run_id = api.driver.begin()
    answers = []

    def wait() -> None:
        with as_default(api.driver.database):
            answers.append(api.get(f"workflows/{run_id}/result", wait=30))
        connections.close_all()

    waiter = threading.Thread(target=wait)
    waiter.start()
    api.driver.commit(i.TerminateRequested(run_id=run_id, reason="enough"))
    waiter.join(10)

    (answer,) = answers
    assert (answer.json["status"], answer.json["failure"]["message"]) == ("TERMINATED", "enough")


def test_a_wait_ends_with_its_time(api: Caller) -> None:
    """A run that is still open then is an answer, not an error."""
    run_id = api.driver.begin()
    assert api.get(f"workflows/{run_id}/result", wait=0.05).json["status"] == "RUNNING"


def test_a_list_is_filtered_counted_and_paged(api: Caller) -> None:
    """Newest first; pages join without a gap; counts hold to the same filters."""
    for n in range(3):
        api.start({"workflowName": "Ship", "workflowId": f"order-{n}"})
    api.start({"workflowName": "Bill", "workflowId": "bill-1", "taskQueue": "slow"})

    page = api.get("workflows", workflowName="Ship", pageSize=2).json
    rest = api.get("workflows", workflowName="Ship", pageSize=2, cursor=page["nextCursor"]).json

    listed = [each["workflowId"] for each in page["workflows"] + rest["workflows"]]
    assert listed == ["order-2", "order-1", "order-0"]
    assert rest["nextCursor"] is None
    assert [each["workflowId"] for each in api.get("workflows", taskQueue="slow").json["workflows"]] == [
        "bill-1"
    ]
    assert len(api.get("workflows", idPrefix="order-", status="RUNNING").json["workflows"]) == 3
    assert api.get("workflows", startedAfter="2099-01-01T00:00:00Z").json["workflows"] == []
    counts = api.get("workflows/counts", idPrefix="order-").json
    assert counts == {
        "RUNNING": 3,
        **dict.fromkeys(("COMPLETED", "FAILED", "CANCELED", "TERMINATED", "TIMED_OUT"), 0),
        "approximate": False,
    }


def test_totals_and_queues(api: Caller) -> None:
    """Totals by type, and per queue what waits, what is held and since when."""
    api.start({"workflowName": "Ship", "taskQueue": "slow"})
    totals = api.get("metrics").json
    assert (totals["byType"], totals["averageDurationSeconds"]) == ({"Ship": 1}, None)
    (queue,) = api.get("task-queues").json["taskQueues"]
    assert (queue["taskQueue"], queue["kind"], queue["backlog"], queue["inFlight"]) == (
        "slow",
        "WORKFLOW",
        1,
        0,
    )
    assert queue["oldestAgeSeconds"] >= 0


def test_an_id_with_every_allowed_character_is_found(api: Caller) -> None:
    """No character of an id has a meaning in a path; a run's id is generated all the same."""
    api.start({"workflowName": "Ship", "workflowId": "a.b_c:d@e+f-1"})
    assert api.get("workflows/a.b_c:d@e+f-1").status == 200
    assert ids.is_run_id(api.run_of("a.b_c:d@e+f-1"))
