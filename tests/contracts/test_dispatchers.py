"""The conformance suite against every dispatcher."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import redis

from dispatch.base import Dispatcher
from dispatch.instrumented import ACKED, OFFERED, TAKEN, InstrumentedDispatcher
from dispatch.memory import MemoryDispatcher
from dispatch.redis import RedisDispatcher
from dispatch.testing import AT_ONCE, LONG, DispatcherConformance, some_queue, some_refs


class TestMemory(DispatcherConformance):
    @pytest.fixture
    async def dispatcher(self) -> AsyncIterator[Dispatcher]:
        made = MemoryDispatcher()
        yield made
        await made.close()


class TestRedis(DispatcherConformance):
    @pytest.fixture
    async def dispatcher(self, redis_url: str) -> AsyncIterator[Dispatcher]:
        made = RedisDispatcher(redis_url)
        yield made
        await made.close()


class TestValkey(DispatcherConformance):
    @pytest.fixture
    async def dispatcher(self, valkey_url: str) -> AsyncIterator[Dispatcher]:
        made = RedisDispatcher(valkey_url)
        yield made
        await made.close()


def test_valkey_is_valkey(valkey_url: str) -> None:
    """What the suite ran on says so itself: it calls itself Redis 7.2, for clients, and Valkey besides."""
    with redis.Redis.from_url(valkey_url) as client:
        told = client.info("server")
    assert told["server_name"] == "valkey"
    assert int(told["valkey_version"].split(".")[0]) >= 7


class TestInstrumentedRedis(DispatcherConformance):
    @pytest.fixture
    async def dispatcher(self, redis_url: str) -> AsyncIterator[Dispatcher]:
        made = InstrumentedDispatcher(RedisDispatcher(redis_url), name="redis")
        yield made
        await made.close()


async def test_the_counters_tell_what_went_through(redis_url: str) -> None:
    """Offered, taken and acknowledged, each by dispatcher and kind of task; an empty take counts nothing."""
    dispatcher = InstrumentedDispatcher(RedisDispatcher(redis_url), name="counted")
    queue = some_queue()
    await dispatcher.offer(some_refs(queue, 3))
    offers = await dispatcher.take(queue, limit=2, timeout=LONG)
    await dispatcher.ack(queue, offers)
    await dispatcher.take(some_queue(), limit=2, timeout=AT_ONCE)
    counted = [metric.labels("counted", "activity")._value.get() for metric in (OFFERED, TAKEN, ACKED)]
    assert counted == [3, 2, 2]
    await dispatcher.close()
