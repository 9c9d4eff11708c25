"""What is used while nothing happens: an engine without work, and one with 100,000 workflows that sleep."""

import time

from benchmarks.bars import OURS
from benchmarks.ours import stack as ours
from benchmarks.ours.stack import Stack
from benchmarks.servers.durability import settings_in_use
from benchmarks.workloads.sleeping import fall_asleep
from benchmarks.workloads.timers import FAR_SECONDS
from benchmarks.workloads.workload import Found, Workload

SETTLE_SECONDS = 15.0
WINDOW_SECONDS = 45.0
IDLE_SECONDS = 60.0


def window(stack: Stack, seconds: float) -> Found:
    """Per cent of one core of engine and worker together, statements a second, and MiB that are resident."""
    with stack.counted() as counts:
        time.sleep(seconds)
    used = {name: counts.cpu_seconds.get(name, 0.0) for name in ("engine", "worker")}
    return {
        "core_percent": 100 * sum(used.values()) / seconds,
        **{f"{name}_core_percent": 100 * cpu / seconds for name, cpu in used.items()},
        "postgres_core_percent": 100 * counts.cpu_seconds["postgres"] / seconds,
        "statements_per_second": counts.statements / seconds,
        **{f"{name}_mib": size for name, size in counts.resident_mib.items()},
        "top": counts.top,
    }


def rest(_system: str, count: int) -> Found:
    """With `count` workflows that sleep for hours, some time after the last one fell asleep."""
    with ours.running() as stack:
        fall_asleep(stack, count, due_at=time.time() + FAR_SECONDS)
        time.sleep(SETTLE_SECONDS)
        return {"units": count, **window(stack, WINDOW_SECONDS), "server": settings_in_use(stack.ground)}


def idle(_system: str, _count: int) -> Found:
    """Without a worker and without traffic, from its start on."""
    with ours.running(workers=0) as stack:
        return {**window(stack, IDLE_SECONDS), "server": settings_in_use(stack.ground)}


REST = Workload(
    name="rest",
    about="100,000 open workflows at rest: the engine's memory, its and the worker's use of a core, statements",
    sizes={OURS: 100_000},
    measure=rest,
    once=True,
)
IDLE = Workload(
    name="idle",
    about="an engine alone for a minute: its memory",
    sizes={OURS: 1},
    measure=idle,
    once=True,
)
