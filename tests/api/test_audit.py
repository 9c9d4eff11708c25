"""What is done through REST, as the audit tells it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError

from tests.api.caller import JSON, Answer, Caller
from tests.api.credentials import Credentials, caller_of
from workflows.models import AuditEntry

HEAD = {"at", "runId"}


def post(who: Credentials, path: str, body: Any, **headers: str) -> Answer:
    return Answer(who.client.post(f"/api/{path}", body, content_type=JSON, headers=headers))


def entries(who: Credentials, **query: Any) -> list[dict[str, Any]]:
    """Without what differs from run to run, oldest first."""
    found = Answer(who.client.get("/api/audit", query)).json["entries"]
    return [{name: each[name] for name in each if name not in HEAD} for each in reversed(found)]


def entry(who: Credentials, action: str, reason: str = "", **details: str) -> dict[str, Any]:
    return {
        "who": who.name,
        "door": "rest",
        "action": action,
        "workflowId": "order-1",
        "reason": reason,
        "details": details,
    }


def test_every_act_is_told(api: Caller, guard: Callable[[], None]) -> None:
    """Who, what, on which run, and why; payloads are in none of them."""
    guard()
    ada = caller_of("operator")
    assert (
        post(ada, "workflows", {"workflowName": "Ship", "workflowId": "order-1", "input": "hush"}).status
        == 201
    )
    assert (
        post(
            ada, "workflows/order-1/signal", {"name": "go", "payload": "hush"}, **{"X-Reason": "late"}
        ).status
        == 202
    )
    assert post(ada, "workflows/order-1/cancel", {"reason": "wrong"}).status == 202
    assert post(ada, "workflows/order-1/terminate", {}, **{"X-Reason": "stuck"}).status == 202
    assert entries(ada) == [
        entry(ada, "start", workflowName="Ship"),
        entry(ada, "signal", "late", name="go"),
        entry(ada, "cancel", "wrong"),
        entry(ada, "terminate", "stuck"),
    ]
    run_id = ada.client.get("/api/workflows/order-1").json()["runId"]
    assert {str(each.run_id) for each in AuditEntry.objects.all()} == {run_id}
    assert not [each for each in AuditEntry.objects.values() if "hush" in str(each)]


def test_histories_name_who_acted(api: Caller, guard: Callable[[], None]) -> None:
    """A key under its name, as the audit does, with the door."""
    guard()
    who = caller_of("client key")
    post(who, "workflows", {"workflowName": "Ship", "workflowId": "order-1"})
    (event,) = who.client.get("/api/workflows/order-1/history").json()["events"]
    assert event["attributes"]["identity"] == f"rest:{who.name}"


def test_what_changed_nothing_is_not_told(api: Caller) -> None:
    """A repeat, a refusal, a run that is there already: one act, one entry."""
    start = {"workflowName": "Ship", "workflowId": "order-1"}
    for _ in range(2):
        api.post("workflows", start, headers={"Idempotency-Key": "a"})
        api.post("workflows/order-1/signal", {"name": "go"}, headers={"Idempotency-Key": "b"})
    assert api.post("workflows", start).status == 409
    assert api.post("workflows", {**start, "workflowIdConflictPolicy": "USE_EXISTING"}).status == 200
    assert api.post("workflows/order-2/signal", {"name": "go"}).status == 404
    assert api.post("workflows/order-1/signal", {"name": ""}).status == 400
    assert [each.action for each in AuditEntry.objects.order_by("id")] == ["start", "signal"]
    assert {each.who for each in AuditEntry.objects.all()} == {""}


def test_an_act_without_its_entry_is_none(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are in one transaction: where the audit cannot be written nothing is done."""
    api.start({"workflowName": "Ship", "workflowId": "order-1"})
    before = api.driver.database.counts()
    api.driver.database.run("ALTER TABLE sched_audit RENAME TO sched_audit_away")
    try:
        with pytest.raises(DatabaseError):
            AuditEntry.objects.count()
        assert api.post("workflows", {"workflowName": "Ship", "workflowId": "order-2"}).status >= 500
        assert api.post("workflows/order-1/signal", {"name": "go"}).status >= 500
    finally:
        api.driver.database.run("ALTER TABLE sched_audit_away RENAME TO sched_audit")
    assert api.driver.database.counts() == before


@pytest.mark.parametrize("reason", ["x" * 2001, "caf\u00e9", "a\tb"])
def test_a_reason_in_a_header_is_plain(api: Caller, reason: str) -> None:
    """What cannot be carried there unharmed belongs into a body."""
    answer = api.post("workflows", {"workflowName": "Ship"}, headers={"X-Reason": reason})
    assert (answer.status, answer.fields) == (400, ["X-Reason"])
    assert api.driver.database.count("sched_executions") == 0


def test_the_audit_is_paged_and_filtered(api: Caller) -> None:
    """Newest first; each filter holds; a cursor belongs to its filters."""
    for number in range(5):
        api.start({"workflowName": "Ship", "workflowId": f"order-{number}"})
        api.post(f"workflows/order-{number}/signal", {"name": "go"})
    first = api.get("audit", action="start", pageSize=3).json
    second = api.get("audit", action="start", pageSize=3, cursor=first["nextCursor"]).json
    found = [each["workflowId"] for each in first["entries"] + second["entries"]]
    assert found == [f"order-{number}" for number in (4, 3, 2, 1, 0)]
    assert second["nextCursor"] is None
    assert [each["action"] for each in api.get("audit", workflowId="order-2").json["entries"]] == [
        "signal",
        "start",
    ]
    assert api.get("audit", who="nobody").json["entries"] == []
    middle = api.get("audit", workflowId="order-2").json["entries"][1]["at"]
    assert [
        each["workflowId"] for each in api.get("audit", before=middle, action="start").json["entries"]
    ] == [
        "order-1",
        "order-0",
    ]
    assert api.get("audit", cursor=first["nextCursor"]).fields == ["cursor"]


@pytest.mark.parametrize(
    ("name", "value"),
    [("before", "noon"), ("workflowId", "a b"), ("cursor", "x"), ("who", "\x00"), ("whom", "a")],
)
def test_a_bad_filter_of_the_audit_is_named(api: Caller, name: str, value: str) -> None:
    """None is left out of account."""
    answer = api.get("audit", **{name: value})
    assert (answer.status, answer.fields) == (400, [name])


def test_who_asks_is_told_what_he_may_do(api: Caller, guard: Callable[[], None]) -> None:
    """So that a page offers no more; no permission is needed to ask."""
    opened = api.get("me").json
    assert (opened["name"], opened["kind"], opened["openAccess"]) == (None, "anybody", True)
    guard()
    ada, worker = caller_of("viewer"), caller_of("worker key")
    assert ada.client.get("/api/me").json() == {
        "name": ada.name,
        "kind": "user",
        "actions": ["read"],
        "openAccess": False,
        "adminUrl": "/admin/",
    }
    assert worker.client.get("/api/me").json()["actions"] == ["work"]
    assert worker.client.get("/api/me").json()["kind"] == "key"


def test_the_admin_is_offered_to_who_may_enter_it(api: Caller, guard: Callable[[], None]) -> None:
    """The staff; where access is open anybody, since it asks for a login of its own. A key never."""
    assert api.get("me").json["adminUrl"] == "/admin/"
    guard()
    ada = caller_of("operator")
    assert ada.client.get("/api/me").json()["adminUrl"] == "/admin/"
    User.objects.filter(username=ada.name).update(is_staff=False)
    assert ada.client.get("/api/me").json()["adminUrl"] is None
    assert Answer(caller_of("client key").client.get("/api/me")).json["adminUrl"] is None
