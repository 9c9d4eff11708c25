"""Async functions: asyncio's own tools, on a history."""

import asyncio
from typing import Any

import pytest
from sched_sdk import ActivityError, AsyncWorkflowContext

from tests.sdk.replaying import Code


def test_a_turn_waits_for_any_of_all_open_waits() -> None:
    """gather waits for each by itself; wait_all is one wait, and one turn."""

    async def gathers(ctx: AsyncWorkflowContext) -> Any:
        return await asyncio.gather(ctx.execute_activity("A"), ctx.execute_activity("B"))

    async def waits(ctx: AsyncWorkflowContext) -> Any:
        return await ctx.wait_all([ctx.queue_activity("A"), ctx.queue_activity("B")])

    assert Code(gathers).says("WS") == "AS0(A) AS1(B) -> any 0 1"
    assert Code(gathers).says("WS, Y, AS0(A), AS1(B), AC1=2") == "-> any 0"
    assert Code(gathers).says("WS, Y, AS0(A), AS1(B), AC1=2, Y, AC0=1") == "WC=[1,2]"
    assert Code(waits).says("WS") == "AS0(A) AS1(B) -> all 0 1"
    assert Code(waits).says("WS, Y, AS0(A), AS1(B), AC1=2, AC0=1") == "WC=[1,2]"


def test_a_handle_can_be_awaited_and_starts_at_once() -> None:
    """queue_activity and start_timer need no await to be scheduled."""

    async def starts(ctx: AsyncWorkflowContext) -> Any:
        timer, work = ctx.start_timer(3), ctx.queue_activity("A")
        first = await ctx.wait_any([timer, work])
        timer.cancel()
        return [first is work, await work]

    code = Code(starts)
    assert code.says("WS") == "TS0(3) AS1(A) -> any 0 1"
    assert code.says("WS, Y, TS0, AS1(A), AC1=4") == "TX0 WC=[true,4]"


def test_sleep_and_timeout_of_asyncio_are_durable_timers() -> None:
    """A timeout that is not reached is cancelled by the turn that leaves its block."""

    async def limits(ctx: AsyncWorkflowContext) -> str:
        try:
            async with asyncio.timeout(5):
                await ctx.execute_activity("A")
        except TimeoutError:
            return "too slow"
        await asyncio.sleep(0)
        await asyncio.sleep(0.25)
        return "in time"

    code = Code(limits)
    assert code.says("WS") == "TS0(5) AS1(A) -> any 0 1"
    assert code.says("WS, Y, TS0, AS1(A), AC1") == "TX0 TS2(0.25) -> any 2"
    assert code.says("WS, Y, TS0, AS1(A), TF0") == 'CA1 WC="too slow"'
    code.check("WS, Y, TS0, AS1(A), AC1, Y, TX0, TS2, TF2, Y, WC")


def test_wait_for_cancels_what_it_waited_for() -> None:
    """asyncio.wait_for is a timeout around a task."""

    async def limits(ctx: AsyncWorkflowContext) -> str:
        try:
            await asyncio.wait_for(ctx.execute_activity("A"), timeout=5)
        except TimeoutError:
            return "too slow"
        return "in time"

    assert Code(limits).says("WS, Y, TS0, AS1(A), TF0") == 'CA1 WC="too slow"'


def test_two_waits_for_signals_are_served_in_their_order() -> None:
    """The older wait takes what both want; a name takes only its own."""

    async def listens(ctx: AsyncWorkflowContext) -> Any:
        async def hear(name: str | None) -> Any:
            signal = await ctx.wait_for_signal(name)
            return signal and signal.payload

        return await asyncio.gather(hear("b"), hear(None), hear("b"))

    code = Code(listens)
    assert code.says("WS") == "-> any *"
    assert code.says("WS, SR(b=1), SR(b=2)") == "-> any b took 2 3"
    assert code.says("WS, Y, SR(c=0), SR(b=1), SR(b=2)") == "WC=[1,0,2] took 3 4 5"


def test_a_signal_that_a_cancelled_wait_took_is_kept() -> None:
    """Settled and cancelled in one turn: the signal goes to the next that wants it."""

    async def drops(ctx: AsyncWorkflowContext) -> Any:
        hearing = asyncio.create_task(_heard(ctx, None))
        await ctx.execute_activity("A")
        hearing.cancel()
        await asyncio.wait([hearing])
        return [hearing.cancelled(), await _heard(ctx, 0)]

    code = Code(drops)
    assert code.says("WS") == "AS0(A) -> any 0 *"
    assert code.says("WS, Y, AS0(A), AC0, SR(x=1)") == "WC=[true,1] took 5"


async def _heard(ctx: AsyncWorkflowContext, within: float | None) -> Any:
    signal = await ctx.wait_for_signal(timeout=within)
    return signal and signal.payload


def test_sets_of_tasks_iterate_in_the_order_of_creation() -> None:
    """asyncio.wait answers with sets: without that, the order of commands would be that of addresses."""

    async def sets(ctx: AsyncWorkflowContext) -> Any:
        tasks = [asyncio.create_task(ctx.execute_activity("A", k)) for k in range(20)]
        done, _ = await asyncio.wait(tasks)
        return [task.result() for task in done]

    scheduled = ", ".join(f"AS{k}(A)" for k in range(20))
    answered = ", ".join(f"AC{k}={k}" for k in reversed(range(20)))
    assert Code(sets).says(f"WS, Y, {scheduled}, {answered}") == f"WC={list(range(20))}".replace(" ", "")


def test_events_locks_and_queues_of_asyncio_work() -> None:
    """They make no commands, and wake in order."""

    async def joins(ctx: AsyncWorkflowContext) -> Any:
        queue: asyncio.Queue[int] = asyncio.Queue()
        ready, lock = asyncio.Event(), asyncio.Lock()

        async def produce(n: int) -> None:
            await ready.wait()
            async with lock:
                await ctx.sleep(n)
                await queue.put(n)

        async with asyncio.TaskGroup() as group:
            for n in (1, 2):
                group.create_task(produce(n))
            await ctx.execute_activity("A")
            ready.set()
        return [queue.get_nowait(), queue.get_nowait()]

    code = Code(joins)
    assert code.says("WS") == "AS0(A) -> any 0"
    assert code.says("WS, Y, AS0(A), AC0") == "TS1(1) -> any 1"
    assert code.says("WS, Y, AS0(A), AC0, Y, TS1, TF1") == "TS2(2) -> any 2"
    assert code.says("WS, Y, AS0(A), AC0, Y, TS1, TF1, Y, TS2, TF2") == "WC=[1,2]"


def test_a_failed_activity_is_raised_where_it_is_awaited() -> None:
    """And gather hands out the first in history."""

    async def fails(ctx: AsyncWorkflowContext) -> str:
        try:
            await asyncio.gather(ctx.execute_activity("A"), ctx.execute_activity("B"))
        except ActivityError as error:
            return error.activity_type
        return "no"

    assert Code(fails).says("WS, Y, AS0(A), AS1(B), AF1, AF0") == 'WC="B"'


def test_a_wait_that_nothing_can_end_fails_the_workflow() -> None:
    """An open run always waits for something by name."""

    async def stuck(ctx: AsyncWorkflowContext) -> None:
        ctx.start_timer(5)
        await asyncio.Event().wait()

    assert (
        Code(stuck)
        .says("WS")
        .startswith("TS0(5) WF(DeadlockError: The workflow awaits what nothing can ever")
    )


def test_tasks_that_nobody_awaits_end_with_the_function() -> None:
    """As asyncio.run does it; what they scheduled by then stands."""

    async def leaves(ctx: AsyncWorkflowContext) -> str:
        task = asyncio.create_task(ctx.execute_activity("A"))
        await asyncio.sleep(0)
        return "left" if not task.done() else "no"

    assert Code(leaves).says("WS") == 'AS0(A) WC="left"'


async def _thread(ctx: AsyncWorkflowContext) -> None:
    await asyncio.to_thread(print)


async def _connection(ctx: AsyncWorkflowContext) -> None:
    await asyncio.open_connection("localhost", 1)


async def _process(ctx: AsyncWorkflowContext) -> None:
    await asyncio.create_subprocess_exec("true")


@pytest.mark.parametrize("function", [_thread, _connection, _process])
def test_io_threads_and_processes_are_refused(function: Any) -> None:
    """With a sentence that says where they belong."""
    assert "belong in an activity" in Code(function).says("WS")


def test_system_exit_in_a_task_ends_nothing_but_the_task() -> None:
    """The worker lives on; whoever awaits the task gets it."""

    async def exits(ctx: AsyncWorkflowContext) -> None:
        async def leave() -> None:
            raise SystemExit(2)

        await asyncio.create_task(leave())

    assert Code(exits).says("WS") == "WF(SystemExit: 2)"


async def test_a_turn_can_run_inside_of_another_loop() -> None:
    """The worker's own loop is the running one again afterwards."""

    async def sleeps(ctx: AsyncWorkflowContext) -> None:
        await asyncio.sleep(1)

    outer = asyncio.get_running_loop()
    assert Code(sleeps).says("WS") == "TS0(1) -> any 0"
    assert asyncio.get_running_loop() is outer
