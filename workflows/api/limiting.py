"""Who asks too often, and who tries credentials: held up for the rest of a minute, before the database is asked.

Kept in this process: of several web processes each counts its own.
"""

from typing import Final

from django.conf import settings

from timers.clock import SystemClock
from workflows.access import rates
from workflows.access.rates import Rate, TooMany

FAILURES: Final = Rate(SystemClock())
"""Of API keys and of the admin's login form, by address."""
CALLS: Final = Rate(SystemClock())
"""By the caller's name."""


def check_failures(address: str) -> None:
    """Raises `TooMany` if credentials from there were refused too often."""
    rates.check_failures(FAILURES, address)


def count_call(name: str) -> None:
    """Raises `TooMany` if this caller has had all calls of the minute."""
    most: int = settings.SCHED.rate_limit
    wait = CALLS.take(name, most) if most else 0.0
    if wait:
        raise TooMany(f"at most {most} calls a minute are answered to one caller", wait)
