"""The dispatcher of one process: a FIFO of keys for each queue.

Guarantees: a key waits once however often it is offered; takers are served in the order they came, and keys that come
while several wait are shared among them; `offer` may be called from any thread, `take` from any event loop.

Does not guarantee: room. Past `ids_max` keys a queue drops what comes and remembers only that the database holds more;
when half of the queue is taken, `on_low` asks for a sweep, which refills it. Past `IDS_ALL_MAX` keys in all queues
together every queue does. One that is empty, and that nobody waits for, is forgotten.
"""

# ruff: noqa: ASYNC109 - `take` ends in time with an empty answer, not with an exception

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from dispatch.base import Offer
from workflows.core.keys import QueueKey, TaskKey, TaskRef

IDS_MAX = 50_000
"""Keys kept by queue: about 15 MB. A sweep refills faster than workers drain."""
IDS_ALL_MAX = 500_000
"""Keys kept in all: about 150 MB. Callers name the queues, so a bound for each is none for all."""


@dataclass(slots=True, eq=False)
class _Waiter:
    """A call of `take` that found nothing. `keys` is written under the lock; the future only wakes."""

    loop: asyncio.AbstractEventLoop
    woken: asyncio.Future[None]
    limit: int
    keys: list[TaskKey] = field(default_factory=list)

    def wake(self) -> bool:
        """From any thread. False if the waiter's loop is closed, so that nobody will ever read `keys`."""
        try:
            self.loop.call_soon_threadsafe(self.be_woken)
        except RuntimeError:
            return False
        return True

    def be_woken(self) -> None:
        """On its loop."""
        if not self.woken.done():
            self.woken.set_result(None)


@dataclass(slots=True)
class _Lane:
    """One queue. `keys` is an ordered set: dicts keep insertion order, and duplicates are found at no cost."""

    keys: dict[TaskKey, None] = field(default_factory=dict)
    waiters: deque[_Waiter] = field(default_factory=deque)
    more_in_database: bool = False

    def pop(self, limit: int) -> list[TaskKey]:
        taken = [key for key, _ in zip(self.keys, range(limit), strict=False)]
        for key in taken:
            del self.keys[key]
        return taken

    def put_back(self, keys: list[TaskKey]) -> None:
        """To the front: they have waited longest."""
        self.keys = dict.fromkeys(keys) | self.keys

    def serve(self) -> None:
        """Shares the keys among the waiters, first come first served."""
        while self.keys and self.waiters:
            share = -(-len(self.keys) // len(self.waiters))
            waiter = self.waiters.popleft()
            waiter.keys = self.pop(min(waiter.limit, share))
            if not waiter.wake():
                self.put_back(waiter.keys)


class MemoryDispatcher:
    """See the module. One per process; the lock is held for microseconds and never across an await."""

    def __init__(self, *, ids_max: int = IDS_MAX, on_low: Callable[[], None] | None = None) -> None:
        self._ids_max = ids_max
        self._on_low = on_low
        self._lanes: dict[QueueKey, _Lane] = {}
        self._size = 0
        self._lock = threading.Lock()
        self._dropped = 0
        self._closed = False

    @property
    def dropped(self) -> int:
        return self._dropped

    def announcer(self) -> "MemoryAnnouncer":
        """The same queues for threads without an event loop."""
        return MemoryAnnouncer(self)

    async def offer(self, refs: Sequence[TaskRef]) -> None:
        self.put(refs)

    def put(self, refs: Sequence[TaskRef]) -> None:
        """`offer` for any thread."""
        with self._lock:
            touched = {ref.queue for ref in refs}
            for ref in refs:
                self._put_one(ref)
            for queue in touched:
                lane = self._lane(queue)
                before = len(lane.keys)
                lane.serve()
                self._size += len(lane.keys) - before

    async def take(self, queue: QueueKey, *, limit: int, timeout: float) -> list[Offer]:
        loop = asyncio.get_running_loop()
        with self._lock:
            lane = self._lane(queue)
            if lane.keys or timeout <= 0 or self._closed:
                keys = lane.pop(limit)
                self._size -= len(keys)
                return self._offers(queue, lane, keys)
            waiter = _Waiter(loop=loop, woken=loop.create_future(), limit=limit)
            lane.waiters.append(waiter)
        late = loop.call_later(timeout, waiter.be_woken)
        try:
            await waiter.woken
        except asyncio.CancelledError:
            self._abandon(queue, lane, waiter)
            raise
        finally:
            late.cancel()
        return self._settle(queue, lane, waiter)

    async def ack(self, queue: QueueKey, offers: Sequence[Offer]) -> None:
        """Nothing to do: a taken key is gone already. If its taker dies the process dies, and if it fails the sweep
        finds the row."""

    async def depth(self, queue: QueueKey) -> int:
        with self._lock:
            lane = self._lanes.get(queue)
            return 0 if lane is None else len(lane.keys)

    async def close(self) -> None:
        with self._lock:
            self._closed = True
            for lane in self._lanes.values():
                for waiter in lane.waiters:
                    waiter.wake()

    def _lane(self, queue: QueueKey) -> _Lane:
        return self._lanes.setdefault(queue, _Lane())

    def _put_one(self, ref: TaskRef) -> None:
        lane = self._lane(ref.queue)
        if ref.key in lane.keys:
            return
        if len(lane.keys) < self._ids_max and self._size < IDS_ALL_MAX:
            lane.keys[ref.key] = None
            self._size += 1
            return
        lane.more_in_database = True
        self._dropped += 1

    def _settle(self, queue: QueueKey, lane: _Lane, waiter: _Waiter) -> list[Offer]:
        with self._lock:
            with contextlib.suppress(ValueError):
                lane.waiters.remove(waiter)
            return self._offers(queue, lane, waiter.keys)

    def _abandon(self, queue: QueueKey, lane: _Lane, waiter: _Waiter) -> None:
        """A cancelled taker: what it was given in that very moment goes to the next."""
        with self._lock:
            with contextlib.suppress(ValueError):
                lane.waiters.remove(waiter)
            lane = self._lane(queue)  # it may have been forgotten meanwhile
            before = len(lane.keys)
            lane.put_back(waiter.keys)
            lane.serve()
            self._size += len(lane.keys) - before

    def _offers(self, queue: QueueKey, lane: _Lane, keys: list[TaskKey]) -> list[Offer]:
        if lane.more_in_database and len(lane.keys) <= self._ids_max // 2:
            lane.more_in_database = False
            if self._on_low is not None:
                self._on_low()
        if not lane.keys and not lane.waiters and self._lanes.get(queue) is lane:
            del self._lanes[queue]
        return [Offer(ref=TaskRef(key, queue), receipt="") for key in keys]


class MemoryAnnouncer:
    """`Announcer` over a dispatcher of the same process."""

    def __init__(self, dispatcher: MemoryDispatcher) -> None:
        self._dispatcher = dispatcher

    def offer(self, refs: Sequence[TaskRef]) -> None:
        self._dispatcher.put(refs)
