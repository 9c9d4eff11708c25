"""How many executions there are in each status: counted now and then, and followed in between by what the feed tells.

```
 count ──► base, as of a moment ──► + what has moved since, by the times of the decisions ──► next count …
```

A decision whose time is before the count and whose commit is after it is missed until the next. So counts go on until
one began a while after the last change: then nothing is on its way any more, and it is exact, if the reader's counts
are. What a count costs bounds how often it is made.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from dispatch.feed.values import Change
from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.live.threads import in_thread
from workflows.store import reader

REST_SECONDS: Final = 2.0
REST_SHARE: Final = 20
"""Times what a count took: so it has a twentieth of one connection at most."""
LAG_SECONDS: Final = 1.0
"""After which nothing that was decided is on its way."""


class Counting:
    """Lives on one event loop.

    Args:
        changed: is called after each count.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self.approximate = False
        self.made = 0
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._counts: dict[str, int] = {}
        self._moves: deque[Change] = deque()
        self._base_at = 0.0
        self._began = self._moved = -1.0
        self._next = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def counts(self) -> dict[str, int]:
        return {status: max(count, 0) for status, count in self._counts.items()}

    def observe(self, changes: Iterable[Change]) -> None:
        moves = [each for each in changes if each.moved and each.namespace == DEFAULT_NAMESPACE]
        if not moves:
            return
        self._moved = self._loop.time()
        self._moves.extend(moves)
        for each in moves:
            self._apply(each)

    def doubt(self) -> None:
        """Something was missed: count again."""
        self._moved = self._loop.time()

    def count_if_due(self) -> None:
        """Begins a count, if it is time for one."""
        now = self._loop.time()
        if self._task is None and now >= self._next and self._began <= self._moved + LAG_SECONDS:
            self._begin()

    async def ready(self) -> None:
        """Returns when there are counts.

        Raises what a query raises.
        """
        if not self._counts:
            await asyncio.shield(self._task or self._begin())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    def _begin(self) -> asyncio.Task[None]:
        self._task = task = asyncio.create_task(self._count(), name="counts")
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait for it
        return task

    async def _count(self) -> None:
        began = self._loop.time()
        try:
            base_at, found = await in_thread(_count)
        except BaseException:
            self._next = self._loop.time() + REST_SECONDS
            raise
        else:
            self._take(base_at, found, began)
        finally:
            self._task = None
        self._changed()

    def _take(self, base_at: float, found: reader.Counts, began: float) -> None:
        self.made += 1
        now = self._loop.time()
        self._began, self._base_at = began, base_at
        self._next = now + max(REST_SECONDS, REST_SHARE * (now - began))
        self.approximate = found.approximate
        self._counts = {status.value: count for status, count in found.by_status.items()}
        self._moves = deque(each for each in self._moves if each.at > base_at)
        for each in self._moves:
            self._apply(each)

    def _apply(self, move: Change) -> None:
        if move.at <= self._base_at or not self._counts:
            return
        if move.before:
            self._counts[move.before] = self._counts.get(move.before, 0) - 1
        self._counts[move.after] = self._counts.get(move.after, 0) + 1


def _count() -> tuple[float, reader.Counts]:
    return reader.counted_after().timestamp(), reader.counts(reader.Filters())
