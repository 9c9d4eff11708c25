"""Which worker keeps which run in memory, and up to which event: where its next task needs new events only.

A hint, and no promise: the worker may have let it go, and reads the history then. What is past the bound is forgotten,
the longest known first.
"""

import threading
from typing import NamedTuple

RUNS_MAX = 20_000
"""A few megabytes; a worker keeps a thousand."""


class _Kept(NamedTuple):
    session: str
    last_event: int


class Resting:
    """May be used from any thread."""

    def __init__(self) -> None:
        self._runs: dict[str, _Kept] = {}
        self._lock = threading.Lock()

    def note(self, run_id: str, session: str, last_event: int) -> None:
        """The worker of that session keeps the run."""
        with self._lock:
            self._runs.pop(run_id, None)  # to come last
            self._runs[run_id] = _Kept(session, last_event)
            if len(self._runs) > RUNS_MAX:
                del self._runs[next(iter(self._runs))]

    def forget(self, run_id: str) -> None:
        """Nobody keeps it any more."""
        with self._lock:
            self._runs.pop(run_id, None)

    def session_of(self, run_id: str, last_event: int) -> str | None:
        """Who keeps the run up to just that event."""
        with self._lock:
            kept = self._runs.get(run_id)
        return kept.session if kept is not None and kept.last_event == last_event else None
