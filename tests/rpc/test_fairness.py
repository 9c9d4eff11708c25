"""A flood stands before nobody else: told by counts, so that the speed of the machine does not matter."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import psycopg
import pytest
from sched_sdk.proto.v1 import history_pb2
from sched_sdk.proto.v1 import worker_pb2 as wb
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import Peer, Stream, connected, eventually, finish, look, running, turn, workflow_stream
from tests.store.databases import Database
from workflows.engine.engine import Engine
from workflows.service import pace, pump

BATCH = 250
FLOODED = "flooded"
MICROSECOND = timedelta(microseconds=1)


def flood(peer: Peer, batches: int, timeout: timedelta = timedelta(0)) -> list[asyncio.Future[object]]:
    """Calls that start many on a queue that nobody serves."""
    one = pb.StartWorkflowRequest(
        workflow_type="Type", task_queue=FLOODED, execution_timeout_us=timeout // MICROSECOND
    )
    request = pb.StartWorkflowsRequest(starts=[one] * BATCH)
    return [asyncio.ensure_future(peer.client.StartWorkflows(request)) for _ in range(batches)]


async def test_a_start_does_not_wait_for_those_of_a_flooded_queue(
    peer: Peer, engine: Engine, database: Database
) -> None:
    """Five thousand wait to be committed when it comes, and most of them still do when it is answered."""
    stored = "SELECT count(*) FROM sched_executions WHERE task_queue = 'flooded'"
    lanes = engine._commits._writer._main._lanes
    with psycopg.connect(database.target) as blocking:  # until all of them stand in line
        blocking.execute("LOCK TABLE sched_executions IN EXCLUSIVE MODE")
        calls = flood(peer, 20)
        await eventually(lambda: _is(len(lanes) >= 19 * BATCH), 30)
        other = asyncio.ensure_future(peer.start("other", task_queue="calm"))
        waiting = len(lanes)
        await eventually(lambda: _is(len(lanes) > waiting), 30)

    await other

    assert look(database, stored)[0][0] < 15 * BATCH
    await asyncio.gather(*calls)
    assert look(database, stored)[0][0] == 20 * BATCH


async def test_a_timer_that_falls_due_does_not_wait_for_those_that_are_overdue(database: Database) -> None:
    """Three thousand are, when the engine comes up; a workflow that begins then sleeps no longer for them."""
    left = "SELECT count(*) FROM sched_timers WHERE kind = 4"
    ahead = f"{left} AND due_at > clock_timestamp()"
    async with running(database) as engine, connected(engine) as peer:
        await asyncio.gather(*flood(peer, 12, timedelta(seconds=15)))
    assert look(database, left)[0][0] == 12 * BATCH, "some fired before the engine had stopped"
    await eventually(lambda: _is(look(database, ahead)[0][0] == 0), 30)

    async with running(database) as engine, connected(engine) as peer:
        await eventually(lambda: _is(look(database, left)[0][0] < 12 * BATCH), 30)
        await peer.start("sleeper", task_queue="calm")
        task = await peer.poll_workflow(task_queue="calm")
        sleep = wb.Command(start_timer=wb.StartTimer(duration_us=1_000))
        wait = history_pb2.Wait(commands=[0])
        await peer.worker.CompleteWorkflowTask(
            wb.WorkflowTaskCompletion(
                token=task.token, turn=wb.Turn(seen_through=1, commands=[sleep], wait=wait)
            )
        )
        awake = await peer.poll_workflow(task_queue="calm")

        assert look(database, left)[0][0] > 0, "all that were overdue came first"
        await peer.worker.CompleteWorkflowTask(turn(awake, finish()))
        assert await peer.names("sleeper") == "WS Y TS TF Y WC"
        await eventually(lambda: _is(look(database, left)[0][0] == 0), 60)


async def busy_worker(peer: Peer) -> Stream:
    """Of twelve slots, each with a task of a queue that is behind."""
    (call,) = flood(peer, 1)
    await call
    stream = await workflow_stream(peer, credits=12, slots=12, task_queue=FLOODED)
    assert len(await stream.tasks(12)) == 12
    return stream


async def test_a_queue_that_is_behind_is_served_in_handfuls(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker of twelve slots has one free, and gets nothing before there are six."""
    monkeypatch.setattr(pump, "HANDFUL_SECONDS", 60)
    monkeypatch.setattr(pump, "HANDFUL_SHARE", 1_000_000)
    stream = await busy_worker(peer)

    await stream.send(credits=1)
    next_six = asyncio.ensure_future(stream.tasks(6))
    await asyncio.wait([next_six], timeout=0.5)
    assert len(stream.waiting) == 0
    await stream.send(credits=5)

    assert len(await next_six) == 6


async def test_a_slot_does_not_wait_long_where_tasks_are_short(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the time in which its worker's slots are filled once it waits for a part, whatever the bound: a wait that is
    longer than the tasks would leave the worker idle."""
    monkeypatch.setattr(pump, "HANDFUL_SECONDS", 60)
    stream = await busy_worker(peer)
    await stream.send(credits=12)
    assert len(await stream.tasks(12)) == 12

    await stream.send(credits=1)

    assert len(await stream.tasks(1)) == 1


async def test_a_slot_does_not_wait_long_for_the_others(peer: Peer) -> None:
    """They may be busy for minutes."""
    stream = await busy_worker(peer)

    await stream.send(credits=1)

    assert len(await stream.tasks(1)) == 1


async def test_a_queue_that_is_behind_rests_while_another_is_at_work(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For as long as its worker took to have room again; alone it does not rest."""
    monkeypatch.setattr(pace, "REST_MAX", 60)
    monkeypatch.setattr(pace, "ACTIVE_SECONDS", 60)
    stream = await busy_worker(peer)
    await stream.send(credits=12)
    assert len(await stream.tasks(12)) == 12
    calm = await workflow_stream(peer, credits=2, slots=2, task_queue="calm")
    await peer.start("calm", task_queue="calm")
    assert len(await calm.tasks(1)) == 1
    more = asyncio.ensure_future(calm.tasks(1))
    await asyncio.wait([more], timeout=0.6)

    await stream.send(credits=12)

    some = asyncio.ensure_future(stream.tasks(1))
    await asyncio.wait([some], timeout=0.4)
    assert not some.done()
    assert len(await some) == 1
    more.cancel()


async def _is(found: bool) -> bool:
    return found
