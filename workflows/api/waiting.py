"""Long polls for a result: a thread that reads now and then, until the run has ended or the time is up.

Between two reads it holds no connection. So many wait at once; beyond that a caller is answered at once, as if the time
were up, and asks again.
"""

import threading

from django.db import close_old_connections

from timers.clock import SystemClock
from workflows.core.rejection import Rejected
from workflows.core.values import Status
from workflows.store import reader

WAITERS_MAX = 100
"""Each holds a thread of the web process."""
FIRST_PAUSE, PAUSE_MAX = 0.02, 0.5
"""Seconds: short runs are answered soon, long ones cost two reads a second."""

_room = threading.BoundedSemaphore(WAITERS_MAX)
_ending = threading.Event()


def end() -> None:
    """This process is about to end: all who wait are answered at once, and none waits any more."""
    _ending.set()


def outcome_within(run_id: str, seconds: float) -> reader.Outcome:
    """The outcome of a run, or RUNNING after `seconds`.

    Raises:
        Rejected: DAMAGED, its end cannot be read.
    """
    found = _read(run_id)
    if found.status is not Status.RUNNING or seconds <= 0 or not _room.acquire(blocking=False):
        return found
    try:
        return _wait(run_id, seconds)
    finally:
        _room.release()


def _wait(run_id: str, seconds: float) -> reader.Outcome:
    clock = SystemClock()
    end, pause = clock.monotonic() + seconds, FIRST_PAUSE
    while True:
        close_old_connections()  # leaves alone what is inside a transaction
        left = end - clock.monotonic()
        ending = _ending.wait(max(0.0, min(pause, left)))
        found = _read(run_id)
        if found.status is not Status.RUNNING or left <= pause or ending:
            return found
        pause = min(pause * 1.5, PAUSE_MAX)


def _read(run_id: str) -> reader.Outcome:
    for outcome in reader.outcomes([run_id]):
        if isinstance(outcome, Rejected):
            raise outcome
        return outcome
    return reader.Outcome(run_id=run_id, status=Status.RUNNING)
