"""Celery with Redis as it is measured: a worker, and a client. `python -m benchmarks.peers.run_celery`.

It is no durable execution, and here for scale: a task is one step; broker and results are a Redis that writes nothing
to disk, so what is acknowledged is in memory only, and a crash of Redis loses it. `acks_late`: a task whose worker
dies runs again. Its settings, and why: two prefork processes for two cores; the prefetch multiplier of 64 keeps them
busy; no events, no heartbeats of workers; results expire after an hour.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import Celery

from benchmarks.child import Answer, serve

REDIS = os.environ["BENCH_REDIS"]
RESULT_SECONDS = 120.0
STOP_SECONDS = 10.0
app = Celery("benchmarks.peers.run_celery", broker=REDIS, backend=REDIS)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=64,
    worker_concurrency=2,
    result_expires=3_600,
    broker_connection_retry_on_startup=True,
)


@app.task(name="echo")
def echo(value: Any) -> Any:
    return value


def bulk(count: int) -> Answer:
    """Sends all, then waits for each result."""
    begun = time.perf_counter()
    sent = [echo.delay({"order": number}) for number in range(count)]
    for number, result in enumerate(sent):
        assert result.get(timeout=RESULT_SECONDS) == {"order": number}
    return {"seconds": time.perf_counter() - begun}


@contextmanager
def worker() -> Iterator[None]:
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.peers.run_celery", "worker"]
    started = subprocess.Popen(
        [*command, "--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=error"],
        stdout=sys.stderr,
    )
    try:
        yield
    finally:
        started.terminate()
        started.wait(STOP_SECONDS)


if __name__ == "__main__":
    with worker():
        serve({"bulk": bulk})
