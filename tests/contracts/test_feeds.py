"""The feed, by each of its ways: what senders and receivers promise one another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from dispatch.feed.base import Receiving, Sending
from dispatch.feed.memory import Hub, MemoryReceiving, MemorySending
from dispatch.feed.notify import LISTENING_CHANNEL, NotifyReceiving, NotifySending
from dispatch.feed.outgoing import CHANGES_MAX, Outgoing
from dispatch.feed.redis import RedisReceiving, RedisSending, RedisTelling
from dispatch.feed.values import GAP, Change, News, decode, encode
from timers.trouble import Trouble
from workflows.engine.listener import Listener

pytestmark = pytest.mark.redis
SECONDS = 10.0


def change(number: int, before: str = "RUNNING", after: str = "RUNNING") -> Change:
    return Change("default", f"w-{number}", f"run-{number}", before, after, float(number))


@dataclass
class Heard:
    """What a receiver was told."""

    gaps: int = 0
    changes: list[Change] = field(default_factory=list)

    def take(self, news: News) -> None:
        self.gaps += news.gap
        self.changes += news.changes


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0.01)


@dataclass
class Way:
    sender: Callable[[], Sending]
    receiver: Callable[[], Receiving]

    @asynccontextmanager
    async def sending(self, *, lease: float = 5.0) -> AsyncIterator[Outgoing]:
        found = Outgoing(self.sender(), lease=lease)
        found.start()
        yield found
        await found.stop()

    @asynccontextmanager
    async def receiving(self) -> AsyncIterator[Heard]:
        heard, found = Heard(), self.receiver()
        found.start(heard.take)
        yield heard
        await found.stop()


@pytest.fixture(params=["memory", "redis", "valkey", "notify"])
async def way(request: pytest.FixtureRequest) -> AsyncIterator[Way]:
    if request.param == "memory":
        hub = Hub()
        yield Way(lambda: MemorySending(hub), lambda: MemoryReceiving(hub))
    elif request.param in ("redis", "valkey"):
        url = request.getfixturevalue(f"{request.param}_url")
        yield Way(lambda: RedisSending(url), lambda: RedisReceiving(url))
    else:
        dsn = request.getfixturevalue("postgres_dsn")
        sending = NotifySending(dsn)
        listener = Listener(dsn, {LISTENING_CHANNEL: lambda _: sending.listened()}, Trouble())
        listener.start()
        yield Way(lambda: sending, lambda: NotifyReceiving(dsn))
        await listener.stop()


async def test_what_is_told_arrives_once_somebody_listens(way: Way) -> None:
    """After a gap, since nothing was told before."""
    async with way.sending() as out:
        out.add([change(1)])
        assert not out.is_wanted
        async with way.receiving() as heard:
            await until(lambda: out.is_wanted and heard.gaps > 0)
            out.add([change(2, "", "RUNNING")])
            await until(lambda: bool(heard.changes))
        assert heard.changes == [change(2, "", "RUNNING")]


async def test_what_happens_in_a_moment_is_one_message(way: Way) -> None:
    """And of one run one change, from its first status to its last."""
    async with way.sending() as out, way.receiving() as heard:
        await until(lambda: out.sent > 0)
        sent = out.sent
        out.add([change(1, "", "RUNNING"), change(2)])
        out.add([change(1, "RUNNING", "FAILED")])
        await until(lambda: bool(heard.changes))
        assert (out.sent - sent, heard.changes) == (1, [change(1, "", "FAILED"), change(2)])


async def test_a_lease_that_is_not_renewed_runs_out(way: Way) -> None:
    """Then nothing is told; who listens again is told of the gap."""
    async with way.sending(lease=3.0) as out:
        async with way.receiving():
            await until(lambda: out.sent > 0)
        await until(lambda: not out.is_wanted)
        sent = out.sent
        out.add([change(1)])
        assert out.sent == sent
        async with way.receiving() as heard:
            await until(lambda: out.is_wanted and out.sent > sent)
            await until(lambda: heard.gaps > 0)
            assert heard.changes == []


async def test_more_than_may_be_told_is_a_gap(way: Way) -> None:
    """Its message has a bound, whatever happens in a moment."""
    async with way.sending() as out, way.receiving() as heard:
        await until(lambda: out.sent > 0 and heard.gaps > 0)
        await until(lambda: out.sent > 0)
        gaps = heard.gaps
        out.add([change(number) for number in range(CHANGES_MAX + 1)])
        await until(lambda: heard.gaps > gaps)
        out.add([change(1)])
        await until(lambda: change(1) in heard.changes)


async def test_a_start_of_another_process_is_told_through_redis(redis_url: str) -> None:
    """By a thread that has no event loop."""
    heard, receiver, telling = Heard(), RedisReceiving(redis_url), RedisTelling(redis_url)
    receiver.start(heard.take)
    await until(lambda: heard.gaps > 0)
    await asyncio.to_thread(telling.tell, News([change(7)]))
    await until(lambda: heard.changes == [change(7)])
    await receiver.stop()
    telling.close()


def test_messages_are_cut_to_their_bound() -> None:
    """None is longer, nothing is lost, and a gap is told once."""
    news = News([change(number) for number in range(1_000)], gap=True)
    texts = encode(news, most=2_000)
    found = [decode(text) for text in texts]
    assert max(map(len, texts)) <= 2_000
    assert [each for one in found for each in one.changes] == list(news.changes)
    assert [one.gap for one in found] == [True] + [False] * (len(found) - 1)
    assert decode(encode(GAP, most=2_000)[0]) == News((), gap=True)


@pytest.mark.parametrize("text", ["", "[]", '{"changes":[[1]],"gap":false}', "\x00"])
def test_what_cannot_be_read_is_a_gap(text: str) -> None:
    """Of a newer version, or of somebody else."""
    assert decode(text) == GAP


async def test_who_stops_tells_the_last(way: Way) -> None:
    """What was gathered and not told yet is told before the end."""
    async with way.receiving() as heard:
        async with way.sending() as out:
            await until(lambda: out.sent > 0)
            out.add([change(1, "RUNNING", "COMPLETED")])
        await until(lambda: heard.changes == [change(1, "RUNNING", "COMPLETED")])
