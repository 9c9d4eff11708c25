"""Who sees which payloads in what is pushed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from django.contrib.auth.models import Group, User
from pytest_django import Settings

from tests.api.credentials import caller_of
from tests.live.page import opened
from tests.rpc.conftest import database
from tests.rpc.peers import Peer, connected, finish, payload, running
from tests.store.databases import Database
from workflows.live import connection
from workflows.live.threads import in_thread

__all__ = ["database"]
pytestmark = pytest.mark.usefixtures("live_threads")


@pytest.fixture
async def peer(database: Database, settings: Settings) -> AsyncIterator[Peer]:
    settings.SCHED = replace(settings.SCHED, postgres_dsn=database.target, auth="required")
    async with running(database) as engine, connected(engine) as found:
        yield found


async def test_who_may_not_see_payloads_is_told_the_rest(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same run, at the same time; and once he may, all is shown anew."""
    monkeypatch.setattr(connection, "RECHECK_SECONDS", 0.05)
    viewer, operator = await in_thread(caller_of, "viewer"), await in_thread(caller_of, "operator")
    await peer.start("a", input=payload(b'"a secret"'))
    async with opened(viewer.headers) as hidden, opened(operator.headers) as open_:
        less, more = await hidden.subscribe({"workflow": "a"}), await open_.subscribe({"workflow": "a"})
        await peer.complete_turn(await peer.poll_workflow(), finish(b'"another secret"'))
        await hidden.until(lambda: bool(less.workflow["status"] == "COMPLETED"))
        await open_.until(lambda: bool(more.workflow["result"] == "another secret"))
        assert (less.workflow["input"], less.workflow["result"]) == (None, None)
        assert less.workflow["payloadsHidden"]
        assert "secret" not in str(hidden.messages)
        assert more.workflow["input"] == "a secret"
        await in_thread(_promote, viewer.name)
        await hidden.until(lambda: bool(less.workflow["result"] == "another secret"))


def _promote(name: str) -> None:
    User.objects.get(username=name).groups.set(Group.objects.filter(name="sched operator"))
