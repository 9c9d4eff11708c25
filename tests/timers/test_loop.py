"""The runner of periodic work."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from timers.loop import Loop

LONG = 5.0
NEVER = 3600.0


@dataclass(frozen=True)
class Done:
    more: bool = False
    rests: bool = False


class Work:
    """Counts its passes, and does in each what the test says."""

    def __init__(self, act: Callable[[int], Done] = lambda _: Done()) -> None:
        self.passes = 0
        self._act = act
        self._changed = asyncio.Event()

    async def run_once(self) -> Done:
        self.passes += 1
        self._changed.set()
        return self._act(self.passes)

    async def reach(self, passes: int) -> None:
        async with asyncio.timeout(LONG):
            while self.passes < passes:
                self._changed.clear()
                await self._changed.wait()


async def test_it_runs_at_once_then_when_woken_and_ends_when_told() -> None:
    """Any thread may wake it, even after its end."""
    work = Work()
    loop = Loop("test", work.run_once, interval=NEVER)
    running = asyncio.create_task(loop.run())
    await work.reach(1)
    loop.wake()
    await work.reach(2)
    threading.Thread(target=loop.wake).start()
    await work.reach(3)
    loop.stop()
    await asyncio.wait_for(running, LONG)
    assert (loop.passes, loop.last, work.passes) == (3, Done(), 3)
    loop.wake()


async def test_it_repeats_by_interval_and_at_once_while_there_is_more() -> None:
    """A pass that leaves work is followed by the next without a rest."""
    work = Work(lambda number: Done(more=number < 5))
    loop = Loop("test", work.run_once, interval=NEVER)
    running = asyncio.create_task(loop.run())
    await work.reach(5)
    loop.stop()
    await running
    steady = Work()
    ticking = Loop("test", steady.run_once, interval=0.005)
    running = asyncio.create_task(ticking.run())
    await steady.reach(4)
    ticking.stop()
    await running


async def test_at_rest_it_passes_seldom_until_it_is_stirred() -> None:
    """A pass that found nothing to look after is followed by none for long, but soon after something has begun."""
    work = Work(lambda number: Done(rests=number != 2))
    loop = Loop("test", work.run_once, interval=0.002, at_rest=NEVER)
    running = asyncio.create_task(loop.run())
    await work.reach(1)
    await asyncio.sleep(0.02)
    assert work.passes == 1
    loop.stir()
    await work.reach(3)  # the second found something, so the third came by itself
    await asyncio.sleep(0.02)
    assert work.passes == 3
    loop.wake()
    await work.reach(4)
    loop.stop()
    await running


async def test_rest_ends_by_itself() -> None:
    """Unstirred, it looks again after `at_rest`: what others began is not told here."""
    work = Work(lambda _: Done(rests=True))
    loop = Loop("test", work.run_once, interval=0.002, at_rest=0.02)
    running = asyncio.create_task(loop.run())
    await work.reach(3)
    loop.stop()
    await running
    assert loop.passes == 3


async def test_failures_are_retried_and_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """The log has the first failure and the recovery, with their number."""
    caplog.set_level(logging.INFO, "timers.loop")

    def act(number: int) -> Done:
        if number in {2, 3}:
            raise ConnectionError("no database")
        return Done(more=number == 1)

    work = Work(act)
    loop = Loop("net", work.run_once, interval=NEVER)
    running = asyncio.create_task(loop.run())
    await work.reach(4)
    loop.stop()
    await running
    assert not loop.failing
    assert [record.getMessage() for record in caplog.records] == [
        "loop net fails: no database",
        "loop net works again after 2 failures",
    ]


async def test_it_rests_while_it_must_not_run() -> None:
    """No pass while the condition does not hold; the first soon after it does."""
    leads = False
    work = Work()
    loop = Loop("test", work.run_once, interval=0.002, when=lambda: leads)
    running = asyncio.create_task(loop.run())
    rested = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, rested.set)
    await rested.wait()
    assert work.passes == 0
    leads = True
    await work.reach(1)
    loop.stop()
    await running
