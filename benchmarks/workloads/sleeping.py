"""Workflows that sleep: started as any, and waited for until their timers are in the database."""

import time
from typing import Any

import psycopg

from benchmarks.ours.stack import Stack

POLL_SECONDS = 0.5
READY_SECONDS = 300.0


def fall_asleep(stack: Stack, count: int, *, due_at: float, within: float = 0.0) -> None:
    """Until `count` more workflows sleep, to wake within that many seconds from `due_at` (since 1970).

    Raises:
        SystemExit: They do not sleep after five minutes.
    """
    with stack.connect() as connection:
        wanted = timers(connection) + count
        stack.ask("sleepers", count=count, due_at=due_at, within=within)
        deadline = time.monotonic() + READY_SECONDS
        while timers(connection) < wanted:
            if time.monotonic() > deadline:
                raise SystemExit(f"{timers(connection)} workflows sleep; {wanted} were started to")
            time.sleep(POLL_SECONDS)


def timers(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM sched_timers").fetchone()
    assert row is not None
    return int(row[0])
