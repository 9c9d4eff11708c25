"""Overload: a flooded task queue and a mass of overdue timers leave the workflows of another queue nearly as fast.

Both floods are real: more workflows on a queue than its worker can do while we measure, and workflows whose execution
timeout passed while no engine ran. What is compared is the same run's own normal, before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.flood import FLOODED, Times, kept_full, start_many, times
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for

RATIO_MAX = 3.0
SLOTS = {"SCHED_WORKFLOW_SLOTS": "10", "SCHED_ACTIVITY_SLOTS": "10"}
"""Of the flooded queue's worker: a hundred workflows a second, as long as each holds a slot for a tenth of one."""
TIMERS = "SELECT count(*) FROM sched_timers"
AHEAD = f"{TIMERS} WHERE due_at > clock_timestamp()"
AT_WORK = f"SELECT count(*) FROM sched_activities WHERE task_queue = '{FLOODED}'"
BACKLOG = f"SELECT count(*) FROM sched_executions WHERE task_queue = '{FLOODED}' AND status = 'RUNNING'"


@pytest.fixture
def stack(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[Stack]:
    """Postgres and Redis, an engine, and a worker of the queue that is not flooded."""
    made = Stack(backend_of(POSTGRES_REDIS, "overload"), STREAMING, tmp_path)
    try:
        made.start_engine()
        made.start_worker()
        made.warm_up()
        times(made, 20)
        yield made
    finally:
        made.stop()


def count(stack: Stack, sql: str) -> int:
    with psycopg.connect(stack.backend.variables["SCHED_POSTGRES_DSN"], autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return int(row[0])


def measure(stack: Stack, samples: int, *, flooded: int, overdue: int, seconds: int) -> dict[str, Times]:
    """The times of the other queue: as normal, beside a flooded queue, beside overdue timers, and as normal again.

    `seconds` must be enough to start the workflows whose timers are to be overdue.
    """
    found = {"normal": times(stack, samples)}
    assert start_many(stack, "Busy", flooded) == flooded
    slow = stack.start_worker(FLOODED, **SLOTS)
    wait_for(lambda: count(stack, AT_WORK), "work on the flood")
    with kept_full(stack, "Busy", lambda: count(stack, BACKLOG), flooded // 2):
        found["flooded queue"] = times(stack, samples)
        assert count(stack, BACKLOG) > flooded // 4
    slow.stop()

    assert start_many(stack, "Busy", overdue, timeout=timedelta(seconds=seconds)) == overdue
    stack.kill_engine()
    stack.workers[0].kill()  # it would come back by its back-off; a new one comes at once
    wait_for(lambda: not count(stack, AHEAD), "timers overdue", seconds=seconds + 30)
    assert count(stack, TIMERS) > overdue // 2
    stack.start_engine()
    stack.start_worker()
    stack.warm_up()
    found["overdue timers"] = times(stack, samples, until=lambda: not count(stack, TIMERS))
    wait_for(lambda: not count(stack, TIMERS), "end of the overdue timers", seconds=600)
    found["normal again"] = times(stack, samples)
    return found


def check(found: dict[str, Times], share: float) -> None:
    """Prints what was measured, and compares."""
    for name, taken in found.items():
        print(f"{name:16} {taken}")
    normal = max(found["normal"].percentile(share), found["normal again"].percentile(share))
    ratios = {name: taken.percentile(share) / normal for name, taken in found.items()}
    assert all(ratio <= RATIO_MAX for ratio in ratios.values()), ratios


@pytest.mark.long
@pytest.mark.timing
def test_a_flood_leaves_another_queue_nearly_as_fast(stack: Stack) -> None:
    """A sample: 1,500 workflows too many, then 12,000 overdue timers; the 95th percentile of 60."""
    check(measure(stack, 60, flooded=1_500, overdue=12_000, seconds=15), 0.95)


@pytest.mark.long
@pytest.mark.timing
def test_a_large_flood_leaves_another_queue_nearly_as_fast(stack: Stack) -> None:
    """10,000 workflows too many, then 100,000 overdue timers; the 99th percentile of 400."""
    check(measure(stack, 400, flooded=10_000, overdue=100_000, seconds=180), 0.99)
