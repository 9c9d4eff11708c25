"""Which worker keeps which run in memory, and up to which event: where its next task needs new events only.

A hint, and no promise: the worker may have let it go, and reads the history then. Of each worker it remembers as many
as one keeps, and forgets as the worker does: the one that was noted longest ago.
"""

import threading
from collections.abc import Iterable
from typing import NamedTuple

RUNS_MAX = 20_000
"""Of all workers of this engine: a few megabytes."""
OF_A_WORKER_MAX = 1_000
"""What the SDK's worker keeps."""


class _Kept(NamedTuple):
    session: str
    last_event: int


class Resting:
    """May be used from any thread."""

    def __init__(self) -> None:
        self._runs: dict[str, _Kept] = {}
        self._of: dict[str, dict[str, None]] = {}
        """The runs of each session."""
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._runs)

    def note(self, run_id: str, session: str, last_event: int) -> None:
        """The worker of that session keeps the run."""
        with self._lock:
            self._forget(run_id)  # to come last
            self._runs[run_id] = _Kept(session, last_event)
            mine = self._of.setdefault(session, {})
            mine[run_id] = None
            if len(mine) > OF_A_WORKER_MAX:
                self._forget(next(iter(mine)))
            if len(self._runs) > RUNS_MAX:
                self._forget(next(iter(self._runs)))

    def forget(self, run_id: str) -> None:
        """Nobody keeps it any more."""
        with self._lock:
            self._forget(run_id)

    def sessions_of(self, runs: Iterable[tuple[str, int]]) -> list[str | None]:
        """For each run and event, who keeps the run up to just that event."""
        with self._lock:
            found = [(self._runs.get(run_id), last_event) for run_id, last_event in runs]
        return [
            kept.session if kept is not None and kept.last_event == last_event else None
            for kept, last_event in found
        ]

    def _forget(self, run_id: str) -> None:
        kept = self._runs.pop(run_id, None)
        if kept is None:
            return
        mine = self._of[kept.session]
        del mine[run_id]
        if not mine:
            del self._of[kept.session]
