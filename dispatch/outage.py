"""When to try a server again that failed, and when to say so.

```
          failed: one warning                 succeeded: one line
  up ───────────────────────────► down ─────────────────────────► up
                                  │  ▲  failed: delay doubles, silent
                                  └──┘
```

Delays are jittered below a doubling ceiling, so that engines do not return all at once.
"""

import logging
import random
from collections.abc import Callable

FIRST_DELAY = 0.1
"""Seconds; a restart of Redis takes about that long."""
DELAY_MAX = 2.0
"""Seconds: the age at which the sweep looks at a task, so recovery adds no more than it does."""


class Backoff:
    """When to try again. Touched from one thread, or where a lost update costs one try too many."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures = 0
        self._retry_at = 0.0

    @property
    def is_failing(self) -> bool:
        return self._failures > 0

    @property
    def blocked(self) -> bool:
        """It failed, and it is not yet time to try again."""
        return self.is_failing and self._monotonic() < self._retry_at

    @property
    def remaining(self) -> float:
        """Seconds until the next try is welcome; 0 if it is now."""
        return max(0.0, self._retry_at - self._monotonic()) if self.is_failing else 0.0

    def failed(self) -> None:
        ceiling = min(DELAY_MAX, FIRST_DELAY * 2.0 ** min(self._failures, 16))
        self._failures += 1
        self._retry_at = self._monotonic() + ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret

    def succeeded(self) -> None:
        self._failures = 0


class Outage:
    """Whether `server` does what is asked of it, told once. A success ends it, so report those alone that prove all is
    well: of a server that refuses writes, reads prove nothing."""

    def __init__(self, server: str, *, logger: logging.Logger, monotonic: Callable[[], float]) -> None:
        self._server = server
        self._logger = logger
        self._monotonic = monotonic
        self._backoff = Backoff(monotonic)
        self._since = 0.0

    @property
    def is_down(self) -> bool:
        return self._backoff.is_failing

    @property
    def blocked(self) -> bool:
        """Down, and it is not yet time to try again."""
        return self._backoff.blocked

    @property
    def remaining(self) -> float:
        """Seconds until the next try is welcome; 0 if it is now."""
        return self._backoff.remaining

    def failed(self, error: BaseException) -> None:
        if not self.is_down:
            self._since = self._monotonic()
            self._logger.warning("%s is unavailable: %s", self._server, str(error) or type(error).__name__)
        self._backoff.failed()

    def succeeded(self) -> None:
        if self.is_down:
            self._logger.info("%s is back after %.1f s", self._server, self._monotonic() - self._since)
        self._backoff.succeeded()
