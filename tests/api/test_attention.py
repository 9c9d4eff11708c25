"""What needs an operator, for programs: what the admin's page finds (tests/admin/test_attention.py) as a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.caller import Answer, Caller
from tests.api.credentials import caller_of
from workflows.models import BulkOperation
from workflows.service import attention, bulk


def park(api: Caller, workflow_id: str, problem: str) -> None:
    api.start({"workflowName": "Ship", "workflowId": workflow_id})
    api.driver.database.run(
        "UPDATE sched_tasks SET problem = %s WHERE workflow_id = %s", [problem, workflow_id]
    )


def troubles(answer: Answer) -> dict[str, Any]:
    assert answer.status == 200, answer.content
    return {each["kind"]: each for each in answer.json["troubles"]}


def test_each_kind_is_there(api: Caller) -> None:
    """Also those that nothing is found of, in the order of urgency."""
    found = api.get("attention").json["troubles"]
    assert [each["kind"] for each in found] == list(attention.KINDS)
    assert {(each["found"], each["bounded"], len(each["findings"])) for each in found} == {(0, False, 0)}


def test_a_finding_says_what_is_wrong_and_what_to_do(api: Caller) -> None:
    """And of which run it is."""
    park(api, "order-1", "UNKNOWN_TYPE: no workflow 'Ship'")
    parked = troubles(api.get("attention"))["parked"]
    (finding,) = parked["findings"]
    assert (parked["title"], parked["found"]) == ("Parked executions", 1)
    assert isinstance(finding.pop("since"), str)
    assert finding == {
        "workflowId": "order-1",
        "runId": api.run_of("order-1"),
        "taskQueue": None,
        "bulkOperation": None,
        "what": "Turn 1 cannot be done, after 0 deliveries: UNKNOWN_TYPE: no workflow 'Ship'",
        "advice": "Start a worker that has this workflow type on this queue.",
    }


def test_a_queue_is_named_where_there_is_no_run(api: Caller) -> None:
    """It leads to the queue."""
    api.start({"workflowName": "Ship", "taskQueue": "slow"})
    past = "2020-01-01 00:00:00" + ("+00" if api.driver.database.is_postgres else "")
    api.driver.database.run("UPDATE sched_tasks SET created_at = %s, visible_at = %s", [past, past])
    (finding,) = troubles(api.get("attention"))["queues"]["findings"]
    assert (finding["workflowId"], finding["runId"], finding["taskQueue"]) == (None, None, "slow")


def test_a_failed_bulk_operation_is_named(api: Caller) -> None:
    """By the id that `GET /api/bulk/{id}` tells more of."""
    api.start({"workflowName": "Ship", "workflowId": "order-1"})
    number = api.post("bulk", {"action": "cancel", "filters": {"idPrefix": "order-"}}).json["id"]
    BulkOperation.objects.update(filters={"status": "ASLEEP"})
    bulk.step(2)
    assert api.get(f"bulk/{number}").json["state"] == "FAILED"
    (finding,) = troubles(api.get("attention"))["bulk"]["findings"]
    assert (finding["bulkOperation"], finding["runId"], finding["taskQueue"]) == (number, None, None)
    assert finding["what"] == f"bulk/{number} cancel failed after 0 of 1 executions"


@pytest.mark.parametrize(("role", "is_told"), [("operator", True), ("viewer", False), ("client key", True)])
def test_texts_of_failures_are_for_who_may_see_payloads(
    api: Caller, guard: Callable[[], None], role: str, is_told: bool
) -> None:
    """Of a problem the others read its kind."""
    park(api, "order-1", "ERROR: charge('card 4111')")
    guard()
    (finding,) = troubles(Answer(caller_of(role).client.get("/api/attention")))["parked"]["findings"]
    assert ("card 4111" in finding["what"]) == is_told
    assert "ERROR" in finding["what"]


def test_parameters_are_refused(api: Caller) -> None:
    """As everywhere, those that nobody would read."""
    answer = api.get("attention", kind="parked")
    assert (answer.status, answer.fields) == (400, ["kind"])
