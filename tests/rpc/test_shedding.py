"""What an engine does with more than it can bear: starts and signals are shed with a hint, completions never."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import grpc
import pytest
from sched_sdk import AsyncClient
from sched_sdk.proto.v1 import worker_pb2 as wb
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import (
    Peer,
    Refused,
    connected,
    eventually,
    finish,
    refused,
    running,
    stored,
    subscription,
    turn,
    workflow_stream,
)
from tests.store.databases import Database
from workflows.engine.engine import Engine

Code = grpc.StatusCode


def assert_shed(refusal: Refused) -> None:
    assert (refusal.code, refusal.reason) == (Code.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert refusal.retry_after == 1


async def test_what_a_full_lane_sheds_and_what_not(
    peer: Peer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts and signals, alone and in a batch; a completion passes, by unary call and on a stream."""
    await peer.start("first")
    await peer.start("second")
    stream = await workflow_stream(peer, credits=2)
    tasks = {task.workflow_id: task for task in await stream.tasks(2)}
    before = stored(database)
    monkeypatch.setattr("workflows.store.lanes.REQUESTS_MAX", 0)

    assert_shed(await refused(peer.start("third")))
    assert_shed(await refused(peer.signal("first")))
    batch = [pb.StartWorkflowRequest(workflow_type="Type")] * 2
    outcomes = (await peer.client.StartWorkflows(pb.StartWorkflowsRequest(starts=batch))).outcomes

    assert [outcome.reason for outcome in outcomes] == ["OVERLOADED"] * 2
    assert stored(database) == before
    await peer.complete_turn(tasks["first"], finish())
    await stream.send(completions=[turn(tasks["second"], finish(), id=7)])
    assert (await stream.ack()).code == 0
    assert [await peer.names(name) for name in ("first", "second")] == ["WS Y WC"] * 2


async def test_shed_starts_come_back(
    engine: Engine, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thirty callers at once where three find room: by the hint, spread, every one of them starts, once."""
    monkeypatch.setattr("workflows.store.lanes.REQUESTS_MAX", 3)
    async with AsyncClient(f"127.0.0.1:{engine.port}") as client:
        await asyncio.gather(*(client.start("Type", workflow_id=f"order-{n}") for n in range(30)))
    assert stored(database)["sched_executions"] == 30


async def test_calls_beyond_the_bound_are_shed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of clients and of workers, each by itself; who brings something back is let in, and who ends makes room."""
    monkeypatch.setattr("workflows.rpc.server.CLIENT_CALLS_MAX", 2)
    monkeypatch.setattr("workflows.rpc.server.WORKER_CALLS_MAX", 1)
    async with running(database) as engine, connected(engine) as peer:
        await peer.start("order")
        task = await peer.poll_workflow()
        wait = pb.GetWorkflowResultRequest(workflow_id="order", wait_seconds=20)
        waiting = [asyncio.ensure_future(peer.client.GetWorkflowResult(wait)) for _ in range(2)]
        await eventually(lambda: _true(len(engine._results._waiting.get(task.run_id, ())) == 2))
        stream = await workflow_stream(peer, credits=1, task_queue="idle")
        await eventually(lambda: _true(bool(engine._matching.subscriptions)))

        assert_shed(await refused(peer.start("other")))
        assert_shed(await refused(peer.client.GetMetrics(pb.GetMetricsRequest())))
        assert_shed(
            await refused(peer.worker.PollActivityTask(wb.PollTaskRequest(subscription=subscription())))
        )
        with suppress(asyncio.InvalidStateError):
            assert_shed(await refused(_first_message(peer)))

        await peer.complete_turn(task, finish())
        await asyncio.gather(*waiting)
        await peer.start("other")
        stream.call.cancel()


async def _first_message(peer: Peer) -> object:
    """Of one more stream. It may be refused before anything is sent on it, or after that."""
    stream = await workflow_stream(peer, credits=1)
    return await stream.call.read()


async def _true(found: bool) -> bool:
    return found


async def test_of_too_many_followers_some_are_answered_at_once(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if their time were up: they ask again, and the others are not slowed down."""
    monkeypatch.setattr("workflows.rpc.workflow_service.FOLLOWERS_MAX", 0)
    await peer.start("order")
    request = pb.GetWorkflowHistoryRequest(workflow_id="order", after=1, wait_seconds=60)
    async with asyncio.timeout(10):
        assert not (await peer.client.GetWorkflowHistory(request)).events
