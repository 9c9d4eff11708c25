"""The timers that this engine watches: a heap in memory, and one wake-up at the earliest.

Guarantees: what is armed and within the horizon is fired once, not before its instant by the given clock, and normally
within two milliseconds after it; what is overdue is fired at once. `arm` may be called from any thread.

What was overdue already when it was armed (after an outage there may be very many) waits apart, and gives way: half of
what is fired at a time is what falls due on time, as far as there is that much. And no more is fired than its receiver
has room for; it says `resume` when it has room again.

Does not guarantee: that what it fires is still due. Nothing is ever cancelled here; a timer that was ended or replaced
fires, and the decision drops it by its stamp. Nor that everything fits: past `capacity`, or beyond the horizon,
timers are left to the leader's sweep, which arms them again. An engine that dies takes its heap along; the sweep is
the net.
"""

import asyncio
import heapq
import threading
from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from timers.clock import Clock
from workflows.core.keys import TimerKey

HORIZON = timedelta(seconds=65)
"""How far ahead it is worth arming: the minute that the sweep looks ahead, and some slack between the two."""

CAPACITY = 200_000
"""Timers: about 60 MB."""

LATE = timedelta(seconds=1)
"""Overdue by more than that when it is armed: a few more moments do not matter to it, and it waits apart."""

LATE_MAX = 10_000
"""Timers that wait apart: some seconds of work. The sweep brings more when half of them are gone."""

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
        on_late: the same for those that waited apart. None: `on_due`.
        room: how many timers may be fired now; where there is none, nothing is until `resume`.
        late_room: how many of these may be such as wait apart.
        on_low: called when half of the late ones are gone, if some of them found no room before.
    """

    def __init__(
        self,
        clock: Clock,
        on_due: Callable[[list[Armed]], None],
        *,
        capacity: int = CAPACITY,
        horizon: timedelta = HORIZON,
        on_late: Callable[[list[Armed]], None] | None = None,
        room: Callable[[], int] = lambda: BATCH_MAX,
        late_room: Callable[[], int] = lambda: BATCH_MAX,
        on_low: Callable[[], None] = lambda: None,
    ) -> None:
        self._clock = clock
        self._on_due = on_due
        self._on_late = on_late or on_due
        self._capacity = capacity
        self._horizon = horizon
        self._lock = threading.Lock()
        self._room = room
        self._late_room = late_room
        self._on_low = on_low
        self._heap: list[Armed] = []
        self._late: deque[Armed] = deque()
        self._more_late = False
        self._known: set[Armed] = set()
        self._overflowed = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._handle: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap) + len(self._late)

    @property
    def has_room_for_late(self) -> bool:
        return len(self._late) < LATE_MAX

    def late_before(self) -> datetime:
        """What is due before this instant is late."""
        return self._clock.now() - LATE

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
        latest, late = self._clock.now() + self._horizon, self.late_before()
        with self._lock:
            earliest = self._heap[0] if self._heap else None
            idle = not self._late
            for timer in timers:
                if timer.due_at <= latest and timer not in self._known:
                    self._push(timer, is_late=timer.due_at < late)
            sooner = (bool(self._heap) and self._heap[0] is not earliest) or (idle and bool(self._late))
        loop = self._loop
        if sooner and loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._schedule)

    def fire_due(self) -> int:
        """Fires all that is due now, as far as there is room; returns how many.

        The event loop calls it, and so do tests that move a clock.
        """
        fired = 0
        while any(found := self._pop_due(min(self._room(), BATCH_MAX))):
            for timers, receive in zip(found, (self._on_due, self._on_late), strict=True):
                if timers:
                    receive(timers)
                    fired += len(timers)
        if self._more_late and len(self._late) <= LATE_MAX // 2:
            self._more_late = False
            self._on_low()
        return fired

    def resume(self) -> None:
        """There is room again; on the event loop."""
        self._schedule()

    def _push(self, timer: Armed, *, is_late: bool) -> None:
        if is_late and not self.has_room_for_late:
            self._more_late = True
            return
        if len(self) >= self._capacity:
            self._overflowed += 1
            return
        if is_late:
            self._late.append(timer)
        else:
            heapq.heappush(self._heap, timer)
        self._known.add(timer)

    def _pop_due(self, most: int) -> tuple[list[Armed], list[Armed]]:
        """Those that fell due since they are watched, and those that waited apart."""
        now = self._clock.now()
        batch: list[Armed] = []
        with self._lock:
            late = min(len(self._late), self._late_room())
            on_time = max(most - late, (most + 1) // 2)
            while self._heap and self._heap[0].due_at <= now and len(batch) < on_time:
                batch.append(heapq.heappop(self._heap))
            apart = [self._late.popleft() for _ in range(min(late, most - len(batch)))]
            self._known.difference_update(batch, apart)
        return batch, apart

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
        wait = None if earliest is None else (earliest - self._clock.now()).total_seconds()
        if wait is not None and (wait > 0 or self._room() > 0):
            self._handle = self._loop.call_later(min(max(wait, 0.0), NAP_MAX), self._schedule)
