"""Credentials that end while a connection is open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User

from tests.api.caller import Caller
from tests.api.credentials import Credentials, caller_of
from tests.live.wire import PATIENCE_SECONDS, ask, connected
from workflows.access import keys
from workflows.live import connection
from workflows.live.threads import in_thread
from workflows.models import ApiKey

pytestmark = pytest.mark.usefixtures("soon")


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials are looked at again after a moment, not after ten seconds."""
    monkeypatch.setattr(connection, "RECHECK_SECONDS", 0.02)


async def closing_code(who: Credentials, end: Callable[[], object]) -> int:
    """Of a connection with a subscription, whose caller's credentials are then changed by `end`."""
    async with connected(who.headers) as socket:
        assert (await ask(socket, {"subscribe": "overview", "id": 1}))["revision"] == 1
        assert await socket.receive_nothing()
        await in_thread(end)
        closed = await socket.receive_output(PATIENCE_SECONDS)
        assert closed["type"] == "websocket.close"
        return int(closed["code"])


def test_a_key_that_is_revoked_ends_its_connections(api: Caller, guard: Callable[[], None]) -> None:
    """With 4401: show other credentials."""
    guard()
    who = caller_of("client key")
    key = ApiKey.objects.get(name=who.name.removeprefix("key/"))
    assert asyncio.run(closing_code(who, lambda: keys.revoke(key, datetime.now(UTC)))) == 4401


def test_a_key_that_expires_ends_its_connections(api: Caller, guard: Callable[[], None]) -> None:
    """As if it were revoked."""
    guard()
    who = caller_of("client key")
    key = ApiKey.objects.filter(name=who.name.removeprefix("key/"))
    assert asyncio.run(closing_code(who, lambda: key.update(expires_at=datetime.now(UTC)))) == 4401


def test_who_logs_out_is_not_shown_more(api: Caller, guard: Callable[[], None]) -> None:
    """The session is gone, and so are its connections."""
    guard()
    who = caller_of("viewer")
    assert asyncio.run(closing_code(who, who.client.logout)) == 4401


def test_a_user_who_is_locked_out_is_not_shown_more(api: Caller, guard: Callable[[], None]) -> None:
    """Whatever sessions he has."""
    guard()
    who = caller_of("viewer")
    user = User.objects.filter(username=who.name)
    assert asyncio.run(closing_code(who, lambda: user.update(is_active=False))) == 4401


def test_who_may_not_read_any_more_is_not_shown_more(api: Caller, guard: Callable[[], None]) -> None:
    """With 4403: the credentials hold, and do not allow it."""
    guard()
    who = caller_of("viewer")
    group = Group.objects.get(name="sched viewer")
    assert asyncio.run(closing_code(who, User.objects.get(username=who.name).groups.clear)) == 4403
    assert group.permissions.count() == 1
