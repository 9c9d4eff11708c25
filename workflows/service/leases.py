"""Attempts that may reach their start-to-close limit soon are watched here, to the millisecond.

A lease ends at that limit at the latest, so the sweep of lapsed leases would find it too, up to a second late. Nothing
is cancelled: a task that was completed meanwhile is refused by the decision.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta

from workflows.core.inputs import LeaseExpired
from workflows.store.claimer import Handout

WATCHED_MAX = timedelta(seconds=60)
"""Longer limits are left to the sweep: a second more or less no longer matters."""
ATTEMPTS_MAX = 20_000
"""Watched at a time, those that have ended meanwhile among them: about 10 MB. More are left to the sweep."""


class Leases:
    """Lives on one event loop.

    Args:
        on_limit: receives each attempt whose limit is reached.
    """

    def __init__(self, on_limit: Callable[[LeaseExpired], None]) -> None:
        self._on_limit = on_limit
        self._watched = 0

    def __len__(self) -> int:
        return self._watched

    def watch(self, handouts: Sequence[Handout]) -> None:
        """These were handed to workers just now."""
        loop = asyncio.get_running_loop()
        for handout in handouts:
            claimed = handout.claimed
            if claimed.start_to_close is None or claimed.start_to_close > WATCHED_MAX:
                continue
            if self._watched < ATTEMPTS_MAX:
                self._watched += 1
                expired = LeaseExpired(key=claimed.key, delivery=claimed.delivery)
                loop.call_later(claimed.start_to_close.total_seconds() + 0.001, self._reached, expired)

    def _reached(self, expired: LeaseExpired) -> None:
        self._watched -= 1
        self._on_limit(expired)
