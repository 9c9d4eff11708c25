"""A bulk operation over thousands of executions, while others start workflows of another queue and wait for them.

What is compared is the same stack in turn: callers alone, callers beside the operation, which is then stopped and asked
for again. So a machine that changes its pace does so for both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sched_sdk.client import AsyncClient

from tests.e2e.harness import bulk
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.flood import FLOODED, Times, start_many
from tests.e2e.harness.second_process import SecondProcess, Writer
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for
from workflows.engine.bulk import LOOK_SECONDS

RATIO_MAX = 2.0
"""Of the 99th percentiles: with the operation, and without."""
CALLERS = 64
RUNNING = f"SELECT count(*) FROM sched_executions WHERE task_queue = '{FLOODED}' AND status = 'RUNNING'"
ASKED = f"{RUNNING} AND cancel_requested"
TASKS = "SELECT count(*) FROM sched_tasks"


@pytest.fixture
def stack(backend_of: Callable[[str, str], Backend], tmp_path: Path) -> Iterator[Stack]:
    """Postgres and Redis, an engine, a worker of each queue."""
    made = Stack(backend_of(POSTGRES_REDIS, "bulk"), STREAMING, tmp_path)
    try:
        made.start_engine()
        made.start_worker()
        made.start_worker(FLOODED)
        made.warm_up()
        yield made
    finally:
        made.stop()


@pytest.fixture
def beside(stack: Stack) -> Iterator[Callable[..., bulk.Told]]:
    """A Django process that asks for bulk operations."""
    with SecondProcess(stack.backend.variables) as process:

        def call(function: Callable[..., bulk.Told], *arguments: Any) -> bulk.Told:
            told = process.call(f"{bulk.__name__}.{function.__name__}", *arguments)
            return bulk.Told(**told)

        yield call


def count(stack: Stack, sql: str) -> int:
    with psycopg.connect(stack.backend.variables["SCHED_POSTGRES_DSN"], autocommit=True) as connection:
        row = connection.execute(sql.encode()).fetchone()
    assert row is not None
    return int(row[0])


def has_begun(beside: Callable[..., bulk.Told], number: int) -> bool:
    return beside(bulk.look, number).state != "WAITING"


def callers(stack: Stack, seconds: float) -> list[float]:
    """What each start-and-wait of 64 callers took, who do nothing else for that time."""
    taken: list[float] = []

    async def one(client: AsyncClient, end: float) -> None:
        while (begun := time.perf_counter()) < end:
            handle = await client.start("Doubling", 1, wait=30)
            assert await handle.result(30) == 3
            taken.append(time.perf_counter() - begun)

    async def all_of_them() -> None:
        async with AsyncClient(stack.address) as client:
            end = time.perf_counter() + seconds
            await asyncio.gather(*(one(client, end) for _ in range(CALLERS)))

    asyncio.run(all_of_them())
    return taken


def measure(
    stack: Stack, beside: Callable[..., bulk.Told], executions: int, *, rounds: int, seconds: float
) -> tuple[Times, Times]:
    """Without and with, in turn; what is left then is cancelled with nobody beside it."""
    assert start_many(stack, "Listening", executions) == executions
    wait_for(lambda: not count(stack, TASKS), "executions that wait", seconds=900, look=0.5)
    callers(stack, seconds)  # everything is warm
    alone: list[float] = []
    together: list[float] = []
    parts: list[bulk.Told] = []
    for _ in range(rounds):
        alone += callers(stack, seconds)
        number = beside(bulk.cancel_all, FLOODED).number
        wait_for(partial(has_begun, beside, number), "its beginning")
        together += callers(stack, seconds)
        parts.append(beside(bulk.stop, number))
        wait_for(lambda: not count(stack, ASKED), "the last that were asked", seconds=60)
    rest = beside(bulk.cancel_all, FLOODED)
    wait_for(lambda: beside(bulk.look, rest.number).state == "DONE", "the rest", seconds=900, look=0.5)
    rest = beside(bulk.look, rest.number)
    tell("beside 64 callers", parts)
    tell("beside nobody", [rest])
    wait_for(lambda: not count(stack, RUNNING), "the last that were asked", seconds=60)
    assert sum(part.changed for part in (*parts, rest)) == executions
    return Times(alone), Times(together)


def tell(where: str, parts: Sequence[bulk.Told]) -> None:
    changed, seconds = sum(part.changed for part in parts), sum(part.seconds for part in parts)
    if seconds:
        print(f"{where}: {changed} cancelled in {seconds:.1f} s, {changed / seconds:.0f} a second")


def check(found: tuple[Times, Times]) -> None:
    """Prints what was measured, and compares."""
    alone, together = found
    ratio = together.percentile(0.99) / alone.percentile(0.99)
    print(f"alone    {alone}\ntogether {together}\nratio of the 99th percentiles: {ratio:.2f}")
    assert ratio < RATIO_MAX


def test_a_bulk_signal_reaches_all(writer: Writer) -> None:
    """Asked for by a Django process beside the engine, or in the engine's own; begun at once, not at the next look."""
    handles = [writer.start("Listening", workflow_id=f"many-{number}") for number in range(20)]
    begun = time.monotonic()
    number = writer.process.call(f"{bulk.__name__}.signal_all", "many-", "go", '"on"')["number"]
    for handle in handles:
        handle.result(30)
    assert time.monotonic() - begun < LOOK_SECONDS
    wait_for(lambda: writer.process.call(f"{bulk.__name__}.look", number)["state"] == "DONE", "its end")
    assert writer.process.call(f"{bulk.__name__}.look", number)["changed"] == 20


@pytest.mark.timing
def test_a_bulk_cancel_leaves_another_queue_nearly_as_fast(
    stack: Stack, beside: Callable[..., bulk.Told]
) -> None:
    """5,000 executions, each of which has a turn to end in."""
    check(measure(stack, beside, 5_000, rounds=6, seconds=5.0))


@pytest.mark.long
@pytest.mark.timing
def test_a_large_bulk_cancel_leaves_another_queue_nearly_as_fast(
    stack: Stack, beside: Callable[..., bulk.Told]
) -> None:
    """50,000 executions."""
    check(measure(stack, beside, 50_000, rounds=6, seconds=20.0))
