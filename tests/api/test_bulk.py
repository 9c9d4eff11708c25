"""`/api/bulk`: asked for, looked at, stopped; and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

from tests.api.caller import Caller
from workflows.models import BulkOperation
from workflows.service import bulk

CANCEL = {"action": "cancel", "filters": {"idPrefix": "order-"}}


def begin(api: Caller, count: int) -> list[str]:
    return [
        api.start({"workflowName": "Ship", "workflowId": f"order-{number}", "taskQueue": "ships"})
        for number in range(count)
    ]


def test_asked_for_watched_and_done(api: Caller) -> None:
    """Accepted with its id; its progress is told while it runs, and when it is done."""
    begin(api, 3)
    asked = api.post("bulk", CANCEL | {"reason": "a bad deploy"})
    assert asked.status == 202
    number = asked.json["id"]
    assert {key: asked.json[key] for key in ("action", "filters", "reason", "state", "found", "door")} == {
        "action": "cancel",
        "filters": {"idPrefix": "order-"},
        "reason": "a bad deploy",
        "state": "WAITING",
        "found": 3,
        "door": "rest",
    }
    bulk.step(2)
    half = api.get(f"bulk/{number}").json
    assert (half["state"], half["matched"], half["changed"]) == ("RUNNING", 2, 2)
    assert half["ratePerSecond"] > 0
    assert half["secondsLeft"] > 0
    bulk.step(2)
    done = api.get(f"bulk/{number}").json
    assert (done["state"], done["matched"], done["secondsLeft"]) == ("DONE", 3, 0.0)
    assert api.drain("order-0") == "WS WCR"


def test_every_filter_is_one_of_the_list_s(api: Caller) -> None:
    """With the same meaning: what the list shows is what a preview finds."""
    begin(api, 2)
    started = api.get("workflows").json["workflows"][1]["startedAt"]
    for filters, count in (
        ({"workflowName": "Ship"}, 2),
        ({"workflowName": "Sail"}, 0),
        ({"taskQueue": "ships", "status": "RUNNING"}, 2),
        ({"startedAfter": started}, 1),
        ({"startedBefore": started, "idPrefix": "order"}, 0),
    ):
        found = api.post("bulk", {"action": "terminate", "filters": filters, "dryRun": True})
        assert (found.status, found.json["found"]) == (200, count), filters
        assert len(api.get("workflows", **filters).json["workflows"]) == count
    assert not BulkOperation.objects.exists()


def test_a_dry_run_names_the_first(api: Caller) -> None:
    """The oldest first, with both ids."""
    ids = begin(api, 3)
    found = api.post("bulk", CANCEL | {"dryRun": True}).json
    assert [each["workflowId"] for each in found["first"]] == ids
    assert found["first"][0]["runId"] == api.run_of(ids[0])


def test_a_signal_s_payload_is_not_shown(api: Caller) -> None:
    """Its name is."""
    begin(api, 1)
    body = {
        "action": "signal",
        "filters": {"taskQueue": "ships"},
        "signalName": "go",
        "payload": {"secret": 1},
    }
    answer = api.post("bulk", body)
    assert answer.json["signalName"] == "go"
    assert b"secret" not in answer.content
    bulk.step(5)
    assert api.drain("order-0") == "WS SR"


def test_stopped(api: Caller) -> None:
    """What was done stays, and no more is done; to stop it again is answered in the same way."""
    begin(api, 3)
    number = api.post("bulk", CANCEL).json["id"]
    bulk.step(2)
    for _ in range(2):
        stopped = api.post(f"bulk/{number}/stop")
        assert (stopped.status, stopped.json["state"], stopped.json["changed"]) == (202, "STOPPED", 2)
    assert bulk.step(2).operation == 0


def test_listed_newest_first(api: Caller) -> None:
    """In pages, each beginning where the one before has ended."""
    numbers = [api.post("bulk", CANCEL).json["id"] for _ in range(3)]
    page = api.get("bulk", pageSize=2).json
    assert [each["id"] for each in page["operations"]] == [numbers[2], numbers[1]]
    rest = api.get("bulk", pageSize=2, before=page["nextBefore"]).json
    assert [each["id"] for each in rest["operations"]] == [numbers[0]]
    assert rest["nextBefore"] is None


def test_the_same_key_twice_is_one_operation(api: Caller) -> None:
    """Answered with the first's."""
    first, second = (api.post("bulk", CANCEL, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert (second.status, second.json["id"]) == (202, first.json["id"])
    assert BulkOperation.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "delete", "filters": {"idPrefix": "a"}}, "action"),
        ({"action": 7, "filters": {"idPrefix": "a"}}, "action"),
        ({"action": "cancel"}, "filters"),
        ({"action": "cancel", "filters": []}, "filters"),
        ({"action": "cancel", "filters": {"status": "RUNNING"}}, "filters"),
        ({"action": "cancel", "filters": {"status": "ASLEEP"}}, "filters.status"),
        ({"action": "cancel", "filters": {"status": ""}}, "filters.status"),
        ({"action": "cancel", "filters": {"status": "FAILED"}}, "filters.status"),
        ({"action": "retry", "filters": {"status": "RUNNING"}}, "filters.status"),
        ({"action": "cancel", "filters": {"queue": "ships"}}, "filters.queue"),
        ({"action": "cancel", "filters": {"idPrefix": "a b"}}, "filters.idPrefix"),
        ({"action": "cancel", "filters": {"idPrefix": ""}}, "filters.idPrefix"),
        ({"action": "cancel", "filters": {"startedAfter": "yesterday"}}, "filters.startedAfter"),
        ({"action": "cancel", "filters": {"startedBefore": ""}}, "filters.startedBefore"),
        ({"action": "cancel", "filters": {"startedBefore": 5}}, "filters.startedBefore"),
        (CANCEL | {"all": True}, "all"),
        (CANCEL | {"all": "yes"}, "all"),
        (CANCEL | {"dryRun": 1}, "dryRun"),
        (CANCEL | {"reason": 5}, "reason"),
        (CANCEL | {"signalName": "go"}, "signalName"),
        (CANCEL | {"payload": 1}, "payload"),
        (CANCEL | {"more": 1}, "more"),
        ({"action": "signal", "filters": {"idPrefix": "a"}}, "signalName"),
        ({"action": "signal", "filters": {"idPrefix": "a"}, "signalName": "go", "reason": "x"}, "reason"),
        ({"action": "retry", "filters": {"idPrefix": "a"}, "reason": "x"}, "reason"),
    ],
)
def test_bad_input_is_refused(api: Caller, body: dict[str, Any], field: str) -> None:
    """With the field and the rule; nothing is stored."""
    answer = api.post("bulk", body)
    assert (answer.status, answer.fields) == (400, [field])
    assert answer.rule
    assert not BulkOperation.objects.exists()


def test_there_is_no_such_operation(api: Caller) -> None:
    """Nor one of a number that no row could have; a word is no path."""
    for number in (4711, 10**40):
        assert api.get(f"bulk/{number}").json["code"] == "NOT_FOUND"
        assert api.post(f"bulk/{number}/stop").status == 404
    assert api.get("bulk/none").json["code"] == "NO_SUCH_PATH"


@pytest.fixture
def guarded(settings: Settings) -> None:
    settings.SCHED = replace(django_settings.SCHED, auth="required")


def caller(*permissions: str) -> Client:
    client = Client(headers={"host": "localhost"})
    user = User.objects.create_user("somebody")
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client.force_login(user)
    return client


@pytest.mark.django_db
@pytest.mark.usefixtures("guarded")
def test_each_action_asks_for_its_own_permission() -> None:
    """Who may read and cancel may neither terminate, nor stop what another may; histories will name them."""
    client = caller("view_execution", "cancel_execution")
    asked = client.post("/api/bulk", CANCEL, content_type="application/json")
    assert (asked.status_code, asked.json()["requestedBy"]) == (202, "somebody")
    refused = client.post("/api/bulk", CANCEL | {"action": "terminate"}, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "PERMISSION_DENIED")
    BulkOperation.objects.update(kind="terminate")
    path = f"/api/bulk/{asked.json()['id']}"
    assert client.post(f"{path}/stop", content_type="application/json").status_code == 403
    assert client.get(path).json()["state"] == "WAITING"


@pytest.mark.django_db
@pytest.mark.usefixtures("guarded")
def test_to_look_takes_the_permission_to_read() -> None:
    """Of operations and of a preview; nobody without credentials gets as far."""
    client = caller("cancel_execution")
    assert client.get("/api/bulk").status_code == 403
    assert (
        client.post("/api/bulk", CANCEL | {"dryRun": True}, content_type="application/json").status_code
        == 403
    )
    assert Client(headers={"host": "localhost"}).get("/api/bulk").status_code == 401
