"""What only Redis does: outages, restarts, flushes, engines that die, other processes that announce."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import redis
from redis.exceptions import ResponseError

from dispatch import probe
from dispatch.acks import GATHER_SECONDS
from dispatch.base import DispatcherUnavailable
from dispatch.entries import GROUP, stream_of
from dispatch.redis import RedisAnnouncer, RedisDispatcher
from dispatch.testing import AT_ONCE, LONG, SHORT, eventually, refs_of, some_queue, some_refs
from tests.servers.mortal_redis import MortalRedis

ABANDONED = 0.2
"""Seconds after which an entry counts as abandoned in these tests."""


@pytest.fixture
def server() -> Iterator[MortalRedis]:
    made = MortalRedis()
    made.start()
    yield made
    made.stop()


@pytest.fixture
async def dispatcher(server: MortalRedis) -> AsyncIterator[RedisDispatcher]:
    made = RedisDispatcher(server.url, reclaim_idle=ABANDONED)
    yield made
    await made.close()


async def test_what_a_dead_engine_had_taken_comes_to_another(
    dispatcher: RedisDispatcher, server: MortalRedis
) -> None:
    """And the depth counts it until then, so the sweep must not be the one to find it."""
    queue = some_queue()
    dead = RedisDispatcher(server.url)
    await dead.offer(some_refs(queue, 3))
    await dead.take(queue, limit=3, timeout=LONG)
    await dead.close()
    assert await dispatcher.depth(queue) == 3
    taken = []

    async def all_taken() -> bool:
        taken.extend(await dispatcher.take(queue, limit=2, timeout=SHORT))
        return len(taken) >= 3

    await eventually(all_taken)
    assert refs_of(taken) == some_refs(queue, 3)
    await dispatcher.ack(queue, taken)
    assert await dispatcher.depth(queue) == 0


async def test_acks_of_a_moment_go_together(dispatcher: RedisDispatcher, server: MortalRedis) -> None:
    """Ten of one queue are one command, and nobody waits for it."""
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 11))
    taken = await dispatcher.take(queue, limit=11, timeout=LONG)
    await dispatcher.ack(queue, [taken.pop()])
    assert await dispatcher.depth(queue) == 10  # the server has the script by now
    with redis.Redis.from_url(server.url) as client:
        stream = stream_of(queue, prefix="sched")
        before = _scripts_run(client)
        for each in taken:
            await dispatcher.ack(queue, [each])
        assert client.xlen(stream) == 10

        async def all_are_gone() -> bool:
            return bool(client.xlen(stream) == 0 and client.xpending(stream, GROUP)["pending"] == 0)

        await eventually(all_are_gone)
        assert _scripts_run(client) == before + 1


async def test_acks_go_with_the_next_look(dispatcher: RedisDispatcher, server: MortalRedis) -> None:
    """A queue that is behind is read and acked by one command."""
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 3))
    assert not await dispatcher.take(
        some_queue(), limit=1, timeout=AT_ONCE
    )  # the server has the script by now
    with redis.Redis.from_url(server.url) as client:
        stream = stream_of(queue, prefix="sched")
        await dispatcher.ack(queue, await dispatcher.take(queue, limit=2, timeout=LONG))
        before = _scripts_run(client)

        last = await dispatcher.take(queue, limit=2, timeout=AT_ONCE)

        assert _scripts_run(client) == before + 1
        assert client.xlen(stream) == client.xpending(stream, GROUP)["pending"] == 1
    assert refs_of(last) == some_refs(queue, 3)[2:]


async def test_acks_of_a_look_that_was_cancelled_are_sent_later(
    dispatcher: RedisDispatcher, server: MortalRedis
) -> None:
    """As the looks of an engine are that stops; what one that was not sent yet was to take along is not lost."""
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 2))
    taken = [each for _ in range(2) for each in await dispatcher.take(queue, limit=1, timeout=LONG)]
    pid = server.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        await dispatcher.ack(queue, taken)
        before = asyncio.create_task(dispatcher.offer(some_refs(some_queue(), 1)))
        looking = asyncio.create_task(dispatcher.take(queue, limit=2, timeout=AT_ONCE))
        await asyncio.sleep(GATHER_SECONDS / 5)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    finally:
        os.kill(pid, signal.SIGCONT)
    await before
    with redis.Redis.from_url(server.url) as client:
        stream = stream_of(queue, prefix="sched")

        async def all_are_gone() -> bool:
            return bool(client.xlen(stream) == 0)

        await eventually(all_are_gone)


async def test_commands_at_once_share_a_connection(dispatcher: RedisDispatcher, server: MortalRedis) -> None:
    """They take their turns; only who waits for hints has another."""
    queue = some_queue()
    await asyncio.gather(*(dispatcher.offer(some_refs(queue, 10)) for _ in range(20)))
    with redis.Redis.from_url(server.url) as client:
        assert client.info("clients")["connected_clients"] == 2  # this one counts, too
    assert await dispatcher.depth(queue) == 200


async def test_the_last_acks_are_sent_at_the_end(dispatcher: RedisDispatcher, server: MortalRedis) -> None:
    """An engine that stops in order leaves nothing for others to find out."""
    queue = some_queue()
    stopping = RedisDispatcher(server.url)
    await stopping.offer(some_refs(queue, 1))
    await stopping.ack(queue, await stopping.take(queue, limit=1, timeout=LONG))
    await stopping.close()
    assert await dispatcher.depth(queue) == 0


async def test_nothing_is_under_way_after_the_end(server: MortalRedis) -> None:
    """Acks that are being sent when the dispatcher ends, by a server that says nothing, leave no connection behind."""
    queue = some_queue()
    stopping = RedisDispatcher(server.url)
    await stopping.offer(some_refs(queue, 1))
    taken = await stopping.take(queue, limit=1, timeout=LONG)
    pid = server.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        await stopping.ack(queue, taken)
        await asyncio.sleep(2 * GATHER_SECONDS)
        await asyncio.wait_for(stopping.close(), 2)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "acks of hints"]


async def test_a_flush_under_a_waiting_taker_is_healed(
    dispatcher: RedisDispatcher, server: MortalRedis
) -> None:
    """Its consumer group is made anew, and the next offer reaches it."""
    queue = some_queue()
    await dispatcher.take(queue, limit=1, timeout=SHORT)
    waiting = asyncio.create_task(dispatcher.take(queue, limit=1, timeout=LONG))
    with redis.Redis.from_url(server.url) as client:
        await eventually(lambda: _is_blocked(client))
        client.flushall()
    await dispatcher.offer(some_refs(queue, 1))
    assert refs_of(await waiting) == some_refs(queue, 1)


async def test_an_outage_drops_offers_and_says_so_once(
    dispatcher: RedisDispatcher, server: MortalRedis, caplog: pytest.LogCaptureFixture
) -> None:
    """Offers are counted as dropped and raise nothing; the log tells the outage and its end."""
    caplog.set_level(logging.INFO, "dispatch")
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 1))
    server.stop()
    for _ in range(20):
        await dispatcher.offer(some_refs(queue, 5))
    assert dispatcher.dropped == 100
    assert await dispatcher.take(queue, limit=1, timeout=SHORT) == []
    await dispatcher.ack(queue, [])
    with pytest.raises(DispatcherUnavailable):
        await dispatcher.depth(queue)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    server.start()

    async def back() -> bool:
        await dispatcher.offer(some_refs(queue, 1))
        return bool(await dispatcher.take(queue, limit=1, timeout=AT_ONCE))

    await eventually(back)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


@pytest.mark.parametrize("refusing", [MortalRedis.full, MortalRedis.replica])
async def test_a_server_that_refuses_writes_is_told_once(
    dispatcher: RedisDispatcher,
    server: MortalRedis,
    refusing: Callable[[MortalRedis], AbstractContextManager[None]],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Reads that succeed meanwhile are no end of it; that it is over is noticed without traffic."""
    caplog.set_level(logging.INFO, "dispatch")
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 1))
    dispatcher.watch()

    async def reachable() -> bool:
        return dispatcher.is_reachable

    async def refused() -> bool:
        return not dispatcher.is_reachable

    with refusing(server):
        await eventually(refused)
        for _ in range(20):
            await dispatcher.offer(some_refs(queue, 1))
            assert await dispatcher.depth(queue) == 1
        assert not dispatcher.is_reachable
        with pytest.raises(ResponseError):
            probe.redis(server.url)
    await eventually(reachable)
    probe.redis(server.url)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]


async def test_a_taker_outlives_a_restart(dispatcher: RedisDispatcher, server: MortalRedis) -> None:
    """It waits through the outage and takes what is offered after it."""
    queue = some_queue()
    waiting = asyncio.create_task(dispatcher.take(queue, limit=1, timeout=3 * LONG))
    with redis.Redis.from_url(server.url) as client:
        await eventually(lambda: _is_blocked(client))
    server.stop()
    server.start()
    announcer = RedisAnnouncer(server.url)
    announcer.offer(some_refs(queue, 1))
    assert refs_of(await waiting) == some_refs(queue, 1)
    announcer.close()


async def test_a_frozen_server_delays_no_offer_twice(
    dispatcher: RedisDispatcher, server: MortalRedis
) -> None:
    """The first waits for its time-out; those until the next try are dropped without touching the network."""
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 1))
    pid = server.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        await dispatcher.offer(some_refs(queue, 1))
        async with asyncio.timeout(SHORT):
            await dispatcher.offer(some_refs(queue, 1))
        assert dispatcher.dropped == 2
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_other_processes_announce(dispatcher: RedisDispatcher, server: MortalRedis) -> None:
    """From plain threads, however many keys at once; without Redis they drop and count."""
    queue = some_queue()
    announcer = RedisAnnouncer(server.url)
    await asyncio.to_thread(announcer.offer, some_refs(queue, 1200))
    assert announcer.dropped == 0
    assert await dispatcher.depth(queue) == 1200
    server.stop()
    await asyncio.to_thread(announcer.offer, some_refs(queue, 5))
    assert announcer.dropped == 5
    announcer.close()


async def test_what_is_no_hint_is_thrown_away(dispatcher: RedisDispatcher, server: MortalRedis) -> None:
    """Entries that cannot be read hold nothing up and do not stay."""
    queue = some_queue()
    with redis.Redis.from_url(server.url) as client:
        client.xadd(stream_of(queue, prefix="sched"), {"k": "x"})
        client.xadd(stream_of(queue, prefix="sched"), {"other": "y"})
        await dispatcher.offer(some_refs(queue, 1))
        assert refs_of(await dispatcher.take(queue, limit=10, timeout=LONG)) == some_refs(queue, 1)
        assert await dispatcher.depth(queue) == 1
        assert client.xpending(stream_of(queue, prefix="sched"), GROUP)["pending"] == 1


def _scripts_run(client: redis.Redis) -> int:
    calls = client.info("commandstats")
    return int(calls["cmdstat_evalsha"]["calls"])


async def _is_blocked(client: redis.Redis) -> bool:
    return bool(client.info("clients")["blocked_clients"])


async def test_what_a_frozen_engine_has_read_counts_no_more(dispatcher: RedisDispatcher) -> None:
    """Else the sweep would believe that its tasks are on their way, until somebody claims the entries."""
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 3))
    read = await dispatcher.take(queue, limit=2, timeout=LONG)
    assert await dispatcher.depth(queue) == 3

    async def counts_the_rest() -> bool:
        return await dispatcher.depth(queue) == 1

    await eventually(counts_the_rest)
    await dispatcher.ack(queue, read)
    assert await dispatcher.depth(queue) == 1
