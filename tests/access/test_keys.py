"""API keys: made, found, refused; and how long a look at one is trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.access.clock import SetClock
from workflows.access import keys
from workflows.access.actions import Action
from workflows.access.keys import BadKey
from workflows.access.known_keys import TRUSTED_SECONDS, KnownKeys
from workflows.access.principal import Unauthenticated
from workflows.models import ApiKey

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def made(name: str = "billing", *actions: Action, expires_at: datetime | None = None) -> keys.NewKey:
    return keys.make(name, actions or (Action.START,), created_by="alice", now=NOW, expires_at=expires_at)


def test_a_key_is_found_by_its_text() -> None:
    """It names its holder, and what that may do."""
    key = made("billing", Action.SIGNAL, Action.START)
    found = keys.principal_of(key.text, NOW)
    assert (found.name, found.actions) == ("key/billing", frozenset({Action.START, Action.SIGNAL}))
    assert found.identity("grpc") == "grpc:key/billing"


def test_what_is_stored_does_not_let_in() -> None:
    """Of the text only the prefix and a digest are kept."""
    key = made()
    row = ApiKey.objects.values().get()
    secret = key.text.removeprefix(f"sched_{key.key.prefix}_")
    assert secret not in str(row)
    assert key.text not in str(row)
    assert len(bytes(row["digest"])) == 32


def refused(text: str, now: datetime = NOW) -> None:
    with pytest.raises(Unauthenticated):
        keys.principal_of(text, now)


@pytest.mark.parametrize(
    "text", ["", "sched_", "Bearer x", "sched_aaaaaaaa_" + "x" * 43, "ä" * 57, "x" * 5_000]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    """Whatever it looks like."""
    made()
    refused(text)


def test_a_key_with_another_secret_is_refused() -> None:
    """The prefix is shown in lists; it alone is worth nothing."""
    key, other = made(), made("other")
    refused(key.text[:15] + other.text[15:])


def test_a_key_that_was_revoked_or_has_expired_is_refused() -> None:
    """To the instant; revoking it again changes nothing."""
    key = made(expires_at=NOW + timedelta(days=1))
    keys.principal_of(key.text, NOW + timedelta(days=1) - timedelta(microseconds=1))
    refused(key.text, NOW + timedelta(days=1))
    assert keys.revoke(key.key, NOW)
    refused(key.text)
    assert not keys.revoke(key.key, NOW + timedelta(hours=1))
    assert ApiKey.objects.get().revoked_at == NOW


def test_its_use_is_noted_to_the_minute() -> None:
    """Not with every call: the row of a busy key would be written for each."""
    key = made()
    for seconds, noted in ((0, 0), (59, 0), (60, 60), (61, 60)):
        keys.principal_of(key.text, NOW + timedelta(seconds=seconds))
        assert ApiKey.objects.get().last_used_at == NOW + timedelta(seconds=noted)


def test_actions_that_this_code_does_not_know_are_left_out() -> None:
    """A key may have been made by a newer version."""
    key = made()
    ApiKey.objects.update(actions=["start", "teleport"])
    assert keys.principal_of(key.text, NOW).actions == {Action.START}


@pytest.mark.parametrize(
    ("name", "actions", "expires_at", "field"),
    [
        ("", [Action.START], None, "name"),
        ("a b", [Action.START], None, "name"),
        ("x" * 101, [Action.START], None, "name"),
        ("taken", [Action.START], None, "name"),
        ("new", [], None, "actions"),
        ("new", [Action.START], NOW, "expires_at"),
    ],
)
def test_a_bad_key_is_not_made(
    name: str, actions: list[Action], expires_at: datetime | None, field: str
) -> None:
    """The refusal names the field and the rule; nothing is stored."""
    made("taken")
    with pytest.raises(BadKey) as refusal:
        keys.make(name, actions, created_by="alice", now=NOW, expires_at=expires_at)
    assert refusal.value.field == field
    assert "must" in refusal.value.rule or "required" in refusal.value.rule
    assert ApiKey.objects.count() == 1


def test_a_look_is_trusted_for_a_while() -> None:
    """No query then; after that a key that was revoked is refused, and so it stays, without queries."""
    key, clock = made(), SetClock(NOW)
    known = KnownKeys(clock)
    assert known.recall(key.text) is None
    first = known.principal_of(key.text)
    keys.revoke(key.key, NOW)
    with CaptureQueriesContext(connection) as queries:
        clock.advance(TRUSTED_SECONDS - 0.1)
        assert known.principal_of(key.text) == known.recall(key.text) == first
    assert not queries.captured_queries
    clock.advance(0.1)
    assert known.recall(key.text) is None
    with pytest.raises(Unauthenticated):
        known.principal_of(key.text)
    with CaptureQueriesContext(connection) as queries, pytest.raises(Unauthenticated):
        known.recall(key.text)
    assert not queries.captured_queries


def test_what_is_known_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least recently looked up is forgotten."""
    monkeypatch.setattr("workflows.access.known_keys.KNOWN_MAX", 2)
    known = KnownKeys(SetClock(NOW))
    texts = [made(f"key-{number}").text for number in range(3)]
    for text in texts:
        known.principal_of(text)
    assert [known.recall(text) is None for text in texts] == [True, False, False]
