"""Time. The one place of the server that reads the system's clocks.

Two kinds: `now()` is the wall, which may jump and is what rows carry; `monotonic()` never goes back and is what spans,
leases and time-outs are measured with. Decisions take the database's time instead; see `DatabaseClock`.
"""

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What can be asked for the time. Thread-safe."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since some moment; goes on while the process is stopped."""


class SystemClock:
    """The clocks of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class DatabaseClock:
    """The database's wall clock, kept from what its answers say, without asking.

    An instant that the database returned was true before it arrived here, so `instant - monotonic` can only be too low
    by the way; the highest seen is the best. It is held for `memory` seconds, so that a clock set back over there is
    followed; at once where a decision shows it (`correct`). Before the first answer it is the given clock. So `now()`
    is late by at most the fastest answer's way, and never early: what is fired by it is due for the decision too.
    """

    def __init__(self, clock: Clock, *, memory: float = 60.0) -> None:
        self._clock = clock
        self._memory = memory
        self._lead: timedelta | None = None
        self._last: timedelta | None = None
        self._seen_at = 0.0

    def observe(self, instant: datetime) -> None:
        """Takes note of a `clock_timestamp()` that has just arrived. Any thread: the last writer wins, both are
        true."""
        here = self._clock.monotonic()
        lead = self._last = instant - _EPOCH - timedelta(seconds=here)
        if self._lead is None or lead >= self._lead or here - self._seen_at > self._memory:
            self._lead, self._seen_at = lead, here

    def correct(self) -> None:
        """What was due by this clock was not due over there: that clock was set back, and its last answer counts.

        Without this a timer would be fired, refused and fired again without a pause until the memory is over.
        """
        self._lead = self._last

    def now(self) -> datetime:
        if self._lead is None:
            return self._clock.now()
        return _EPOCH + self._lead + timedelta(seconds=self._clock.monotonic())

    def monotonic(self) -> float:
        return self._clock.monotonic()


class FakeClock:
    """A clock that stands still until it is told to move; both kinds move together."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, span: timedelta | float) -> datetime:
        """Moves time by a span (a number is seconds), never back; returns the new now."""
        step = span if isinstance(span, timedelta) else timedelta(seconds=span)
        if step < timedelta(0):
            raise ValueError(f"span: {step} is negative; time does not go back")
        with self._lock:
            self._now += step
            self._monotonic += step.total_seconds()
            return self._now


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
