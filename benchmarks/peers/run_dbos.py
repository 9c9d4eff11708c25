"""DBOS Transact as it is measured: one executor, which is also the caller. `python -m benchmarks.peers.run_dbos`.

Its settings, and why:

- `sys_db_pool_size` is one more than the threads that call at once: who waits for a connection does nothing else.
- A queue is registered in the mode `queued` only: its polls would slow the direct calls down.
- It polls every 100 ms (its default is one second) for 16 workflows at once and process. Polls every 10 or 50 ms for 50
  at once were slower in bulk: they took more of the interpreter than they gave. For callers its direct mode is the best
  whatever the queue's settings are.
- Results of queued workflows are awaited with `polling_interval_sec` of 20 ms; the default is one second.
- Two processes share bulk and callers: one does not use two cores. One alone makes single calls and steps.
- Workflows and steps are plain functions: its asynchronous ones call the same synchronous database code in threads.
- Logging is off but for errors; no tracing, no conductor.
"""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from dbos import DBOS

from benchmarks.child import Answer, serve, timed
from benchmarks.peers.calling import called

THREADS = 64
STARTERS = 16
POLL_SECONDS = 0.1
RESULT_POLL_SECONDS = 0.02
AT_ONCE = 16
QUEUE = "bench"
QUEUED = os.environ["BENCH_MODE"] == "queued"
PROCESSES = int(os.environ["BENCH_OF"])


@DBOS.step()
def echo(value: Any) -> Any:
    return value


@DBOS.step()
async def echo_async(value: Any) -> Any:
    return value


@DBOS.step()
def now() -> float:
    return time.time()


@DBOS.workflow()
def bench(value: Any) -> Any:
    """One step."""
    return echo(value)


@DBOS.workflow()
def steps_of(count: int) -> list[float]:
    """One step after the other; when each of them ran."""
    return [now() for _ in range(count)]


@DBOS.workflow()
async def fan_out_of(width: int) -> int:
    """Steps at once, as its documentation does it: coroutines that are gathered."""
    values = await asyncio.gather(*(echo_async(number) for number in range(width)))
    return sum(value == number for number, value in enumerate(values))


def started(value: Any) -> Any:
    """A handle, by the queue or in a thread of this process."""
    return DBOS.enqueue_workflow(QUEUE, bench, value) if QUEUED else DBOS.start_workflow(bench, value)


def bulk(count: int) -> Answer:
    """Starts all from some threads, then waits for each."""

    def run() -> None:
        with ThreadPoolExecutor(STARTERS) as threads:
            handles = list(threads.map(lambda number: started({"order": number}), range(count)))
        for number, handle in enumerate(handles):
            assert handle.get_result(polling_interval_sec=RESULT_POLL_SECONDS) == {"order": number}

    return {"seconds": timed(run)}


def result(value: Any) -> Any:
    """Of one workflow that is waited for."""
    return started(value).get_result(polling_interval_sec=RESULT_POLL_SECONDS) if QUEUED else bench(value)


def callers(count: int, at_once: int = THREADS) -> Answer:
    """`at_once` threads over all processes, each calling one workflow after the other."""
    return called(result, count, at_once // PROCESSES)


def single(count: int) -> Answer:
    return callers(count, at_once=1)


def steps(count: int) -> Answer:
    marks: list[float] = []
    seconds = timed(lambda: marks.extend(steps_of(count)))
    return {"seconds": seconds, "marks": marks}


def fan_out(count: int, width: int = 200) -> Answer:
    async def run() -> list[float]:
        taken = []
        for _ in range(count):
            begun = time.perf_counter()
            assert await fan_out_of(width) == width
            taken.append(time.perf_counter() - begun)
        return taken

    taken = asyncio.run(run())
    return {"seconds": sum(taken), "taken": taken}


def main() -> None:
    dsn = os.environ["BENCH_DSN"].replace("postgresql://", "postgresql+psycopg://")
    DBOS(
        config={
            "name": "bench",
            "system_database_url": dsn,
            "sys_db_pool_size": THREADS + 1,
            "log_level": "ERROR",
            "executor_id": os.environ["BENCH_NUMBER"],
        }
    )
    DBOS.launch()
    if QUEUED:
        DBOS.register_queue(QUEUE, worker_concurrency=AT_ONCE, polling_interval_sec=POLL_SECONDS)
    serve({load.__name__: load for load in (bulk, callers, single, steps, fan_out)})
    DBOS.destroy()


if __name__ == "__main__":
    main()
