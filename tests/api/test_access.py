"""Who may do what, where credentials are demanded; and what protects open access."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

pytestmark = pytest.mark.django_db

PATHS = [
    "workflows",
    "workflows/counts",
    "workflows/a",
    "workflows/a/history",
    "workflows/a/pending",
    "workflows/a/result",
    "metrics",
    "task-queues",
    "task-queues/default",
    "workers",
    "stats",
    "schema",
    "docs",
]
START = {"workflowName": "Ship", "workflowId": "order-1", "input": "for my eyes"}


@pytest.fixture
def guarded(settings: Settings) -> None:
    settings.SCHED = replace(django_settings.SCHED, auth="required")


def caller(*permissions: str, **more: Any) -> Client:
    client = Client(headers={"host": "localhost"}, **more)
    if permissions:
        user = User.objects.create_user("somebody", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(user)
    return client


def post(client: Client, path: str, **more: Any) -> Any:
    return client.post(f"/api/{path}", START, content_type="application/json", **more)


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("path", PATHS)
def test_nobody_reads_without_a_session(path: str) -> None:
    """Every path that reads answers 401 and names how to log in."""
    answer = caller().get(f"/api/{path}")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="sched"'
    assert answer.json()["code"] == "NOT_AUTHENTICATED"


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize(
    "path", ["workflows", "workflows/a/signal", "workflows/a/cancel", "workflows/a/terminate"]
)
def test_nobody_acts_without_a_session(path: str) -> None:
    """Starting and steering answer 401."""
    assert post(caller(), path).status_code == 401


@pytest.mark.usefixtures("guarded")
def test_health_is_told_to_everybody() -> None:
    """A probe needs no credentials, even where all else does."""
    assert caller().get("/api/health").status_code in (200, 503)


@pytest.mark.usefixtures("guarded")
def test_a_viewer_reads_and_does_not_act() -> None:
    """The permission to view does not allow a start."""
    client = caller("view_execution")
    assert client.get("/api/workflows").status_code == 200
    refused = post(client, "workflows")
    assert (refused.status_code, refused.json()["code"]) == (403, "PERMISSION_DENIED")


@pytest.mark.usefixtures("guarded")
def test_an_operator_acts_and_is_named_in_the_history() -> None:
    """The event of a start carries the user's name."""
    client = caller("view_execution", "start_execution", "view_payload")
    assert post(client, "workflows").status_code == 201
    (event,) = client.get("/api/workflows/order-1/history").json()["events"]
    assert event["attributes"]["identity"] == "rest:somebody"


@pytest.mark.usefixtures("guarded")
def test_payloads_are_seen_by_those_who_may() -> None:
    """Without the permission no answer holds them; the description says that they are hidden."""
    client = caller("view_execution", "start_execution")
    post(client, "workflows")
    for path in ("workflows/order-1", "workflows/order-1/history"):
        assert b"for my eyes" not in client.get(f"/api/{path}").content
    found = client.get("/api/workflows/order-1").json()
    assert (found["input"], found["payloadsHidden"]) == (None, True)


SHOWN = [
    "workflows",
    "workflows/order-1",
    "workflows/order-1/history",
    "workflows/order-1/pending",
    "workflows/order-1/result",
]


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize("path", SHOWN)
@pytest.mark.parametrize("more", [(), ("view_payload",)], ids=["less", "all"])
def test_what_is_withheld_is_said(path: str, more: tuple[str, ...]) -> None:
    """Wherever a payload could stand: null may be the payload itself."""
    client = caller("view_execution", "start_execution", *more)
    post(client, "workflows")
    assert client.get(f"/api/{path}").json()["payloadsHidden"] is not bool(more)


@pytest.mark.usefixtures("guarded")
def test_a_session_acts_with_its_csrf_token_only() -> None:
    """A foreign page that rides on a session's cookie starts nothing."""
    client = caller("view_execution", "start_execution", enforce_csrf_checks=True)
    refused = post(client, "workflows")
    assert (refused.status_code, refused.json()["code"]) == (403, "PERMISSION_DENIED")
    client.cookies["csrftoken"] = token = "x" * 32
    assert post(client, "workflows", headers={"X-CSRFToken": token}).status_code == 201


def test_open_access_reads_no_cookie() -> None:
    """So a session of the admin's gives a page of another site nothing to use."""
    client = caller("view_execution", enforce_csrf_checks=True)
    assert post(client, "workflows").status_code == 201
    (event,) = client.get("/api/workflows/order-1/history").json()["events"]
    assert event["attributes"]["identity"] == "rest"


def test_a_foreign_host_name_gets_no_answer() -> None:
    """A name rebound to this address reads nothing, and no other origin is let in."""
    answer = Client(headers={"host": "evil.example"}).get("/api/workflows")
    assert answer.status_code == 400
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.usefixtures("guarded")
@pytest.mark.parametrize(
    ("body", "kind", "status", "code"),
    [
        (b'"' + b"x" * 3_200_000 + b'"', "application/json", 413, "TOO_LARGE"),
        (b'{"workflowName": "Type", "input": ' + b"[" * 100_000, "application/json", 400, "MALFORMED"),
        (b'{"workflowName": NaN}', "application/json", 400, "MALFORMED"),
        (b"--x", "multipart/form-data", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
    ids=["too large", "too deep", "no JSON", "multipart", "form"],
)
def test_a_session_is_refused_what_a_key_is(body: bytes, kind: str, status: int, code: str) -> None:
    """In the same words: nobody looks into the body for a token before its size and type are checked."""
    client = caller("view_execution", "start_execution", enforce_csrf_checks=True)
    client.cookies["csrftoken"] = token = "x" * 32
    answer = client.post("/api/workflows", body, content_type=kind, headers={"X-CSRFToken": token})
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
