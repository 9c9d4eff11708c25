"""The timers that this engine watches: a heap in memory, and one wake-up at the earliest.

Guarantees: what is armed and within the horizon is fired once, not before its instant by the given clock, and normally
within two milliseconds after it; what is overdue is fired at once. `arm` may be called from any thread.

Does not guarantee: that what it fires is still due. Nothing is ever cancelled here; a timer that was ended or replaced
fires, and the decision drops it by its stamp. Nor that everything fits: past `capacity`, or beyond the horizon,
timers are left to the leader's sweep, which arms them again. An engine that dies takes its heap along; the sweep is
the net.
"""

import asyncio
import heapq
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from timers.clock import Clock
from workflows.core.keys import TimerKey

HORIZON = timedelta(seconds=65)
"""How far ahead it is worth arming: the minute that the sweep looks ahead, and some slack between the two."""

CAPACITY = 200_000
"""Timers: about 60 MB."""

BATCH_MAX = 500
"""Timers by call of `on_due`."""

NAP_MAX = 1.0
"""Seconds of one wake-up. The wall clock may be set while we wait; the sleep in between cannot know."""


class Armed(NamedTuple):
    """A timer to be fired. The order of the fields is the order of firing."""

    due_at: datetime
    key: TimerKey
    stamp: int


class DueTimers:
    """See the module.

    Args:
        clock: whose `now()` says what is due.
        on_due: called on the event loop with at most `BATCH_MAX` timers, earliest first; must not block or raise.
        capacity: timers kept.
        horizon: what is due later is not kept.
    """

    def __init__(
        self,
        clock: Clock,
        on_due: Callable[[list[Armed]], None],
        *,
        capacity: int = CAPACITY,
        horizon: timedelta = HORIZON,
    ) -> None:
        self._clock = clock
        self._on_due = on_due
        self._capacity = capacity
        self._horizon = horizon
        self._lock = threading.Lock()
        self._heap: list[Armed] = []
        self._known: set[Armed] = set()
        self._overflowed = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def overflowed(self) -> int:
        """Timers refused for want of room since the start."""
        return self._overflowed

    def start(self) -> None:
        """Begins to fire, on the running event loop. What was armed before counts."""
        self._loop = asyncio.get_running_loop()
        self._schedule()

    def close(self) -> None:
        """Ends firing; on the event loop."""
        self._loop = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def arm(self, timers: Iterable[Armed]) -> None:
        """Watches timers; those that are watched already, and those beyond the horizon, are ignored."""
        latest = self._clock.now() + self._horizon
        with self._lock:
            earliest = self._heap[0] if self._heap else None
            for timer in timers:
                if timer.due_at <= latest and timer not in self._known:
                    self._push(timer)
            sooner = bool(self._heap) and self._heap[0] is not earliest
        loop = self._loop
        if sooner and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._schedule)

    def fire_due(self) -> int:
        """Fires all that is due now; returns how many. The event loop calls it, and so do tests that move a clock."""
        fired = 0
        while batch := self._pop_due():
            self._on_due(batch)
            fired += len(batch)
        return fired

    def _push(self, timer: Armed) -> None:
        if len(self._heap) >= self._capacity:
            self._overflowed += 1
            return
        heapq.heappush(self._heap, timer)
        self._known.add(timer)

    def _pop_due(self) -> list[Armed]:
        now = self._clock.now()
        batch: list[Armed] = []
        with self._lock:
            while self._heap and self._heap[0].due_at <= now and len(batch) < BATCH_MAX:
                batch.append(heapq.heappop(self._heap))
            self._known.difference_update(batch)
        return batch

    def _schedule(self) -> None:
        """Fires what is due and sets the one wake-up to the earliest of the rest."""
        if self._loop is None:
            return
        self.fire_due()
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        with self._lock:
            earliest = self._heap[0].due_at if self._heap else None
        if earliest is not None:
            wait = (earliest - self._clock.now()).total_seconds()
            self._handle = self._loop.call_later(min(max(wait, 0.0), NAP_MAX), self._schedule)
