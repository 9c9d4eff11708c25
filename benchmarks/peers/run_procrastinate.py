"""Procrastinate as it is measured: a queue of jobs, one worker that also defers. No workflows: a job is one step.

Its settings, and why: jobs are deferred 250 in a statement; the worker runs 32 at once, is woken by LISTEN / NOTIFY
(the default), and has a pool of 20 connections; jobs are kept when they have succeeded (the default), as workflows are.
What a job returns is not recorded: it does less than a workflow of one step.
"""

import asyncio
import os
import threading
import time
from itertools import batched
from typing import Any

import psycopg
from procrastinate import App, PsycopgConnector

from benchmarks.child import Answer, serve

AT_ONCE = 32
BATCH = 250
POLL_SECONDS = 0.05
DSN = os.environ["BENCH_DSN"]
app = App(connector=PsycopgConnector(conninfo=DSN, min_size=4, max_size=20))
deferring = App(connector=PsycopgConnector(conninfo=DSN, min_size=1, max_size=4))


@app.task(name="echo")
async def echo(order: int) -> Any:
    return {"order": order}


def bulk(count: int) -> Answer:
    """Defers all; until the database says that all have succeeded."""
    with psycopg.connect(DSN, autocommit=True) as connection:
        wanted = succeeded(connection) + count
        begun = time.perf_counter()
        asyncio.run(defer(count))
        while succeeded(connection) < wanted:
            time.sleep(POLL_SECONDS)
        return {"seconds": time.perf_counter() - begun}


async def defer(count: int) -> None:
    async with deferring.open_async():
        task = deferring.configure_task("echo")
        for numbers in batched(range(count), BATCH):
            await task.batch_defer_async(*({"order": number} for number in numbers))


def succeeded(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status = 'succeeded'").fetchone()
    assert row is not None
    return int(row[0])


async def work(ready: threading.Event) -> None:
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        ready.set()
        await app.run_worker_async(concurrency=AT_ONCE, install_signal_handlers=False)


def main() -> None:
    ready = threading.Event()
    threading.Thread(target=lambda: asyncio.run(work(ready)), daemon=True).start()
    ready.wait()
    serve({"bulk": bulk})


if __name__ == "__main__":
    main()
