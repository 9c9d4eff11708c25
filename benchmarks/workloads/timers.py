"""How late timers fire: a tenth of many within one second, and one alone.

A timer is due when the event that started it says, and late by what the event that ended it says: the database's time
when its firing was decided. `woken` is later: when the end of its workflow was decided, one turn of a worker after.
"""

import time

from sched_sdk.proto.v1 import history_pb2

from benchmarks import figures
from benchmarks.bars import OURS
from benchmarks.ours import stack as ours
from benchmarks.ours.load import POLL_SECONDS
from benchmarks.ours.stack import Stack
from benchmarks.servers.durability import settings_in_use
from benchmarks.workloads.sleeping import fall_asleep
from benchmarks.workloads.workload import WARM_UP, Found, Workload

FAR_SECONDS = 6 * 3_600.0
STARTS_PER_SECOND = 300
"""A pace that starting surely keeps, so that nobody is due before all sleep."""
AHEAD_SECONDS = 5.0
END_SECONDS = 120.0
LONE_SECONDS = 0.2
MICRO = 1_000_000
_LATENESS = """
    SELECT started.data, fired.data, extract(epoch FROM run.closed_at)::float8
      FROM sched_events started
      JOIN sched_events fired ON fired.run_id = started.run_id AND fired.type = %s
      JOIN sched_executions run ON run.run_id = started.run_id AND run.status = 'COMPLETED'
     WHERE started.type = %s
"""
_FIELDS = history_pb2.HistoryEvent.DESCRIPTOR.fields_by_name
STARTED, FIRED = _FIELDS["timer_started"].number, _FIELDS["timer_fired"].number


def flood(_system: str, count: int) -> Found:
    """`count` timers, of which a tenth falls due within one second."""
    due = count // 10
    with ours.running() as stack:
        stack.ask("bulk", count=WARM_UP)
        fall_asleep(stack, count - due, due_at=time.time() + FAR_SECONDS)
        due_at = time.time() + AHEAD_SECONDS + due / STARTS_PER_SECOND
        fall_asleep(stack, due, due_at=due_at, within=1.0)
        ended = completed(stack)
        with stack.counted() as counts:
            await_ends(stack, ended + due)
        found = lateness(stack, due)
        return {"units": due, **found, **figures.costs(counts, due), "server": settings_in_use(stack.ground)}


def lone(_system: str, count: int) -> Found:
    """`count` timers, one after the other; nothing else to do."""
    with ours.running() as stack:
        stack.ask("bulk", count=WARM_UP)
        with stack.counted() as counts:
            for number in range(1, count + 1):
                stack.ask("sleepers", count=1, due_at=time.time() + LONE_SECONDS)
                found = lateness(stack, number)
        return {
            "units": count,
            **found,
            **figures.costs(counts, count),
            "server": settings_in_use(stack.ground),
        }


def await_ends(stack: Stack, wanted: float) -> None:
    """Until the engine has counted that many workflows that ended. It is asked, and not the database: to look through
    all events once a second takes more of two cores than what is measured.

    Raises:
        SystemExit: They have not in time.
    """
    deadline = time.monotonic() + END_SECONDS
    while completed(stack) < wanted:
        if time.monotonic() > deadline:
            raise SystemExit(f"{wanted - completed(stack):.0f} timers have not fired")
        time.sleep(POLL_SECONDS)


def completed(stack: Stack) -> float:
    return stack.metric("sched_workflows_completed_total", status="COMPLETED")


def lateness(stack: Stack, count: int) -> Found:
    """Milliseconds, once that many workflows have woken and ended.

    Raises:
        SystemExit: They have not in time.
    """
    deadline = time.monotonic() + END_SECONDS
    with stack.connect() as connection:
        while len(rows := connection.execute(_LATENESS, [FIRED, STARTED]).fetchall()) < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"{len(rows)} of {count} timers have fired")
            time.sleep(0.05)
    late, woken = [], []
    for started_data, fired_data, closed_at in rows:
        started = history_pb2.HistoryEvent.FromString(started_data)
        due_us = started.time_us + started.timer_started.duration_us
        late.append((history_pb2.HistoryEvent.FromString(fired_data).time_us - due_us) / MICRO)
        woken.append(closed_at - due_us / MICRO)
    return {**figures.latency(late, "late_"), **figures.latency(woken, "woken_")}


TIMERS = Workload(
    name="timers",
    about="100,000 timers of which 10,000 fall due in one second: how late they fire",
    sizes={OURS: 100_000},
    measure=flood,
    once=True,
)
LONE_TIMER = Workload(
    name="lone_timer",
    about="one timer at a time: how late it fires",
    sizes={OURS: 100},
    measure=lone,
)
