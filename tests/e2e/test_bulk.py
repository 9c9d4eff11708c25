"""A bulk operation over thousands of executions, while others start workflows of another queue and wait for them.

What is compared is the same stack in turn: callers alone, callers beside the operation, which is then stopped and asked
for again. So a machine that changes its pace does so for both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sched_sdk.client import AsyncClient

from tests.e2e.harness import bulk
from tests.e2e.harness.backends import POSTGRES_REDIS, Backend
from tests.e2e.harness.flood import FLOODED, Times, start_many
from tests.e2e.harness.second_process import SecondProcess
from tests.e2e.harness.stack import STREAMING, Stack
from tests.e2e.harness.waiting import wait_for

pytestmark = pytest.mark.timing

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
    stack: Stack, beside: Callable[..., bulk.Told], executions: int, seconds: float
) -> tuple[Times, Times]:
    """Without and with, in turn, until nothing is left to be cancelled."""
    assert start_many(stack, "Listening", executions) == executions
    wait_for(lambda: not count(stack, TASKS), "executions that wait", seconds=600, look=0.5)
    callers(stack, seconds)  # everything is warm
    alone: list[float] = []
    together: list[float] = []
    changed, took = 0, 0.0
    while count(stack, RUNNING):
        alone += callers(stack, seconds)
        number = beside(bulk.cancel_all, FLOODED).number
        wait_for(partial(has_begun, beside, number), "its beginning")
        together += callers(stack, seconds)
        told = beside(bulk.stop, number)
        changed, took = changed + told.changed, took + told.seconds
        wait_for(lambda: not count(stack, ASKED), "the last that were asked", seconds=60)
    print(f"{changed} cancelled in {took:.1f} s, {changed / took:.0f} a second")
    assert changed == executions
    return Times(alone), Times(together)


def check(found: tuple[Times, Times]) -> None:
    """Prints what was measured, and compares."""
    alone, together = found
    ratio = together.percentile(0.99) / alone.percentile(0.99)
    print(f"alone    {alone}\ntogether {together}\nratio of the 99th percentiles: {ratio:.2f}")
    assert ratio < RATIO_MAX


def test_a_bulk_cancel_leaves_another_queue_nearly_as_fast(
    stack: Stack, beside: Callable[..., bulk.Told]
) -> None:
    """5,000 executions, each of which has a turn to end in."""
    check(measure(stack, beside, 5_000, 5.0))


@pytest.mark.long
def test_a_large_bulk_cancel_leaves_another_queue_nearly_as_fast(
    stack: Stack, beside: Callable[..., bulk.Told]
) -> None:
    """50,000 executions."""
    check(measure(stack, beside, 50_000, 20.0))
