"""Waiting for an id that another transaction has in hand: by trying again, never in a queue of locks.

A transaction that queued would hold what it has meanwhile, and so hold up others in turn.
"""

import threading
from collections.abc import Callable

from timers.clock import SystemClock
from workflows.core.rejection import Code, Rejected

PATIENCE_SECONDS = 2.0
"""Longer than any transaction of the engine, and short enough for who waits for an answer."""
FIRST_PAUSE_SECONDS = 0.005
LONGEST_PAUSE_SECONDS = 0.1

_CLOCK = SystemClock()


def hold(attempt: Callable[[], bool], what: str, *, patience: float = PATIENCE_SECONDS) -> None:
    """Tries until it succeeds.

    Raises:
        Rejected: ID_BUSY, after `patience` seconds.
    """
    deadline = _CLOCK.monotonic() + patience
    pause = FIRST_PAUSE_SECONDS
    never = threading.Event()
    while not attempt():
        if _CLOCK.monotonic() >= deadline:
            raise Rejected(Code.ID_BUSY, f"another transaction is using {what}; try again when it has ended")
        never.wait(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
