"""Deadlines of what is under way: one timer for all, since hardly any is ever reached.

Guarantees: what has not ended by its deadline is told of, once, and soon after. Lives on one event loop.
"""

import asyncio
from collections.abc import Callable, Hashable


class Watch:
    """Things under way, each with its deadline."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, tuple[float, Callable[[], None]]] = {}
        self._timer: asyncio.Handle | None = None
        self._looks_at = 0.0
        """Never later than the earliest deadline; as a rule earlier: what has ended leaves it where it is."""

    def begin(self, thing: Hashable, seconds: float, late: Callable[[], None]) -> None:
        """Something begins. `late` is called if it has not ended by then."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        self._under_way[thing] = (deadline, late)
        if self._timer is None or deadline < self._looks_at:
            self._set_timer(loop, deadline)

    def end(self, thing: Hashable) -> None:
        """It has ended."""
        self._under_way.pop(thing, None)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._looks_at = deadline
        self._timer = loop.call_at(deadline, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        overdue = {thing: late for thing, (deadline, late) in self._under_way.items() if deadline <= now}
        for thing in overdue:
            del self._under_way[thing]
        if self._under_way:
            self._set_timer(loop, min(deadline for deadline, _ in self._under_way.values()))
        for late in overdue.values():
            late()
