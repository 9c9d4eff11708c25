"""A clock that goes when it is told to."""

from __future__ import annotations

from datetime import datetime, timedelta


class SetClock:
    """See `timers.clock.Clock`."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._seconds = 1_000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._seconds += seconds
