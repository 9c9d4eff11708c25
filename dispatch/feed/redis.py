"""The feed over Redis: publish and subscribe, on two channels of ours, which keep nothing.

Each half has a connection that is subscribed, and is made again with back-off; a receiver hears its own renewals, so it
notices one that is dead. Servers publish to every subscriber of any database number, so the name carries the number.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError
from redis.retry import Retry as SyncRetry

from dispatch.feed.base import RENEW_SECONDS, SILENT_SECONDS, FeedUnavailable
from dispatch.feed.values import GAP, News, decode, encode
from dispatch.outage import Backoff, Outage

SOCKET_TIMEOUT = 2.0
SIZE_MAX = 1024 * 1024
_LOGGER = logging.getLogger(__name__)
_FAILURES = (RedisError, OSError, TimeoutError)


def _names(client: Any, prefix: str) -> tuple[str, str]:
    """Of the channels: changes, and that somebody listens."""
    number = client.connection_pool.connection_kwargs.get("db") or 0
    return f"{prefix}:live:{number}:changes", f"{prefix}:live:{number}:listening"


def _client(url: str) -> redis.asyncio.Redis:
    return redis.asyncio.Redis.from_url(
        url,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=None,
        socket_connect_timeout=SOCKET_TIMEOUT,
    )


class _Subscribed:
    """One connection that is subscribed, as long as it runs.

    Args:
        patience: seconds without a message after which it is made again; None: none need come.
    """

    def __init__(self, client: redis.asyncio.Redis, channels: Sequence[str], patience: float | None) -> None:
        self._client = client
        self._channels = channels
        self._patience = patience
        self.is_up = False

    async def run(
        self, joined: Callable[[], Awaitable[None]], take: Callable[[str, bytes], None], outage: Outage
    ) -> None:
        """Until it is cancelled."""
        backoff = Backoff(monotonic)
        while True:
            try:
                await self._follow(joined, take, outage, backoff)
            except _FAILURES as error:
                outage.failed(error)
                backoff.failed()
            finally:
                self.is_up = False
            await asyncio.sleep(backoff.remaining)

    async def _follow(
        self,
        joined: Callable[[], Awaitable[None]],
        take: Callable[[str, bytes], None],
        outage: Outage,
        backoff: Backoff,
    ) -> None:
        async with self._client.pubsub() as pubsub:
            async with asyncio.timeout(SOCKET_TIMEOUT):
                await pubsub.subscribe(*self._channels)
                for _ in self._channels:
                    await pubsub.get_message(timeout=None)
            outage.succeeded()
            backoff.succeeded()
            self.is_up = True
            await joined()
            while True:
                async with asyncio.timeout(self._patience):
                    message: Any = await pubsub.get_message(timeout=None)
                if message is not None and message["type"] == "message":
                    take(message["channel"].decode(), message["data"])


class RedisSending:
    """See `Sending`."""

    size_max = SIZE_MAX
    parts_max = 1

    def __init__(self, url: str, *, prefix: str = "sched") -> None:
        self._client = _client(url)
        self._changes, self._listening = _names(self._client, prefix)
        self._outage = Outage("Redis (live updates)", logger=_LOGGER, monotonic=monotonic)
        self._following: asyncio.Task[None] | None = None

    def start(self, heard: Callable[[], None]) -> None:
        subscribed = _Subscribed(self._client, (self._listening,), None)
        running = subscribed.run(_nothing, lambda _channel, _data: heard(), self._outage)
        self._following = asyncio.create_task(running, name="leases of live updates")

    async def send(self, texts: Sequence[str]) -> None:
        try:
            async with asyncio.timeout(SOCKET_TIMEOUT):
                for text in texts:
                    await self._client.publish(self._changes, text)
        except _FAILURES as error:
            raise FeedUnavailable(str(error)) from error

    async def rest(self) -> None:
        pass

    async def stop(self) -> None:
        await _ended(self._following)
        await self._client.aclose()


class RedisReceiving:
    """See `Receiving`."""

    def __init__(self, url: str, *, prefix: str = "sched") -> None:
        self._client = _client(url)
        self._changes, self._listening = _names(self._client, prefix)
        self._outage = Outage("Redis (live updates)", logger=_LOGGER, monotonic=monotonic)
        self._subscribed = _Subscribed(self._client, (self._changes, self._listening), SILENT_SECONDS)
        self._take: Callable[[News], None] = lambda _: None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def is_up(self) -> bool:
        return self._subscribed.is_up

    def start(self, take: Callable[[News], None]) -> None:
        self._take = take
        following = self._subscribed.run(self._joined, self._arrived, self._outage)
        self._tasks = [
            asyncio.create_task(following, name="live updates"),
            asyncio.create_task(self._renew(), name="lease of live updates"),
        ]

    async def stop(self) -> None:
        for task in self._tasks:
            await _ended(task)
        await self._client.aclose()

    async def _joined(self) -> None:
        self._take(GAP)
        await self._say()

    def _arrived(self, channel: str, data: bytes) -> None:
        if channel == self._changes:
            self._take(decode(data))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            if self.is_up:
                try:
                    await self._say()
                except _FAILURES as error:
                    _LOGGER.debug("the lease could not be renewed: %s", error)

    async def _say(self) -> None:
        async with asyncio.timeout(SOCKET_TIMEOUT):
            await self._client.publish(self._listening, "")


class RedisTelling:
    """See `Telling`. Thread-safe, as redis-py's pool is. It does not ask whether somebody listens: the question would
    cost as much as the message."""

    def __init__(self, url: str, *, prefix: str = "sched") -> None:
        self._client = redis.Redis.from_url(
            url,
            protocol=2,
            retry=SyncRetry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
        )
        self._changes, _ = _names(self._client, prefix)
        self._outage = Outage("Redis (telling of starts)", logger=_LOGGER, monotonic=monotonic)

    def tell(self, news: News) -> None:
        if self._outage.blocked:
            return
        try:
            for text in encode(news, most=SIZE_MAX):
                self._client.publish(self._changes, text)
        except _FAILURES as error:
            self._outage.failed(error)
        else:
            self._outage.succeeded()

    def close(self) -> None:
        self._client.close()


async def _nothing() -> None:
    pass


async def _ended(task: asyncio.Task[None] | None) -> None:
    if task is not None:
        task.cancel()
        await asyncio.wait([task])
