"""Absurd as it is measured: workers and callers, a connection each. `python -m benchmarks.peers.run_absurd`.

Its settings, and why:

- A client has one connection, which does one thing at a time: so each worker is a thread with a client of its own.
- Four workers and process, that claim 20 tasks at once; `poll_interval` of 20 ms (its default is 250).
- Two processes share bulk and callers: one does not use two cores.
- Results are awaited by asking for them every 10 ms; its own `await_task_result` begins with 50 ms and doubles them.
- The schema is the one that `absurdctl` of the same version carries.
"""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
from absurd_sdk import Absurd
from absurdctl import BUNDLED_SCHEMA_SQL

from benchmarks.child import Answer, serve, timed
from benchmarks.peers.calling import called

WORKERS = 4
BATCH = 20
CALLERS = 64
CLAIM_SECONDS = 240
POLL_SECONDS = 0.02
RESULT_POLL_SECONDS = 0.01
DSN = os.environ["BENCH_DSN"]
PROCESSES = int(os.environ["BENCH_OF"])
SCHEMA_LOCK = 1
_clients = threading.local()


def bench(value: Any, ctx: Any) -> Any:
    """One step."""
    return ctx.step("echo", lambda: value)


def steps_of(count: int, ctx: Any) -> list[float]:
    """One step after the other; when each of them ran."""
    return [ctx.step("now", time.time) for _ in range(count)]


def prepare() -> None:
    """Schema and queue, made by the process that comes first."""
    with psycopg.connect(DSN, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [SCHEMA_LOCK])
        if connection.execute("SELECT to_regnamespace('absurd')").fetchone() == (None,):
            connection.execute(BUNDLED_SCHEMA_SQL)
            Absurd(connection).create_queue("default")


def work() -> None:
    app = Absurd(DSN)
    app.register_task("bench")(bench)
    app.register_task("steps")(steps_of)
    app.start_worker(concurrency=1, batch_size=BATCH, poll_interval=POLL_SECONDS, claim_timeout=CLAIM_SECONDS)


def client() -> Absurd:
    """This thread's own."""
    if not hasattr(_clients, "own"):
        _clients.own = Absurd(DSN)
    own: Absurd = _clients.own
    return own


def spawn(task: str, value: Any) -> str:
    return str(client().spawn(task, value, queue="default")["task_id"])


def result(task_id: str) -> Any:
    while (found := client().fetch_task_result(task_id)) is None or found.state != "completed":
        assert found is None or found.state not in ("failed", "cancelled"), found
        time.sleep(RESULT_POLL_SECONDS)
    return found.result


def bulk(count: int) -> Answer:
    """Spawns all from some threads, then waits for each."""

    def run() -> None:
        with ThreadPoolExecutor(WORKERS) as threads:
            ids = list(threads.map(lambda number: spawn("bench", {"order": number}), range(count)))
        for number, task_id in enumerate(ids):
            assert result(task_id) == {"order": number}

    return {"seconds": timed(run)}


def callers(count: int, at_once: int = CALLERS) -> Answer:
    """`at_once` threads over all processes, each waiting for one task after the other."""
    return called(lambda order: result(spawn("bench", order)), count, at_once // PROCESSES)


def single(count: int) -> Answer:
    return callers(count, at_once=1)


def steps(count: int) -> Answer:
    marks: list[float] = []
    seconds = timed(lambda: marks.extend(result(spawn("steps", count))))
    return {"seconds": seconds, "marks": marks}


if __name__ == "__main__":
    prepare()
    for _ in range(WORKERS):
        threading.Thread(target=work, daemon=True).start()
    serve({load.__name__: load for load in (bulk, callers, single, steps)})
