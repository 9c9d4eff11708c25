"""Retention by an engine: the one that leads deletes what is old, and only where it was told to keep it no longer."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from tests.engine.test_bulk import aside, ask, begin, ended, wait_until_done
from tests.rpc.peers import Peer, connected, eventually, running
from tests.store.databases import Database
from workflows.engine import loops
from workflows.engine import retention as steps
from workflows.engine.metrics import DELETED
from workflows.models import Event, Execution
from workflows.service.bulk import Kind
from workflows.store import fsck, retention

CLOSED = 25


async def make_closed(peer: Peer) -> None:
    """Executions that are over, and one that is not."""
    await begin(peer, CLOSED)
    number = await aside(lambda: ask(Kind.TERMINATE))
    assert (await wait_until_done(number)).state == "DONE"

    async def all_ended() -> bool:
        return await aside(ended) == CLOSED

    await eventually(all_ended)


def closed() -> int:
    return Execution.objects.filter(closed_at__isnull=False).count()


async def test_the_leader_deletes_what_is_old_enough(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """In batches; the open one stays and ends as ever; the metric counts, a line tells, and the check is clean."""
    monkeypatch.setattr(retention.delete_batch, "__kwdefaults__", {"size": 10, "using": "default"})
    monkeypatch.setattr(loops, "ROUND_SECONDS", 0.05)
    before = DELETED._value.get()
    async with running(database) as engine, connected(engine) as peer:
        await make_closed(peer)
    with caplog.at_level(logging.INFO, "workflows.engine.retention"):
        async with running(database, retention=timedelta(0)) as engine, connected(engine) as peer:
            await begin(peer, 1)

            async def all_gone() -> bool:
                return await aside(closed) == 0 and "has deleted" in caplog.text

            await eventually(all_gone)
            assert await peer.names("order-0") == "WS"
    assert DELETED._value.get() - before == CLOSED
    assert f"deleted {CLOSED} executions" in caplog.text
    assert (await aside(Execution.objects.count), await aside(Event.objects.count)) == (1, 1)
    assert not (await aside(fsck.check)).findings


@pytest.mark.parametrize("keep", [None, timedelta(hours=1)])
async def test_what_is_not_old_enough_stays(database: Database, keep: timedelta | None) -> None:
    """And everything does where no time was given: passes are made, and delete nothing."""
    async with running(database, retention=keep) as engine, connected(engine) as peer:
        await make_closed(peer)
        found = steps.Retention(keep, engine._clock)
        while (await found.run_once()).more:
            pass
        assert await aside(closed) == CLOSED


async def test_an_engine_that_does_not_lead_deletes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loop makes no pass, though what is closed is old enough."""
    monkeypatch.setattr(loops, "ROUND_SECONDS", 0.01)
    async with running(database) as engine, connected(engine) as peer:
        await make_closed(peer)
        assert engine.is_leader
        async with running(database, retention=timedelta(0)) as follower:
            loop = next(each for each in follower._loops._all if each._name == "retention")
            leaders = next(each for each in engine._loops._all if each._name == "inboxes")
            seen = leaders.passes

            async def leader_has_gone_on() -> bool:
                return leaders.passes > seen

            await eventually(leader_has_gone_on)
            assert not follower.is_leader
            assert loop.passes == 0
        assert await aside(closed) == CLOSED
