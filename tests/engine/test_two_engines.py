"""Engines on one database and one Redis: no process is special."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import redis.asyncio
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import Peer, activity_stream, connected, eventually, finish, running, schedule, turn
from tests.rpc.peers import workflow_stream as new_workflow_stream
from tests.store.databases import Database
from workflows.engine.engine import Engine

pytestmark = pytest.mark.redis
WORKFLOWS = 20


@pytest.fixture
async def engines(database: Database, redis_url: str) -> AsyncIterator[tuple[Engine, Engine]]:
    async with redis.asyncio.Redis.from_url(redis_url) as client:
        await client.flushdb()
    async with (
        running(database, redis_url=redis_url) as one,
        running(database, redis_url=redis_url) as two,
    ):
        yield one, two


async def work(peer: Peer, identity: str) -> None:
    """A worker of both kinds: every workflow runs one activity and ends with its result."""
    workflows = await new_workflow_stream(peer, credits=5, identity=identity, session_id=identity)
    activities = await activity_stream(peer, credits=5, identity=identity, session_id=identity)

    async def turns() -> None:
        while True:
            (task,) = await workflows.tasks(1)
            commands = [finish()] if task.turn == 2 else [schedule()]
            waits_for = None if task.turn == 2 else [0]
            await workflows.send(completions=[turn(task, *commands, waits_for=waits_for)], credits=1)

    async def attempts() -> None:
        while True:
            (task,) = await activities.tasks(1)
            completion = {"token": task.token, "result": {"data": b"1"}}
            await activities.send(completions=[completion], credits=1)

    try:
        await asyncio.gather(turns(), attempts())
    finally:
        workflows.call.cancel()
        activities.call.cancel()


async def test_work_flows_between_engines_and_one_of_them_leads(engines: tuple[Engine, Engine]) -> None:
    """Starts at one engine, workers at both; each activity runs once, and results are heard at either."""
    one, two = engines
    async with connected(one) as here, connected(two) as there:
        workers = [asyncio.ensure_future(work(here, "a")), asyncio.ensure_future(work(there, "b"))]
        starts = [
            pb.StartWorkflowRequest(workflow_id=f"w-{n}", workflow_type="T", wait_seconds=20)
            for n in range(WORKFLOWS)
        ]
        answer = await there.client.StartWorkflows(pb.StartWorkflowsRequest(starts=starts))
        ends = [outcome.response.result.status for outcome in answer.outcomes]
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        histories = {await here.names(f"w-{n}") for n in range(WORKFLOWS)}
    assert ends == [common_pb2.WORKFLOW_STATUS_COMPLETED] * WORKFLOWS
    assert histories == {"WS Y AS AC Y WC"}
    await eventually(lambda: _leaders(engines, 1))


async def _leaders(engines: tuple[Engine, Engine], count: int) -> bool:
    return [engine.is_leader for engine in engines].count(True) == count


async def test_a_task_started_before_any_worker_goes_through_redis(
    engines: tuple[Engine, Engine], redis_url: str
) -> None:
    """Its hint waits in the stream of its queue, and a worker of the other engine has it at once."""
    one, two = engines
    async with connected(one) as here, connected(two) as there:
        await here.start("order")

        async def waits() -> bool:
            async with redis.asyncio.Redis.from_url(redis_url) as client:
                keys = await client.scan(0, match="*", count=1000, _type="stream")
                return any([await client.xlen(key) for key in keys[1]])

        await eventually(waits)
        task = await there.poll_workflow()
        assert task.delivery == 1
        await here.complete_turn(task, finish())
        result = await there.client.GetWorkflowResult(
            pb.GetWorkflowResultRequest(workflow_id="order", wait_seconds=10)
        )
    assert result.status == common_pb2.WORKFLOW_STATUS_COMPLETED


async def test_a_worker_may_complete_at_another_engine(engines: tuple[Engine, Engine]) -> None:
    """Tokens are made under one secret, and the task's row is in the database."""
    one, two = engines
    async with connected(one) as here, connected(two) as there:
        activity = await here.activity("order")
        assert not (await there.succeed(activity)).duplicate
        assert (await here.succeed(activity)).duplicate
        assert await there.names("order") == "WS Y AS AC"


async def test_when_one_engine_stops_the_other_has_the_work_and_the_lead(
    database: Database, redis_url: str
) -> None:
    """What it had handed out comes back as the next delivery; there is one leader again."""
    async with running(database, redis_url=redis_url) as stays, connected(stays) as peer:
        leaving = Engine(stays._options)
        await leaving.start()
        await eventually(lambda: _leaders((stays, leaving), 1))
        async with connected(leaving) as gone:
            await gone.start("order")
            stream = await new_workflow_stream(gone, credits=1)
            (task,) = await stream.tasks(1)
            stopping = asyncio.ensure_future(leaving.stop())
            await stream.until_draining()
            await stream.call.done_writing()
            await stopping
        again = await peer.poll_workflow()
        assert (again.run_id, again.delivery) == (task.run_id, 2)
        await eventually(lambda: _leaders((stays, leaving), 1))
        assert stays.is_leader


async def test_a_port_that_is_taken_is_told(engines: tuple[Engine, Engine], database: Database) -> None:
    """And everything that was begun is ended."""
    from workflows.rpc.server import PortTaken

    with pytest.raises(PortTaken, match=str(engines[0].port)):
        async with running(database, port=engines[0].port):
            pass
