"""API keys are made, shown once, listed and revoked by who may; each act leaves its entry."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from tests.admin.conftest import client_as, client_of
from tests.admin.reading import clean, page, plain
from tests.store.driver import Driver
from timers.clock import SystemClock
from workflows.access import keys
from workflows.access.actions import ROLES, Action
from workflows.access.principal import Unauthenticated
from workflows.models import ApiKey, AuditEntry

KEYS = "/admin/sched_workflows/apikey/"
MAKE = "/admin/sched/keys/make/"
TEXT = re.compile(r"sched_[a-z2-7]{8}_[A-Za-z0-9_-]{43}")


@pytest.fixture
def admin(driver: Driver) -> Client:
    return client_as("admin", "boss")


def test_a_key_is_shown_once(admin: Client, caplog: pytest.LogCaptureFixture) -> None:
    """On the answer that made it, which nobody may keep; and it lets its holder in."""
    answer = admin.post(MAKE, {"name": "billing", "role": "client"})
    (text,) = TEXT.findall(clean(answer))
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    principal = keys.principal_of(text, SystemClock().now())
    assert (principal.name, principal.actions) == ("key/billing", ROLES["client"])
    assert ApiKey.objects.get().created_by == "admin:boss"
    assert [(row.who, row.door, row.action, row.details["key"]) for row in AuditEntry.objects.all()] == [
        ("boss", "admin", "create-key", "billing")
    ]
    for path in (KEYS, MAKE, "/admin/", "/admin/sched_workflows/auditentry/"):
        assert text not in page(admin, path)
    assert not any(text in str(session.get_decoded()) for session in Session.objects.all())
    assert text not in caplog.text


def test_the_list_tells_what_a_key_may(admin: Client) -> None:
    """By role where it is one, else action by action; when it was used, until when it is valid."""
    admin.post(MAKE, {"name": "a", "role": "worker", "expires_at": "2999-01-01T10:00"})
    admin.post(MAKE, {"name": "b", "actions": ["read", "signal"]})
    told = plain(page(admin, KEYS))
    assert re.search(
        r"a [a-z2-7]{8} valid worker never 2999-01-01 10:00 [-0-9: ]+ by admin:boss Revoke a", told
    )
    assert re.search(r"b [a-z2-7]{8} valid read, signal never never", told)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "a b"}, "Must be 1 to 100 characters of A-Z"),
        ({"name": "taken", "role": "client"}, "and that of no other key."),
        ({"name": "x"}, "At least one is required, of read"),
        ({"name": "x", "role": "client", "actions": "read"}, "choose actions only without one"),
        ({"name": "x", "role": "king"}, "king is not one of the available choices"),
        ({"name": "x", "role": "client", "expires_at": "2020-01-01T00:00"}, "Must lie in the future."),
        ({"name": "x", "role": "client", "expires_at": "soon"}, "Enter a valid date/time."),
    ],
)
def test_a_key_that_breaks_a_rule_is_not_made(admin: Client, given: dict[str, str], says: str) -> None:
    """The rule is told at the field, and what was typed is kept."""
    admin.post(MAKE, {"name": "taken", "role": "client"})
    answer = admin.post(MAKE, given)
    text = clean(answer)
    assert answer.status_code == 400
    assert says in plain(text)
    assert not TEXT.search(text)
    assert f'value="{given["name"]}"' in text or not given["name"]
    assert ApiKey.objects.count() == AuditEntry.objects.count() == 1


def test_a_key_is_revoked(admin: Client) -> None:
    """Asked first; then it lets nobody in, and a second time changes nothing."""
    (text,) = TEXT.findall(clean(admin.post(MAKE, {"name": "billing", "role": "client"})))
    path = f"/admin/sched/keys/{ApiKey.objects.get().pk}/revoke/"
    assert "This cannot be undone" in plain(page(admin, path))
    assert keys.principal_of(text, SystemClock().now()).key_id
    told = [plain(clean(admin.post(path, follow=True))) for _ in range(2)]
    assert "The key billing is revoked" in told[0]
    assert "The key billing was revoked before" in told[1]
    with pytest.raises(Unauthenticated):
        keys.principal_of(text, SystemClock().now())
    assert [row.action for row in AuditEntry.objects.order_by("id")] == ["create-key", "revoke-key"]
    assert "revoked" in plain(page(admin, KEYS))


def test_a_key_that_is_not_there(admin: Client) -> None:
    """An id that no key has."""
    assert admin.get("/admin/sched/keys/999/revoke/").status_code == 404


def test_nobody_else_sees_or_makes_keys(driver: Driver) -> None:
    """An operator may steer executions, and no keys."""
    made = keys.make("billing", [Action.READ], created_by="test", now=SystemClock().now())
    for role in ("operator", "viewer", ""):
        client = client_as(role)
        assert client.get(KEYS).status_code == 403
        for path in (MAKE, f"/admin/sched/keys/{made.key.pk}/revoke/"):
            assert client.get(path).status_code == client.post(path, {"name": "x"}).status_code == 403
    assert ApiKey.objects.filter(revoked_at=None).count() == 1
    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "beyond"),
    [
        ({"role": "client"}, "cancel, retry, see-payloads, signal, start, terminate"),
        ({"role": "worker"}, "work"),
        ({"actions": ["read", "terminate"]}, "terminate"),
    ],
)
def test_a_key_may_do_no_more_than_who_makes_it(
    driver: Driver, given: dict[str, str | list[str]], beyond: str
) -> None:
    """Somebody who may look and manage keys makes one that looks, and none that acts."""
    keeper = client_of("view_execution", "manage_apikey")
    answer = keeper.post(MAKE, {"name": "x", **given})
    assert answer.status_code == 400
    assert f"You may not give what you may not do yourself: {beyond}." in plain(clean(answer))
    assert ApiKey.objects.count() == AuditEntry.objects.count() == 0
    assert TEXT.search(clean(keeper.post(MAKE, {"name": "x", "actions": ["read", "manage-keys"]})))
