"""Whichever engine is asked knows the workers of all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import redis.asyncio
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import Peer, activity_stream, connected, eventually, look, running, workflow_stream
from tests.store.databases import Database
from workflows.engine.engine import Engine

pytestmark = pytest.mark.redis


@pytest.fixture
async def engines(database: Database, redis_url: str) -> AsyncIterator[tuple[Engine, Engine]]:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.flushdb()
    async with (
        running(database, redis_url=redis_url) as one,
        running(database, redis_url=redis_url) as two,
    ):
        yield one, two


async def workers(peer: Peer, queue: str = "") -> list[tuple[str, str, str, int]]:
    found = await peer.client.ListWorkers(pb.ListWorkersRequest(task_queue=queue))
    return sorted((each.identity, each.task_queue, each.kind, each.in_flight) for each in found.workers)


async def test_each_engine_lists_the_workers_of_all(
    engines: tuple[Engine, Engine], database: Database
) -> None:
    """Its own at once, those of the others as soon as they have told; what a worker has in hand is told by both."""
    one, two = engines
    async with connected(one) as here, connected(two) as there:
        ada = await workflow_stream(here, credits=1, identity="ada", session_id="a")
        bob = await activity_stream(there, credits=1, identity="bob", session_id="b", task_queue="slow")
        await here.start("order")
        await ada.tasks(1)
        wanted = [("ada", "default", "workflow", 1), ("bob", "slow", "activity", 0)]

        async def known() -> bool:
            return await workers(here) == await workers(there) == wanted

        await eventually(known)
        assert await workers(here, "slow") == wanted[1:]
        queue: Any = await there.client.DescribeTaskQueue(pb.DescribeTaskQueueRequest(task_queue="default"))
        assert [each.identity for each in queue.workflow_tasks.workers] == ["ada"]
        assert list(queue.activity_tasks.workers) == []

        ada.call.cancel()
        bob.call.cancel()

        async def gone() -> bool:
            return await workers(here) == await workers(there) == []

        await eventually(gone)
    assert await asyncio.to_thread(look, database, "SELECT count(*) FROM sched_workers") == [(0,)]


async def test_an_engine_that_stops_takes_its_workers_along(database: Database, redis_url: str) -> None:
    """Its rows are gone when it is."""
    async with running(database, redis_url=redis_url) as stays, connected(stays) as peer:
        async with running(database, redis_url=redis_url) as leaves, connected(leaves) as there:
            stream = await workflow_stream(there, credits=1, identity="ada", session_id="a")

            async def known() -> bool:
                return [each[0] for each in await workers(peer)] == ["ada"]

            await eventually(known)
        stream.call.cancel()
        assert await workers(peer) == []
        assert await asyncio.to_thread(look, database, "SELECT count(*) FROM sched_workers") == [(0,)]
