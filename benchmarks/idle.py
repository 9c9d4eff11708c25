"""The memory of `runengine` alone, some time after its start, without traffic."""

import time

import psutil

from benchmarks.stack import running

IDLE_SECONDS = 60.0


def measure_idle(seconds: float) -> dict[str, float]:
    """MiB of the engine that are resident, and its share of a core, after that time on Postgres and Redis."""
    with running(worker=False) as stack:
        engine = psutil.Process(stack.pids["engine"])
        before = engine.cpu_times()
        time.sleep(seconds)
        after = engine.cpu_times()
        used = after.user + after.system - before.user - before.system
        return {
            "resident_mib": engine.memory_info().rss / 2**20,
            "unique_mib": engine.memory_full_info().uss / 2**20,
            "cpu_percent": 100 * used / seconds,
        }
