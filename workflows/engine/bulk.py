"""Bulk operations in the engine that leads: step by step, and never so fast that others are in want.

```
   look ──► chunk committed ──► its inboxes drained ──► the turns it caused, nearly ──► as long a rest ──► look
     │                          (lane of late timers)     (a second at most)
     └── nothing to do: until it is told of one, or some seconds
```

What a chunk makes is work for the committing threads and for workers, and both are others' too. So its inboxes are
drained in the lane that takes few places of a transaction and gives way; the next chunk waits until the last one's
turns are nearly all done, or for a second where there are no workers for them; and half of the time nothing is done.

An engine that stops waits for none of this: a stop ends the waiting at once, and the next leader goes on from there.

A person's signal does not wait behind those of a chunk: it is drained in another lane, and what the sweep of inboxes
can find of a bulk operation is one chunk.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from timers.clock import Clock
from workflows.core.transition import Reply
from workflows.service import bulk
from workflows.service.commits import Commits
from workflows.service.reading import look
from workflows.store.bulk import open_tasks
from workflows.store.lanes import Drain, Lane

LOOK_SECONDS = 10.0
"""How late an operation begins whose hint was lost."""
CHUNK = 100
"""Executions of a step: their drains are some transactions' worth, and the sweep of inboxes finds no more than that."""
DRAINED_SECONDS = 5.0
"""After it the sweep has drained what was not."""
TURNS_SECONDS = 1.0
"""So long a chunk's turns are waited for. Where no worker is, an operation does a chunk in about that time."""
TURNS_LOOK_SECONDS = 0.05
TURNS_LEFT = 0.1
"""Of the chunk's turns: nearly none."""
REST_SHARE = 1.0
"""Of the time that a step took, its rest."""
QUEUE = "bulk"
"""Of the lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a pass did; see `timers.loop.Counts`."""

    found: int
    more: bool = False
    rests: bool = False


class BulkSteps:
    """See the module. Lives on one event loop.

    Args:
        commits: takes the drains.
        clock: measures how long a step takes.
    """

    def __init__(self, commits: Commits, clock: Clock) -> None:
        self._commits = commits
        self._clock = clock
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """The pass under way ends after its chunk's transaction; on the event loop."""
        self._stopped.set()

    async def run_once(self) -> Counted:
        """One step, all that it causes, and the rest after it."""
        began = self._clock.monotonic()
        done = await look(bulk.step, CHUNK)
        if not done.operation:
            return Counted(found=0)
        await self._drain(done.run_ids)
        await self._let_turns_end([*done.run_ids, *done.begun])
        await self._wait((self._clock.monotonic() - began) * REST_SHARE)
        return Counted(found=len(done.run_ids) + len(done.begun), more=True)

    async def _drain(self, run_ids: Sequence[str]) -> None:
        """Returns when the engine has decided them, or the sweep of inboxes will have."""
        left = len(run_ids)
        all_done = asyncio.get_running_loop().create_future()

        def answered(_: Reply | BaseException) -> None:
            nonlocal left
            left -= 1
            if not (left or all_done.done()):
                all_done.set_result(None)

        for run_id in run_ids:
            self._commits.send(Drain(run_id), Lane.LATE, answered, queue=QUEUE)
        if run_ids:
            await self._wait(DRAINED_SECONDS, all_done)

    async def _let_turns_end(self, run_ids: Sequence[str]) -> None:
        deadline = self._clock.monotonic() + TURNS_SECONDS
        while self._clock.monotonic() < deadline and not self._stopped.is_set():
            left = await look(open_tasks, run_ids)
            if left <= len(run_ids) * TURNS_LEFT:
                return
            await self._wait(TURNS_LOOK_SECONDS)

    async def _wait(self, seconds: float, *ends: asyncio.Future[None]) -> None:
        """So long, or until one of these is done, or a stop."""
        stopped = asyncio.ensure_future(self._stopped.wait())
        any_of: set[asyncio.Future[Any]] = {stopped, *ends}
        try:
            await asyncio.wait(any_of, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
