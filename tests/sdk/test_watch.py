"""Deadlines of what is under way: told of once, and only where nothing has ended before."""

import asyncio
from collections.abc import Callable

from sched_sdk.worker.watch import Watch

from tests.sdk.peer import PATIENCE_SECONDS


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - a timer of the loop's, which tells nobody else
            await asyncio.sleep(0)


async def test_what_does_not_end_is_told_of_in_the_order_of_deadlines() -> None:
    """An earlier deadline that comes later moves the timer."""
    watch, late = Watch(), list[str]()
    watch.begin("slow", 0.5, lambda: late.append("slow"))
    watch.begin("fast", 0.01, lambda: late.append("fast"))
    await until(lambda: len(late) == 2)
    assert late == ["fast", "slow"]


async def test_what_has_ended_is_forgotten() -> None:
    """Even if it ends at the very last, with others overdue beside it."""
    watch, late = Watch(), list[str]()
    watch.begin("ended", 0.01, lambda: late.append("ended"))
    watch.begin("other", 0.01, lambda: late.append("other"))
    watch.end("ended")
    watch.end("unknown")
    await until(lambda: late)
    assert late == ["other"]


async def test_a_thing_may_begin_again() -> None:
    """The timer that its first time has left behind tells nothing; the second does."""
    watch, late = Watch(), list[str]()
    watch.begin("thing", 0.001, lambda: late.append("first"))
    watch.end("thing")
    watch.begin("thing", 0.01, lambda: late.append("second"))
    await until(lambda: late)
    assert late == ["second"]


async def test_one_that_tells_may_begin_another() -> None:
    """As a turn that is late, whose thread is looked at again later."""
    watch, late = Watch(), list[str]()

    def again() -> None:
        late.append("first")
        watch.begin("second", 0.001, lambda: late.append("second"))

    watch.begin("first", 0.001, again)
    await until(lambda: len(late) == 2)
    assert late == ["first", "second"]
