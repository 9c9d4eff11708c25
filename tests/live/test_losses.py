"""What is lost on the way costs freshness, and is made up for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from pytest_django import Settings

from tests.api.credentials import HOST
from tests.live.page import opened
from tests.rpc.conftest import database
from tests.rpc.peers import Peer, connected, running
from tests.servers.mortal_redis import MortalRedis
from tests.store.databases import Database
from workflows.live.board import board

__all__ = ["database"]
pytestmark = [pytest.mark.redis, pytest.mark.usefixtures("live_threads")]
OURS = {"host": HOST}


@pytest.fixture
def mortal() -> Iterator[MortalRedis]:
    found = MortalRedis()
    found.start()
    yield found
    found.stop()


@pytest.fixture
async def peer(database: Database, mortal: MortalRedis, settings: Settings) -> AsyncIterator[Peer]:
    settings.SCHED = replace(settings.SCHED, postgres_dsn=database.target, redis_url=mortal.url)
    async with running(database, redis_url=mortal.url) as engine, connected(engine) as found:
        yield found


async def test_a_page_catches_up_while_redis_is_away_and_after(peer: Peer, mortal: MortalRedis) -> None:
    """By snapshots now and then, and once it is back by changes again."""
    async with opened(OURS) as page:
        shown = await page.subscribe({"list": {}})
        await peer.start("before", task_queue="nobody")
        await page.until(lambda: len(shown.rows) == 1)
        mortal.stop()
        await peer.start("meanwhile", task_queue="nobody")
        await page.until(lambda: len(shown.rows) == 2)
        mortal.start()
        turns, count = board().turns, 2
        while board().turns == turns:  # a snapshot may be first
            count += 1
            await peer.start(f"after-{count}", task_queue="nobody")
            await page.until(lambda: len(shown.rows) == count)  # noqa: B023 - it is asked here and now
        assert {row["workflowId"] for row in shown.rows.values()} >= {"before", "meanwhile"}


async def test_what_an_engine_does_before_it_hears_of_the_page_is_shown(
    database: Database, mortal: MortalRedis, settings: Settings
) -> None:
    """An engine that comes later tells that it was silent until then."""
    settings.SCHED = replace(settings.SCHED, postgres_dsn=database.target, redis_url=mortal.url)
    async with opened(OURS) as page:
        shown = await page.subscribe("overview")
        async with running(database, redis_url=mortal.url) as engine, connected(engine) as peer:
            await peer.start("early", task_queue="nobody")
            await page.until(lambda: shown.counts["RUNNING"] == 1)
