"""Waiting: for conditions, and for durations that are a test's subject."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.02


def wait_for[T](
    condition: Callable[[], T], what: str, *, seconds: float = PATIENCE_SECONDS, look: float = LOOK_SECONDS
) -> T:
    """The first true value of `condition`; looked for every `look` seconds.

    Raises:
        AssertionError: it was not true in time; says what was waited for and the last value.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"no {what} within {seconds:g} s; the last look gave {found!r}"
        time.sleep(look)
    return found


def let_pass(seconds: float) -> None:
    """Time goes by; for helpers that are named after a duration which is the subject."""
    threading.Event().wait(seconds)
