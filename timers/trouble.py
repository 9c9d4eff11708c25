"""Trouble with the database: one judgement from all sessions of a process, told once.

```
           a session failed: one warning                   no session fails any more: one line
  well    ─────────────────────────────► in trouble ─────────────────────────────────────────► well
                                          │  ▲  others fail too, or again: silent
                                          └──┘
```

A process has many sessions (writers, claimer, listener, leadership, loops), and an outage meets all of them. Each says
here how it fares; the log has one line when the first fails, and one when the last works again.

Guarantees: a warning is followed by a line of recovery before the next warning; an attempt that began in an outage and
fails after its end begins no other. Does not judge which errors are an outage: who reports knows that.
"""

import logging
import threading

from timers.clock import Clock, SystemClock

SILENT_SECONDS = 5.0
"""An answer that takes longer is trouble: no statement of ours takes a tenth of that on a server that is well."""

_LOGGER = logging.getLogger(__name__)


class Trouble:
    """See the module. Thread-safe.

    Args:
        clock: measures how long it lasted.
    """

    def __init__(self, *, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._failing: dict[str, None] = {}
        self._since = 0.0
        self._well_since = self._heard_at = self.now()

    def now(self) -> float:
        """Seconds of the clock: when an attempt begins, for `failed`."""
        return self._clock.monotonic()

    @property
    def failing(self) -> tuple[str, ...]:
        """The sessions that fail, in the order in which they noticed."""
        return tuple(self._failing)

    def failed(self, session: str, error: BaseException | str, *, began: float | None = None) -> None:
        """It cannot work now, and will try again. `began`: `now` when an attempt that may have waited for long did."""
        if session in self._failing:
            return
        with self._lock:
            if not self._failing and began is not None and began < self._well_since:
                return  # it tells of the outage that is over
            self._failing[session] = None
            if len(self._failing) == 1:
                self._since = self.now()
                _LOGGER.warning(
                    "the database cannot be used: %s (noticed by the %s); trying again for as long as it takes",
                    _in_one_line(error),
                    session,
                )

    def heard(self) -> None:
        """The database has just answered, to whichever session."""
        self._heard_at = self.now()

    def is_news(self, seconds: float) -> bool:
        """Whether it has answered within that time, and no session fails: then nobody need ask how it is."""
        return not self._failing and self.now() - self._heard_at < seconds

    def worked(self, session: str) -> None:
        """It works, or has nothing to do any more."""
        if session not in self._failing:
            return
        with self._lock:
            known = session in self._failing
            self._failing.pop(session, None)
            if known and not self._failing:
                self._well_since = self.now()
                _LOGGER.info("the database can be used again after %.1f s", self._well_since - self._since)


def _in_one_line(error: BaseException | str) -> str:
    """libpq's messages have several, which would look like several outages."""
    return " ".join(str(error).split()) or type(error).__name__
