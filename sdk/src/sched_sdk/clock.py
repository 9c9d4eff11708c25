"""The SDK's one source of time and of fresh ids; everything else takes them as values.

Workflow code never comes here: its time and its ids are those of the history (`ctx.now()`, `ctx.uuid4()`).
"""

import datetime as dt
import time
import uuid


def utc_now() -> dt.datetime:
    """Wall-clock time, aware, for people to read; never to measure with."""
    return dt.datetime.now(dt.UTC)


def monotonic() -> float:
    """Seconds that only ever grow: for back-off, leases and deadlines inside this process."""
    return time.monotonic()


def new_id() -> str:
    """A fresh id: of a request, so that its repetition has one effect, or of a worker's session."""
    return str(uuid.uuid4())
