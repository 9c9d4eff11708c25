"""How often something happened, by name, in minutes that begin with the first time; and who is held up for it.

Kept in this process: of several, each counts its own. Bounded: the names that were seen least lately are forgotten.
"""

import math
import threading
from collections import OrderedDict
from typing import Final

from timers.clock import Clock

MINUTE_SECONDS: Final = 60.0
NAMES_MAX: Final = 10_000
FAILURES_MAX: Final = 10
"""Refused credentials a minute, of one address: a person who mistypes stays below, who tries them out does not."""


class TooMany(Exception):
    """Come again after `seconds`, a whole number."""

    def __init__(self, what: str, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"{what}; come again in {self.seconds} s")


class Rate:
    """Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()
        """By name: when its minute began, and how often it was since."""

    def wait_seconds(self, name: str, most: int) -> float:
        """Until it may happen again; 0 while it was less than `most` times in its minute."""
        with self._lock:
            return self._wait(name, most, self._clock.monotonic())

    def note(self, name: str) -> None:
        """It happened."""
        with self._lock:
            self._note(name, self._clock.monotonic())

    def take(self, name: str, most: int) -> float:
        """Note it if it may happen; else the seconds until it may."""
        with self._lock:
            now = self._clock.monotonic()
            wait = self._wait(name, most, now)
            if not wait:
                self._note(name, now)
            return wait

    def forget(self) -> None:
        """As if nothing had happened."""
        with self._lock:
            self._seen.clear()

    def _wait(self, name: str, most: int, now: float) -> float:
        began, times = self._seen.get(name, (now, 0))
        return max(0.0, began + MINUTE_SECONDS - now) if times >= most else 0.0

    def _note(self, name: str, now: float) -> None:
        began, times = self._seen.get(name, (now, 0))
        if now - began >= MINUTE_SECONDS:
            began, times = now, 0
        self._seen[name] = (began, times + 1)
        self._seen.move_to_end(name)
        if len(self._seen) > NAMES_MAX:
            self._seen.popitem(last=False)


def check_failures(refused: Rate, address: str) -> None:
    """Raises `TooMany` if credentials from this address were refused too often."""
    wait = refused.wait_seconds(address, FAILURES_MAX)
    if wait:
        raise TooMany("too many credentials from this address were refused", wait)
