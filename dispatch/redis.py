"""The dispatcher of many engines: Redis Streams, one for each queue, read by one consumer group.

```
 XADD ──► stream ──XREADGROUP──► pending list ──XACK + XDEL──► gone
                                     │    ▲
                                     └────┘ XAUTOCLAIM: idle for 10 s
```

* XDEL at the ack keeps XLEN the backlog, which is what `depth` and so the sweep go by. Acks are gathered for a moment
  (`dispatch/acks`), or go with the next `take` that does not wait: a queue that is behind is read and acked by one
  command.
* One connection carries everything that does not wait, a command at a time, and each has so long for its turn and its
  answer together. A pool looks at a connection before it lends it, and a client with a socket time-out sets two timers
  for each command: without them one costs half as much.
* An engine that dies, or is frozen, between reading and acking leaves entries pending, and Redis even hands new ones to
  one that was frozen while it read. XLEN counts them; `depth` does not, once they were idle for `STALE_IDLE`, so that
  the sweep sends their tasks again. The entries themselves are cleared away by `take`, which claims what was idle for
  `RECLAIM_IDLE`, looking at most every `RECLAIM_EVERY`. One that is only slow is taken twice, and dropped at the second
  claim.
* A stream or group that is gone (FLUSHALL, an empty restart) is made anew by whoever misses it, reading from 0, so that
  entries which were added before the group are read too.
* An outage: `take` waits, with back-off, until its time-out, and `offer` and `ack` drop and return; one line is logged
  when it begins and one when it ends. Between tries `offer` does not touch the network, so no commit waits for it.
  It begins with any failure, and ends with a write: a server that is full, or a read-only replica, answers reads.
* A watch writes a key every two seconds, so that the beginning and the end of an outage are noticed without traffic.

Redis ≥ 6.2 and Valkey: no command here is younger, and RESP2 is spoken to all.
"""

# ruff: noqa: ASYNC109 - `take` ends in time with an empty answer, not with an exception

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from itertools import batched
from time import monotonic
from typing import Any, cast

import redis.asyncio
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry as SyncRetry

from dispatch.acks import GatheredAcks
from dispatch.base import DispatcherUnavailable, Offer
from dispatch.entries import ADD, CONSUMER, FIELD, FORGET, GROUP, TAKE, by_stream, decode, stream_of
from dispatch.outage import Backoff, Outage
from dispatch.probe import WATCH_KEY, WATCH_KEY_MS
from workflows.core.keys import QueueKey, TaskRef
from workflows.points import Point, reach

__all__ = ["CONSUMER", "FIELD", "GROUP", "RedisAnnouncer", "RedisDispatcher"]

CHUNK = 500
"""Hints by script: about 20 kB, and half a millisecond in which Redis does nothing else."""

SOCKET_TIMEOUT = 2.0
"""Seconds that a command may take where nothing blocks on purpose, the wait for its turn among them."""

BLOCK_MAX = 5.0
"""Seconds by XREADGROUP, so that a long `take` looks for abandoned entries and notices a dead connection."""

ANSWER_GRACE = 2.0
"""Seconds beyond BLOCK after which a silent server counts as gone. The blocking client has no socket time-out of its
own: redis-py's default of 5 s would cut every long BLOCK."""

RECLAIM_IDLE = 10.0
"""Seconds between reading and acking that nobody alive needs: it is one claim."""

RECLAIM_EVERY = 5.0

STALE_IDLE = 2.0
"""Seconds after which the sweep need not count on whoever has read a hint: the age at which it looks at the task."""

STALE_MAX = 1_000
"""Stale entries that one look counts; the sweep looks each second."""

WATCH_EVERY = 2.0
"""Seconds between looks at a server that is well."""

LAST_ACKS_SECONDS = 0.5
"""At the end; what is not acknowledged by then is found by others."""

_LOGGER = logging.getLogger(__name__)
_FAILURES = (RedisError, OSError, TimeoutError)


class RedisDispatcher:
    """See the module. All calls from one event loop.

    Args:
        url: `redis://host:port/db`; `rediss://` and `unix://` too.
        prefix: begins every key.
        reclaim_idle: seconds after which a taken entry counts as abandoned.
    """

    def __init__(self, url: str, *, prefix: str = "sched", reclaim_idle: float = RECLAIM_IDLE) -> None:
        # The connection may be stale: one new try, now.
        once = Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,))
        never = Retry(NoBackoff(), 0)
        self._client = redis.asyncio.Redis.from_url(
            url,
            protocol=2,
            retry=once,
            socket_timeout=None,
            socket_connect_timeout=SOCKET_TIMEOUT,
            single_connection_client=True,
        )
        self._blocking = redis.asyncio.Redis.from_url(
            url, protocol=2, retry=never, socket_timeout=None, socket_connect_timeout=SOCKET_TIMEOUT
        )
        self._add_script = self._client.register_script(ADD)
        self._forget_script = self._client.register_script(FORGET)
        self._take_script = self._client.register_script(TAKE)
        self._prefix = prefix
        self._reclaim_idle = reclaim_idle
        self._reclaim_at: dict[QueueKey, float] = {}
        self._outage = Outage("Redis (dispatch)", logger=_LOGGER, monotonic=monotonic)
        self._taking = Backoff(monotonic)
        self._watching: asyncio.Task[None] | None = None
        self._reading: set[asyncio.Timeout] = set()
        self._closing = asyncio.Event()
        self._dropped = 0
        self._acks = GatheredAcks(self._forget_quietly, chunk=CHUNK)

    @property
    def dropped(self) -> int:
        return self._dropped

    @property
    def is_reachable(self) -> bool:
        return not self._outage.is_down

    def watch(self) -> None:
        """Looks from now on, until `close`, whether Redis takes writes."""
        self._watching = asyncio.create_task(self._watch(), name="watch of Redis")

    async def offer(self, refs: Sequence[TaskRef]) -> None:
        for chunk in batched(refs, CHUNK):
            if self._outage.blocked or not await self._tried(self._add(chunk)):
                self._dropped += len(chunk)
            else:
                self._outage.succeeded()

    async def take(self, queue: QueueKey, *, limit: int, timeout: float) -> list[Offer]:
        deadline = monotonic() + timeout
        while not self._closing.is_set():
            left = max(0.0, deadline - monotonic())
            offers = await self._attempt(queue, limit, left)
            if offers or monotonic() >= deadline:
                return offers
        return []

    async def ack(self, queue: QueueKey, offers: Sequence[Offer]) -> None:
        """In a moment. On an outage the entries stay pending, are taken again, and dropped at their claim."""
        self._acks.add(queue, [offer.receipt for offer in offers])

    async def depth(self, queue: QueueKey) -> int:
        await self._acks.send()
        stream = stream_of(queue, prefix=self._prefix)
        try:
            depth = int(await self._soon(self._client.xlen(stream))) - await self._stale(stream)
        except _FAILURES as error:
            self._outage.failed(error)
            raise DispatcherUnavailable(str(error)) from error
        return depth

    async def _stale(self, stream: str) -> int:
        """Entries in the hands of an engine that does nothing with them."""
        idle_ms = int(min(STALE_IDLE, self._reclaim_idle) * 1000)
        try:
            pending = self._client.xpending_range(stream, GROUP, "-", "+", STALE_MAX, idle=idle_ms)
            found = await self._soon(pending)
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
            return 0
        return len(found)

    async def close(self) -> None:
        self._closing.set()
        for patience in self._reading:
            patience.reschedule(0)
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait([self._watching])
        await self._acks.close(LAST_ACKS_SECONDS)
        await self._client.aclose()
        await self._blocking.aclose()

    async def _soon(self, answer: Awaitable[Any]) -> Any:
        """The answer of a command that does not wait."""
        async with asyncio.timeout(SOCKET_TIMEOUT):
            return await answer

    async def _tried(self, call: Awaitable[None]) -> bool:
        """Whether the call reached Redis; never raises for an outage."""
        try:
            await call
        except _FAILURES as error:
            self._outage.failed(error)
            return False
        return True

    async def _watch(self) -> None:
        backoff = Backoff(monotonic)
        while not self._closing.is_set():
            if await self._tried(self._write()):
                self._outage.succeeded()
                backoff.succeeded()
            else:
                backoff.failed()
            await self._pause(backoff.remaining if backoff.is_failing else WATCH_EVERY)

    async def _write(self) -> None:
        await self._soon(self._client.set(f"{self._prefix}:{WATCH_KEY}", 1, px=WATCH_KEY_MS))

    async def _add(self, refs: Sequence[TaskRef]) -> None:
        for stream, entries in by_stream(refs, prefix=self._prefix).items():
            reach(Point.OFFERING)
            await self._soon(self._add_script(keys=[stream], args=entries))
            reach(Point.OFFERED)

    async def _forget_quietly(self, queue: QueueKey, receipts: Sequence[str]) -> None:
        await self._tried(self._forget(queue, receipts))

    async def _forget(self, queue: QueueKey, receipts: Sequence[str]) -> None:
        stream = stream_of(queue, prefix=self._prefix)
        await self._soon(self._forget_script(keys=[stream], args=receipts))

    async def _attempt(self, queue: QueueKey, limit: int, left: float) -> list[Offer]:
        """One reading; an empty list when nothing came, or after a failure and its back-off."""
        if self._taking.blocked:
            await self._pause(min(left, self._taking.remaining))
            return []
        try:
            offers = await self._next(queue, limit, left)
        except _FAILURES as error:
            if not self._closing.is_set():
                self._taking.failed()
                self._outage.failed(error)
            return []
        self._taking.succeeded()
        return offers

    async def _next(self, queue: QueueKey, limit: int, left: float) -> list[Offer]:
        """What others have abandoned, else what is new. A missing stream or group is made on the way."""
        try:
            offers = await self._reclaim(queue, limit)
            if not offers and left > 0:
                return await self._read(queue, limit, min(left, BLOCK_MAX))
            return offers or await self._look(queue, limit)
        except ResponseError as error:
            if not str(error).startswith(("NOGROUP", "UNBLOCKED")):
                raise
        await self._create_group(queue)
        return await self._look(queue, limit)

    async def _create_group(self, queue: QueueKey) -> None:
        stream = stream_of(queue, prefix=self._prefix)
        try:
            await self._soon(self._client.xgroup_create(stream, GROUP, id="0", mkstream=True))
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another engine was first
                raise

    async def _read(self, queue: QueueKey, limit: int, block: float) -> list[Offer]:
        """Waits for what comes."""
        stream = stream_of(queue, prefix=self._prefix)
        block_ms = math.ceil(block * 1000)  # BLOCK 0 would wait for ever
        async with self._patience(block + ANSWER_GRACE):
            reply: Any = await self._blocking.xreadgroup(
                GROUP, CONSUMER, {stream: ">"}, count=limit, block=block_ms
            )
        return await self._offers(queue, reply[0][1]) if reply else []

    async def _look(self, queue: QueueKey, limit: int) -> list[Offer]:
        """What is there now. Acks of the queue go with it; if it fails they are where they were."""
        stream = stream_of(queue, prefix=self._prefix)
        acked = self._acks.pop(queue)
        try:
            async with self._patience(SOCKET_TIMEOUT):
                reply: Any = await self._take_script(keys=[stream], args=[limit, *acked])
        except BaseException:
            self._acks.add(queue, acked)
            raise
        entries = reply[0][1] if reply else ()
        return await self._offers(queue, ((entry, dict(batched(fields, 2))) for entry, fields in entries))

    @asynccontextmanager
    async def _patience(self, seconds: float) -> AsyncIterator[None]:
        """So many seconds, or until `close`: it ends connections, but not one that is only being made."""
        async with asyncio.timeout(0 if self._closing.is_set() else seconds) as patience:
            self._reading.add(patience)
            try:
                yield
            finally:
                self._reading.discard(patience)

    async def _reclaim(self, queue: QueueKey, limit: int) -> list[Offer]:
        """Entries that their taker has abandoned. A full answer says there may be more: the next call looks again."""
        if monotonic() < self._reclaim_at.get(queue, 0.0):
            return []
        stream = stream_of(queue, prefix=self._prefix)
        idle_ms = int(self._reclaim_idle * 1000)
        claiming = self._client.xautoclaim(stream, GROUP, CONSUMER, idle_ms, "0-0", count=limit)
        reply = await self._soon(claiming)
        offers = await self._offers(queue, reply[1])
        if len(offers) < limit:
            self._reclaim_at[queue] = monotonic() + min(RECLAIM_EVERY, self._reclaim_idle)
        return offers

    async def _offers(self, queue: QueueKey, entries: Iterable[Any]) -> list[Offer]:
        """Hints of entries; what is no hint of ours is thrown away, lest it count as backlog for ever."""
        offers: list[Offer] = []
        rubbish: list[str] = []
        for entry_id, fields in entries:
            ref = decode(queue, fields or {})
            if ref is not None:
                offers.append(Offer(ref=ref, receipt=cast("bytes", entry_id).decode()))
            elif entry_id is not None:
                rubbish.append(entry_id.decode())
        if rubbish:
            await self._forget(queue, rubbish)
        return offers

    async def _pause(self, seconds: float) -> None:
        """Waits, but not longer than the dispatcher lives."""
        try:
            await asyncio.wait_for(self._closing.wait(), timeout=seconds)
        except TimeoutError:
            return


class RedisAnnouncer:
    """The offering half for threads without an event loop. Thread-safe: redis-py's pool is, and the outage's state is
    a hint itself."""

    def __init__(self, url: str, *, prefix: str = "sched") -> None:
        self._client = redis.Redis.from_url(
            url,
            protocol=2,
            retry=SyncRetry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),
            socket_timeout=SOCKET_TIMEOUT,
            socket_connect_timeout=SOCKET_TIMEOUT,
        )
        self._add_script = self._client.register_script(ADD)
        self._prefix = prefix
        self._outage = Outage("Redis (announcing tasks)", logger=_LOGGER, monotonic=monotonic)
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Hints dropped since this object was made."""
        return self._dropped

    def offer(self, refs: Sequence[TaskRef]) -> None:
        for chunk in batched(refs, CHUNK):
            if self._outage.blocked or not self._added(chunk):
                self._dropped += len(chunk)

    def close(self) -> None:
        self._client.close()

    def _added(self, refs: Sequence[TaskRef]) -> bool:
        try:
            for stream, entries in by_stream(refs, prefix=self._prefix).items():
                self._add_script(keys=[stream], args=entries)
        except _FAILURES as error:
            self._outage.failed(error)
            return False
        self._outage.succeeded()
        return True
