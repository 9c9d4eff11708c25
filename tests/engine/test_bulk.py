"""Bulk operations by an engine: all of it happens, over a restart too, and people's signals do not wait behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from django.db import connections
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import SECONDS, Peer, connected, eventually, running
from tests.store.databases import Database
from timers.clock import SystemClock
from workflows.access.principal import ANYBODY
from workflows.core.inputs import SignalSent
from workflows.engine import bulk as steps
from workflows.engine.engine import Engine
from workflows.models import BulkOperation, Execution, Inbox
from workflows.service import bulk
from workflows.service.bulk import Asked, Kind
from workflows.service.commits import Commits
from workflows.store.backends import new_backend
from workflows.store.group_commit import GroupCommit
from workflows.store.lanes import LATE_SHARE_MAX, Drain, Lane, Lanes, Submission
from workflows.store.reader import Filters

COUNT = 5 * steps.CHUNK // 2
"""Two chunks and a half."""


async def begin(peer: Peer, count: int) -> None:
    starts = [
        pb.StartWorkflowRequest(workflow_id=f"order-{number}", workflow_type="T") for number in range(count)
    ]
    answer = await peer.client.StartWorkflows(pb.StartWorkflowsRequest(starts=starts))
    assert all(outcome.response.started for outcome in answer.outcomes)


def ask(kind: Kind) -> int:
    asked = Asked(kind=kind, filters=Filters(id_prefix="order-"), reason="a bad deploy")
    return bulk.ask(asked, ANYBODY, "rest")[0].pk


async def wait_until_done(number: int) -> BulkOperation:
    async def is_done() -> bool:
        return (await aside(lambda: bulk.find(number))).finished_at is not None

    await eventually(is_done)
    return await aside(lambda: bulk.find(number))


async def aside[T](call: Callable[[], T]) -> T:
    """In a thread, with a connection of its own."""

    def closing() -> T:
        try:
            return call()
        finally:
            connections.close_all()

    return await asyncio.to_thread(closing)


def ended() -> int:
    return Execution.objects.filter(status="TERMINATED").count()


async def test_all_are_terminated(database: Database) -> None:
    """Begun at once by the engine that leads, chunk by chunk; nothing is left in an inbox."""
    async with running(database) as engine, connected(engine) as peer:
        await begin(peer, COUNT)
        await eventually(lambda: _leads(engine))
        done = await wait_until_done(await aside(lambda: ask(Kind.TERMINATE)))
        assert (done.state, done.found, done.changed) == ("DONE", COUNT, COUNT)
        await eventually(lambda: _is(ended, COUNT))
        assert await peer.names("order-7") == "WS WT"
        assert await aside(Inbox.objects.count) == 0


async def test_a_restart_in_the_middle_changes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first engine stops after a chunk; the next goes on where it was: each run is asked to stop once."""
    monkeypatch.setattr(steps, "CHUNK", 20)
    monkeypatch.setattr(steps, "REST_SHARE", 5.0)
    async with running(database) as engine, connected(engine) as peer:
        await begin(peer, COUNT)
        await eventually(lambda: _leads(engine))
        number = await aside(lambda: ask(Kind.CANCEL))
        await eventually(lambda: _has_begun(number))
    half = await aside(lambda: bulk.find(number))
    assert 0 < half.matched < COUNT
    assert half.state == "RUNNING"
    monkeypatch.undo()
    async with running(database) as engine, connected(engine) as peer:
        done = await wait_until_done(number)
        assert (done.state, done.matched, done.changed) == ("DONE", COUNT, COUNT)
        await eventually(lambda: _is(Inbox.objects.count, 0))
        histories = {await peer.names(f"order-{number}") for number in range(COUNT)}
    assert histories == {"WS WCR"}


@pytest.mark.parametrize(
    "waits",
    [
        {"DRAINED_SECONDS": 60.0},
        {"DRAINED_SECONDS": 0.01, "TURNS_SECONDS": 60.0},
        {"DRAINED_SECONDS": 0.01, "TURNS_SECONDS": 0.01, "REST_SHARE": 10_000.0},
    ],
    ids=["drain", "turns", "rest"],
)
async def test_a_stop_ends_each_wait_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, waits: dict[str, float]
) -> None:
    """Nobody commits here and there are no workers, so a pass waits for all it can wait for; its chunk is kept."""
    async with running(database) as engine, connected(engine) as peer:
        await begin(peer, 10)
    for name, value in waits.items():
        monkeypatch.setattr(steps, name, value)
    number = await aside(lambda: ask(Kind.CANCEL))
    passes = steps.BulkSteps(idle_commits(database), SystemClock())
    under_way = asyncio.create_task(passes.run_once())
    await eventually(lambda: _has_begun(number))
    assert not (await asyncio.wait({under_way}, timeout=0.3))[0]
    passes.stop()
    assert (await asyncio.wait_for(under_way, 1.0)).found == 10


async def test_an_engine_that_stops_does_not_wait_for_a_pass(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever rest it had before it: the engine's grace is seconds."""
    monkeypatch.setattr(steps, "REST_SHARE", 10_000.0)
    async with running(database) as engine, connected(engine) as peer:
        await begin(peer, 10)
        await eventually(lambda: _leads(engine))
        number = await aside(lambda: ask(Kind.CANCEL))
        await eventually(lambda: _has_begun(number))
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < SECONDS


def idle_commits(database: Database) -> Commits:
    """Whose threads were never started."""
    return Commits(
        lambda on_commit: GroupCommit(lambda: new_backend(database.target, SystemClock()), on_commit),
        lambda _: None,
    )


def test_a_person_s_signal_overtakes_a_chunk() -> None:
    """It is in the next transaction, whatever of the chunk waits; and the chunk has few places while others commit."""
    lanes, answer = Lanes(), lambda _: None
    chunk = [Submission(Drain(f"r{n}"), answer, Lane.LATE, queue=steps.QUEUE) for n in range(steps.CHUNK)]
    lanes.put([*chunk, Submission(Drain("theirs"), answer, Lane.LOOPS, queue="inboxes")])
    assert Drain("theirs") in [each.given for each in lanes.take()]
    other = Submission(SignalSent(run_id="r", name="go"), answer, Lane.REQUESTS, queue="default")
    lanes.put([other])
    lanes.take()
    lanes.put([other])
    assert [each.lane for each in lanes.take()].count(Lane.LATE) <= LATE_SHARE_MAX


async def _leads(engine: Engine) -> bool:
    return engine.is_leader


async def _has_begun(number: int) -> bool:
    return (await aside(lambda: bulk.find(number))).matched > 0


async def _is(count: Callable[[], int], wanted: int) -> bool:
    return await aside(count) == wanted
