"""The runner of everything periodic: one `run_once` that returns counts, called again and again.

Guarantees: never two passes of one loop at a time; a pass that raises is tried again with back-off, and only a change
(works → fails, fails → works) is logged; `wake` runs it early; `stop` lets the pass under way finish.

Does not guarantee: a period. The interval is counted from the end of a pass, with jitter, so that engines do not
march in step. A pass that says it has `more` to do is followed by the next at once. After one that found that there is
nothing to look after (`rests`) passes are skipped until somebody stirs the loop, or the first that comes `at_rest`
seconds after it.

```
              interval ± jitter, or wake()            raised: back-off doubles
   waiting ◄──────────────────────────► running ──────────────────────────────► failing
                                           ▲                                       │
                                           └───────────── after the back-off ──────┘
```
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Protocol

from timers.trouble import Trouble

BACKOFF_FIRST = 0.2
BACKOFF_MAX = 15.0
"""Seconds: what an outage of the database may add before its end is noticed."""

_LOGGER = logging.getLogger(__name__)


class Counts(Protocol):
    """What a pass did; shown by `Loop.last`."""

    @property
    def more(self) -> bool:
        """Whether it stopped for its bound, not for want of work."""

    @property
    def rests(self) -> bool:
        """Whether it found nothing that the next could find anything of, unless it begins meanwhile."""


class Loop:
    """See the module. Made, run and stopped on one event loop; `wake` may come from any thread.

    Args:
        name: for logs.
        run_once: one pass; work that blocks belongs in a thread (`asyncio.to_thread`).
        interval: seconds between passes.
        at_rest: seconds without a pass while there is nothing to look after. None: as ever.
        jitter: part of the interval by which it varies, up and down.
        when: asked before each pass; false skips it (leadership).
        trouble: is told of the `outages` that a pass meets, instead of the log.
        outages: errors that mean no more than that the database is away.
    """

    def __init__(
        self,
        name: str,
        run_once: Callable[[], Awaitable[Counts]],
        *,
        interval: float,
        at_rest: float | None = None,
        jitter: float = 0.1,
        when: Callable[[], bool] = lambda: True,
        trouble: Trouble | None = None,
        outages: tuple[type[Exception], ...] = (),
    ) -> None:
        self._name = name
        self._run_once = run_once
        self._interval = interval
        self._at_rest = at_rest or 0.0
        self._stirred = False
        self._passed_at = 0.0
        self._jitter = jitter
        self._when = when
        self._trouble = trouble or Trouble()
        self._outages = outages
        self._session = f"{name} loop"
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken = asyncio.Event()
        self._stopping = False
        self._failures = 0
        self._passes = 0
        self._last: Counts | None = None

    @property
    def last(self) -> Counts | None:
        """What the last pass that did not raise has counted."""
        return self._last

    @property
    def passes(self) -> int:
        """Passes that did not raise."""
        return self._passes

    @property
    def failing(self) -> bool:
        return self._failures > 0

    async def run(self) -> None:
        """Runs until `stop`; then returns. The first pass begins at once."""
        self._loop = asyncio.get_running_loop()
        while not self._stopping:
            self._woken.clear()
            if not self._when():
                wait = self._rest()
            elif self._may_skip():
                wait = self._pause()
            else:
                wait = await self._pass()
            if wait > 0:  # `stop` has set the event
                await self._nap(wait)

    async def _nap(self, seconds: float) -> None:
        """Until that time is over, or it is woken. A timer of our own: many loops do this all the time, and
        `wait_for` ends by cancelling."""
        assert self._loop is not None
        timer = self._loop.call_later(seconds, self._woken.set)
        try:
            await self._woken.wait()
        finally:
            timer.cancel()

    def stir(self) -> None:
        """Something has begun that the loop looks after: it comes again after its interval."""
        self._stirred = True

    def wake(self) -> None:
        """The next pass begins now, or right after the one under way. Thread-safe; nothing before `run`."""
        self._stirred = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the event loop has ended
                self._loop.call_soon_threadsafe(self._woken.set)

    def stop(self) -> None:
        """Ends `run` after the pass under way; on the event loop."""
        self._stopping = True
        self._woken.set()

    def _may_skip(self) -> bool:
        rests = self._last is not None and self._last.rests and not self._failures
        return rests and not self._stirred and self._trouble.now() - self._passed_at < self._at_rest

    async def _pass(self) -> float:
        """One pass; returns the seconds to wait before the next."""
        self._stirred = False
        self._passed_at = began = self._trouble.now()
        try:
            counts = await self._run_once()
        except Exception as error:
            return self._failed(error, began)
        self._succeeded(counts)
        await asyncio.sleep(0)  # a pass that never waits must not starve the others
        return 0.0 if counts.more else self._pause()

    def _rest(self) -> float:
        """Another process does it now; how this one fared no longer matters."""
        self._failures = 0
        self._trouble.worked(self._session)
        return self._pause()

    def _failed(self, error: Exception, began: float) -> float:
        if isinstance(error, self._outages):
            self._trouble.failed(self._session, error, began=began)
        elif self._failures == 0:
            _LOGGER.warning("loop %s fails: %s", self._name, error, exc_info=error)
        ceiling = min(BACKOFF_MAX, BACKOFF_FIRST * 2.0 ** min(self._failures, 16))
        self._failures += 1
        return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret

    def _succeeded(self, counts: Counts) -> None:
        if self._failures and self._session not in self._trouble.failing:
            _LOGGER.info("loop %s works again after %d failures", self._name, self._failures)
        self._trouble.worked(self._session)
        self._failures = 0
        self._passes += 1
        self._last = counts

    def _pause(self) -> float:
        return self._interval * random.uniform(1 - self._jitter, 1 + self._jitter)  # noqa: S311 - jitter, no secret
