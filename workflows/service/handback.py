"""Tasks that a worker gives back: the same attempt goes on elsewhere, and no delivery is held against it."""

import asyncio
import enum
from collections.abc import Sequence
from datetime import timedelta

from dispatch.base import Dispatcher
from dispatch.claims import Held
from workflows.core.keys import TaskRef
from workflows.points import Point, reach
from workflows.store.claimer import Claimer


class Why(enum.StrEnum):
    """Why a task came back. The names stand in the problem that operators see."""

    DRAIN = "DRAIN"
    """The worker stops. Offered again at once."""
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    """The worker has no code for it. Another may."""
    NON_DETERMINISTIC = "NON_DETERMINISTIC"
    """History and code part. Goes on by itself once the code is right again."""
    ERROR = "ERROR"
    """The worker could not run it, for a reason that is not the workflow's."""


BACKOFF_FIRST = timedelta(seconds=1)
BACKOFF_MAX = timedelta(seconds=30)
LATER_MAX = 10_000
"""Tasks that wait here for the end of their back-off; more are found by the sweep, up to some seconds later."""
PROBLEM_MAX = 2_000
"""Characters of what a worker says about a task."""


class Handback:
    """Releases tasks and offers them again when their back-off is over."""

    def __init__(self, claimer: Claimer, dispatcher: Dispatcher) -> None:
        self._claimer = claimer
        self._dispatcher = dispatcher
        self._later: set[asyncio.Task[None]] = set()

    async def give_back(self, held: Sequence[Held], why: Why, details: str = "") -> None:
        """All of `held` for one reason. What is no longer held is skipped."""
        reach(Point.HANDBACK_RECEIVED)
        if why is Why.DRAIN:
            refs = await self._claimer.release(held)
            reach(Point.HANDBACK_RELEASED)
            await self._dispatcher.offer(refs)
            return
        for one in held:
            await self._park(one, f"{why}: {details}".replace("\0", "")[:PROBLEM_MAX])

    def close(self) -> None:
        """The sweep offers what was to be offered later."""
        for later in self._later:
            later.cancel()

    async def _park(self, held: Held, problem: str) -> None:
        delay = min(BACKOFF_FIRST * 2 ** min(held[1] - 1, 10), BACKOFF_MAX)
        refs = await self._claimer.release([held], visible_in=delay, problem=problem)
        reach(Point.HANDBACK_RELEASED)
        if refs and len(self._later) < LATER_MAX:
            later = asyncio.create_task(self._offer_later(delay.total_seconds(), refs))
            self._later.add(later)
            later.add_done_callback(self._later.discard)

    async def _offer_later(self, seconds: float, refs: Sequence[TaskRef]) -> None:
        """The sweep would find them too; this is sooner."""
        await asyncio.sleep(seconds + 0.01)
        await self._dispatcher.offer(refs)
