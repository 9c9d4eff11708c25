"""Who does not read what he is sent: bounded, and brought up to date when he reads again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from pytest_django import Settings

from tests.api.credentials import HOST
from tests.live.page import Page
from tests.live.wire import PATIENCE_SECONDS, communicator
from tests.rpc.conftest import database
from tests.rpc.peers import Peer, connected, running
from tests.store.databases import Database
from workflows.live import connection, outbox
from workflows.live.board import board
from workflows.live.connection import UNREAD
from workflows.live.inbound import TOO_MANY_WAIT

__all__ = ["database"]
pytestmark = pytest.mark.usefixtures("live_threads")


class SlowPage(Page):
    """The server says that so many bytes were not taken by it."""

    def __init__(self) -> None:
        super().__init__(communicator({"host": HOST}))
        self.unread = 0
        self.socket.scope[UNREAD] = lambda: self.unread


@pytest.fixture
async def slow(settings: Settings, database: Database) -> AsyncIterator[SlowPage]:
    settings.SCHED = replace(settings.SCHED, postgres_dsn=database.target)
    page = SlowPage()
    accepted, _ = await page.socket.connect(PATIENCE_SECONDS)
    assert accepted
    yield page
    await page.socket.disconnect()


@pytest.fixture
async def peer(database: Database) -> AsyncIterator[Peer]:
    async with running(database) as engine, connected(engine) as found:
        yield found


async def started(peer: Peer, prefix: str) -> None:
    """Until the board has told of one."""
    turns, number = board().turns, 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while board().turns == turns:
            number += 1
            await peer.start(f"{prefix}-{number}", task_queue="nobody")
            await asyncio.sleep(0.1)


async def test_what_is_left_out_is_made_up_for_by_a_snapshot(slow: SlowPage, peer: Peer) -> None:
    """Nothing more is sent to who does not read; then all of it at once."""
    shown = await slow.subscribe({"list": {}})
    await started(peer, "read")
    await slow.until(lambda: bool(shown.rows))
    while not await slow.is_quiet():
        await slow.until(lambda: True)
        message = await slow.socket.receive_json_from(PATIENCE_SECONDS)
        shown.take(message)
    slow.unread = outbox.UNREAD_MAX + 1
    known = shown.snapshots
    await started(peer, "unread")
    assert await slow.is_quiet()
    slow.unread = 0
    await slow.until(lambda: shown.snapshots > known)
    assert any(row["workflowId"].startswith("unread") for row in shown.rows.values())


async def test_who_does_not_read_for_long_is_closed(
    slow: SlowPage, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With 4408; others go on."""
    monkeypatch.setattr(outbox, "FULL_SECONDS", 0.05)
    monkeypatch.setattr(connection, "RECHECK_SECONDS", 0.1)
    await slow.socket.disconnect()
    stuck = SlowPage()
    await stuck.socket.connect(PATIENCE_SECONDS)
    await stuck.subscribe({"list": {}})
    stuck.unread = outbox.UNREAD_MAX + 1
    found: Any = {}
    async with asyncio.timeout(PATIENCE_SECONDS):
        while found.get("type") != "websocket.close":
            found = await stuck.socket.receive_output(PATIENCE_SECONDS)
    assert found["code"] == TOO_MANY_WAIT
    await stuck.socket.disconnect()
