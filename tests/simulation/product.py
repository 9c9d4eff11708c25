"""Where the product takes time, threads and ids from: the simulation's, for the whole process.

Only sources are replaced here, never behaviour; `sched_sdk.clock`, `workflows.service.ids` and the module names are the
seams that the product has for them. Leases are shorter, so that
a run which waits for one is, and the look for forgotten inboxes is rarer, since it costs as much as a commit.
"""

from __future__ import annotations

import asyncio
import logging
import re
from datetime import timedelta
from functools import cache
from typing import Any

from greenlet import getcurrent  # type: ignore[import-untyped]
from sched_sdk import clock as sdk_clock
from sched_sdk.worker import poll

from tests.simulation.ordered import OrderedSet
from tests.simulation.scheduler import Scheduler
from tests.simulation.threads import Threading
from workflows import points
from workflows.engine import engine as engine_module
from workflows.engine import loops
from workflows.rpc import tasks, worker_service, workflow_service
from workflows.service import ids, results
from workflows.store import claimer, commit_thread, lanes
from workflows.store.inline import holding
from workflows.store.inline import sqlite as inline_sqlite

WORKFLOW_LEASE = timedelta(seconds=1.5)
ACTIVITY_LEASE = timedelta(seconds=3)
INBOX_SECONDS = 8.0
PAUSE_AT_A_POINT = 0.06
HELD_UP_AT = {
    id(points.Point[name])
    for name in (
        "BATCH_TAKEN",
        "LOADED",
        "DECIDED",
        "COMMITTED",
        "FOLLOWED_UP",
        "TOLD",
        "DEFERRED",
        "SLOW_TAKEN",
    )
}
"""Of the committing threads; by identity, since an enumeration's own hash is a call."""

ERRORS: list[str] = []
"""Logged as errors in this run, but for those that tell of a simulated outage."""
EXPECTED = re.compile(
    r"database unreachable|connection lost at COMMIT|a task could not be taken back"
    r"|claim of \d+ tasks of \S+ failed|tasks of \S+ were not handed out|[1-9]\d* tasks were not handed back"
)


class _Source:
    scheduler: Scheduler
    ids = 0


class _Clock:
    def now(self) -> Any:
        return _Source.scheduler.clock.now()

    def monotonic(self) -> float:
        return _Source.scheduler.clock.monotonic()


class _Errors(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if not EXPECTED.match(text):
            if record.exc_info:
                text += "\n" + logging.Formatter().formatException(record.exc_info)
            ERRORS.append(text)


THREADING = Threading()


def install() -> None:
    """Once in a process."""
    from tests.simulation.engine import SimServer

    module: Any = commit_thread
    module.threading = THREADING
    module = lanes
    module.threading = THREADING
    module.LONE_MIN = 0
    module = ids
    module.new_run_id = _new_run_id
    module = sdk_clock
    module.monotonic = _Clock().monotonic
    for module in (holding, inline_sqlite):
        module._CLOCK = _Clock()
    module = engine_module
    module.RpcServer = SimServer
    module = claimer
    module.WORKFLOW_TASK_LEASE, module.ACTIVITY_TASK_LEASE = WORKFLOW_LEASE, ACTIVITY_LEASE
    module = tasks
    module._WORKFLOW_LEASE_US = WORKFLOW_LEASE // timedelta(microseconds=1)
    module._ACTIVITY_LEASE_US = ACTIVITY_LEASE // timedelta(microseconds=1)
    module = loops
    module.INBOX_SECONDS = INBOX_SECONDS
    for module in (worker_service, results, poll):
        module.set = OrderedSet
    module = workflow_service  # reads are not simulated, and each engine would wrap them anew
    module.threaded = cache(module.threaded)
    points.arm(_reached)
    # What `asyncio.all_tasks` reads, which nothing asks here: a weak reference costs as much as the rest of a task.
    module = asyncio.tasks
    module._scheduled_tasks.add = _unlisted
    for name in ("workflows", "timers", "dispatch", "sched_sdk"):
        logger = logging.getLogger(name)
        logger.handlers = [_Errors(level=logging.ERROR)]
        logger.setLevel(logging.ERROR)
        logger.propagate = False


def _unlisted(_: asyncio.Task[Any]) -> None:
    return


def _reached(point: points.Point) -> None:
    """At the product's kill points a committing thread may be held up, and whatever else goes on may kill it there."""
    if id(point) in HELD_UP_AT:
        thread = getattr(getcurrent(), "sim_thread", None)
        if thread is not None and _Source.scheduler.chance(PAUSE_AT_A_POINT):
            thread.pause()


def begin(scheduler: Scheduler) -> None:
    """A run begins."""
    _Source.scheduler = scheduler
    _Source.ids = 0
    THREADING.scheduler = scheduler
    ERRORS.clear()


def _new_run_id(clock: object = None) -> str:
    """Ids in order, with the form of real ones."""
    del clock
    _Source.ids += 1
    return f"01900000-0000-7000-8000-{_Source.ids:012x}"
