"""Who asks too often, and who tries credentials: held up for the rest of a minute, before the database is asked.

Kept in this process: of several web processes each counts its own.
"""

import math
from typing import Final

from django.conf import settings

from timers.clock import SystemClock
from workflows.access.rates import Rate

FAILURES_MAX: Final = 10
"""Refused credentials a minute, of one address: a person who mistypes stays below, who tries them out does not."""
FAILURES: Final = Rate(SystemClock())
"""Of API keys and of the admin's login form, by address."""
CALLS: Final = Rate(SystemClock())
"""By the caller's name."""


class TooMany(Exception):
    """Come again after `seconds`, a whole number."""

    def __init__(self, what: str, seconds: float) -> None:
        self.seconds = max(1, math.ceil(seconds))
        super().__init__(f"{what}; come again in {self.seconds} s")


def check_failures(address: str) -> None:
    """Raises `TooMany` if credentials from there were refused too often."""
    wait = FAILURES.wait_seconds(address, FAILURES_MAX)
    if wait:
        raise TooMany("too many credentials from this address were refused", wait)


def count_call(name: str) -> None:
    """Raises `TooMany` if this caller has had all calls of the minute."""
    most: int = settings.SCHED.rate_limit
    wait = CALLS.take(name, most) if most else 0.0
    if wait:
        raise TooMany(f"at most {most} calls a minute are answered to one caller", wait)
