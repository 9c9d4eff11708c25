"""The feed over PostgreSQL alone: NOTIFY, on connections that are nobody's writer's.

The engine hears leases on the connection by which it hears all hints, and opens one of its own while somebody listens.
A notification holds less than 8,000 bytes, and each transaction that notifies takes a lock of the whole server at its
commit: so there are few of them, and what does not fit into few is told as a gap.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from typing import Final

import psycopg

from dispatch.feed.base import RENEW_SECONDS, SILENT_SECONDS, FeedUnavailable
from dispatch.feed.values import GAP, News, decode

CHANGES_CHANNEL: Final = "sched_live"
LISTENING_CHANNEL: Final = "sched_live_listening"
SIZE_MAX: Final = 7_900
PARTS_MAX: Final = 20
RETRY_MAX: Final = 2.0
"""Seconds between attempts to connect."""
_LOGGER = logging.getLogger(__name__)
_FAILURES = (psycopg.Error, OSError, TimeoutError)
_NOTIFY: Final = "SELECT pg_notify(%s, text) FROM unnest(%s::text[]) AS text"


class NotifySending:
    """See `Sending`. Whoever listens for the engine's hints calls `listened`."""

    size_max = SIZE_MAX
    parts_max = PARTS_MAX

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._connection: psycopg.AsyncConnection | None = None
        self._heard: Callable[[], None] = lambda: None

    def start(self, heard: Callable[[], None]) -> None:
        self._heard = heard

    def listened(self) -> None:
        """A lease has come; on the loop."""
        self._heard()

    async def send(self, texts: Sequence[str]) -> None:
        try:
            async with asyncio.timeout(SILENT_SECONDS):
                if self._connection is None:
                    self._connection = await _connect(self._dsn, "sched live")
                await self._connection.execute(_NOTIFY, [CHANGES_CHANNEL, list(texts)])
        except _FAILURES as error:
            await self.rest()
            raise FeedUnavailable(str(error)) from error

    async def rest(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def stop(self) -> None:
        await self.rest()


class NotifyReceiving:
    """See `Receiving`. One connection, which also says that somebody listens: its silence is noticed by that."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._take: Callable[[News], None] = lambda _: None
        self._task: asyncio.Task[None] | None = None
        self._is_up = False

    @property
    def is_up(self) -> bool:
        return self._is_up

    def start(self, take: Callable[[News], None]) -> None:
        self._take = take
        self._task = asyncio.create_task(self._run(), name="live updates")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        delay = 0.1
        while True:
            try:
                await self._follow()
            except _FAILURES as error:
                _LOGGER.debug("live updates are interrupted: %s", error)
            delay = 0.1 if self._is_up else min(2 * delay, RETRY_MAX)
            self._is_up = False
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter, no secret

    async def _follow(self) -> None:
        async with asyncio.timeout(SILENT_SECONDS):
            connection = await _connect(self._dsn, "sched live listener")
        async with connection:
            async with asyncio.timeout(SILENT_SECONDS):
                await connection.execute(f'LISTEN "{CHANGES_CHANNEL}"')
            self._is_up = True
            self._take(GAP)
            while True:
                async with asyncio.timeout(SILENT_SECONDS):
                    await connection.execute(_NOTIFY, [LISTENING_CHANNEL, [""]])
                async for each in connection.notifies(timeout=RENEW_SECONDS):
                    self._take(decode(each.payload))


async def _connect(dsn: str, name: str) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(dsn, autocommit=True, application_name=name)
