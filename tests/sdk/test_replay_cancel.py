"""Cancellation and eviction, of plain and of async functions alike."""

import asyncio
import threading
from typing import Any

import pytest
from sched_sdk import AsyncWorkflowContext, Cancelled, WorkflowContext
from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.replay import Execution

from tests.sdk.replaying import Code, history, told


def sleeps(ctx: WorkflowContext) -> None:
    ctx.sleep(60)


async def sleeps_async(ctx: AsyncWorkflowContext) -> None:
    await ctx.sleep(60)


async def sleeps_asyncio(ctx: AsyncWorkflowContext) -> None:
    await asyncio.sleep(60)


def listens(ctx: WorkflowContext) -> None:
    ctx.wait_for_signal()


async def listens_async(ctx: AsyncWorkflowContext) -> None:
    await ctx.wait_for_signal()


def cleans_up(ctx: WorkflowContext) -> None:
    try:
        ctx.execute_activity("Long")
    except Cancelled as request:
        ctx.execute_activity("CleanUp", str(request))
        raise


async def cleans_up_async(ctx: AsyncWorkflowContext) -> None:
    try:
        await ctx.execute_activity("Long")
    except Cancelled as request:
        await ctx.execute_activity("CleanUp", str(request))
        raise


@pytest.mark.parametrize("function", [sleeps, sleeps_async, sleeps_asyncio])
def test_cancel_while_it_sleeps(function: Any) -> None:
    """TX for the timer, WX for the run."""
    code = Code(function)
    assert code.says("WS, Y, TS0, WCR") == "TX0 WX"
    code.check("WS, Y, TS0, WCR, Y, TX0, WX")


@pytest.mark.parametrize("function", [listens, listens_async])
def test_cancel_while_it_waits_for_a_signal(function: Any) -> None:
    """No timer, so nothing but WX."""
    assert Code(function).says("WS, Y, WCR") == "WX"


@pytest.mark.parametrize("function", [cleans_up, cleans_up_async])
def test_clean_up_runs_on_and_the_end_is_canceled(function: Any) -> None:
    """The cancelled activity is asked to stop; the turn goes on; the answer causes no turn."""
    code = Code(function)
    assert code.says("WS, Y, AS0(Long), WCR(enough)") == "CA0 AS1(CleanUp) -> any 1"
    rest = "WS, Y, AS0(Long), WCR(enough), Y, ACR0, AS1(CleanUp)"
    assert code.says(f"{rest}, AX0~, AC1") == "WX"
    assert code.says(f"{rest}, AC1") == "WX"
    code.check(f"{rest}, AX0~, AC1, Y, WX")
    code.check("WS, Y, AS0(Long), WCR, Y, AX0, AS1(CleanUp), AC1, Y, WX")


@pytest.mark.parametrize("function", [cleans_up, cleans_up_async])
def test_what_history_held_before_the_request_is_handed_out_first(function: Any) -> None:
    """Result, then request: the wait had ended. Request, then result: the wait is cancelled, without a command."""
    code = Code(function)
    assert code.says("WS, Y, AS0(Long), AC0, WCR") == "WC="
    assert code.says("WS, Y, AS0(Long), WCR, AC0") == "AS1(CleanUp) -> any 1"


def test_a_request_before_the_first_turn_meets_the_first_wait() -> None:
    """What was issued before it is cancelled with it."""
    assert Code(sleeps).says("WS, WCR") == "TS0(60) TX0 WX"
    assert Code(sleeps_async).says("WS, WCR") == "TS0(60) TX0 WX"


def test_cancelled_is_raised_once_and_can_be_caught() -> None:
    """Caught and returned: completed. A second request would not raise again."""

    def stubborn(ctx: WorkflowContext) -> str:
        caught = 0
        for _ in range(3):
            try:
                ctx.sleep(10)
            except Cancelled:
                caught += 1
        return f"caught {caught}"

    code = Code(stubborn)
    assert code.says("WS, Y, TS0, WCR") == "TX0 TS1(10) -> any 1"
    assert code.says("WS, Y, TS0, WCR, Y, TX0, TS1, TF1, Y, TS2, TF2") == 'WC="caught 1"'


def test_another_error_after_the_request_is_a_failure() -> None:
    """Only Cancelled that leaves the function ends it as canceled; and Cancelled without a request is a failure."""

    def breaks(ctx: WorkflowContext) -> None:
        try:
            ctx.sleep(10)
        except Cancelled:
            raise ValueError("clean-up failed") from None

    def invents(ctx: WorkflowContext) -> None:
        raise Cancelled

    assert Code(breaks).says("WS, Y, TS0, WCR") == "TX0 WF(ValueError: clean-up failed)"
    assert Code(invents).says("WS") == "WF(Cancelled: )"


def test_a_cancelled_wait_for_many_cancels_each_that_is_pending() -> None:
    """Done ones get no command."""

    def waits(ctx: WorkflowContext) -> None:
        ctx.wait_all([ctx.queue_activity("A"), ctx.start_timer(5), ctx.queue_activity("B")])

    assert Code(waits).says("WS, Y, AS0(A), TS1, AS2(B), AC0, WCR") == "TX1 CA2 WX"


def test_a_gather_is_cancelled_as_a_whole() -> None:
    """Cancelled reaches the children and comes out of the gather as Cancelled."""

    async def gathers(ctx: AsyncWorkflowContext) -> str:
        try:
            await asyncio.gather(
                ctx.execute_activity("A"), asyncio.sleep(9), ctx.wait_for_signal("x", timeout=8)
            )
        except Cancelled as request:
            return f"stopped: {request}"
        return "no"

    code = Code(gathers)
    assert code.says("WS") == "AS0(A) TS1(9) TS2(8) -> any 0 1 2 x"
    assert code.says("WS, Y, AS0(A), TS1, TS2, WCR(why)") == 'CA0 TX1 TX2 WC="stopped: why"'


def test_a_task_group_is_cancelled_as_a_whole() -> None:
    """As a gather."""

    async def groups(ctx: AsyncWorkflowContext) -> str:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(ctx.execute_activity("A"))
                group.create_task(ctx.sleep(3))
        except Cancelled:
            return "stopped"
        return "no"

    assert Code(groups).says("WS, Y, AS0(A), TS1, WCR") == 'CA0 TX1 WC="stopped"'


def test_a_shielded_activity_survives_the_request() -> None:
    """asyncio.shield means what it says."""

    async def shields(ctx: AsyncWorkflowContext) -> Any:
        work = asyncio.create_task(ctx.execute_activity("A"))
        try:
            return await asyncio.shield(work)
        except Cancelled:
            return await work

    code = Code(shields)
    assert code.says("WS, Y, AS0(A), WCR") == "-> any 0"
    assert code.says("WS, Y, AS0(A), WCR, Y, AC0=5") == "WC=5"


def _parked(function: Any, text: str) -> Execution:
    code = Code(function)
    execution = Execution(code.definition, registry=code.registry)
    events = history(text)
    assert isinstance(execution.activate(events, seen_through=len(events)), worker_pb2.Turn)
    return execution


def test_eviction_unwinds_without_commands() -> None:
    """Clean-up code runs, whatever it calls raises again, and nothing it does is answered."""
    seen: list[str] = []

    def holds(ctx: WorkflowContext) -> None:
        try:
            ctx.sleep(60)
        except Exception:
            seen.append("caught")
        finally:
            seen.append("finally")
            try:
                ctx.queue_activity("CleanUp")
            except BaseException as error:
                seen.append(type(error).__name__)
                ctx.sleep(1)

    _parked(holds, "WS").close()
    assert seen == ["finally", "Evicted"]


def test_eviction_unwinds_every_strand_of_an_async_function() -> None:
    """Also those that await again while they are unwound."""
    seen: list[str] = []

    async def strand(ctx: AsyncWorkflowContext, name: str) -> None:
        try:
            await ctx.wait_for_signal(name)
        finally:
            seen.append(name)
            await asyncio.Event().wait()

    async def holds(ctx: AsyncWorkflowContext) -> None:
        await asyncio.gather(strand(ctx, "a"), strand(ctx, "b"))

    _parked(holds, "WS").close()
    assert sorted(seen) == ["a", "b"]


def test_an_execution_can_be_parked_and_goes_on_with_new_events_only() -> None:
    """The same answers as a replay from the start would give."""

    def steps(ctx: WorkflowContext) -> Any:
        return [ctx.execute_activity("A"), ctx.execute_activity("B"), ctx.is_replaying()]

    execution = _parked(steps, "WS")
    whole = history("WS, Y, AS0(A), AC0=1, Y, AS1(B), AC1=2")
    assert told(execution.activate(whole[1:4], seen_through=4)) == "AS1(B) -> any 1"
    assert told(execution.activate(whole[4:], seen_through=7)) == "WC=[1,2,false]"
    execution.close()


def test_a_parked_execution_whose_turn_was_not_recorded_so_gives_up() -> None:
    """Another worker's turn is in history: this one must be evicted, never trusted."""
    execution = _parked(sleeps, "WS")
    answer = told(execution.activate(history("WS, SR(a), Y@2, TS0, TF0"), seen_through=5))
    assert answer.startswith("ERROR: BrokenHistoryError: the last turn")
    execution.close()


def test_a_context_used_from_another_thread_is_refused() -> None:
    """A wait there would block nothing and wake nobody."""
    told_there: list[str] = []

    def leaks(ctx: WorkflowContext) -> str:
        def elsewhere() -> None:
            try:
                ctx.sleep(1)
            except Exception as error:
                told_there.append(str(error))

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return "done"

    Code(leaks).says("WS")
    assert told_there == [
        "a workflow's context is used outside of the workflow function, or in another thread"
    ]


def catches_all(ctx: WorkflowContext) -> None:
    while True:
        try:  # noqa: SIM105
            ctx.sleep(60)
        except:  # noqa: E722 - what people write
            pass


async def catches_all_async(ctx: AsyncWorkflowContext) -> None:
    while True:
        try:  # noqa: SIM105
            await asyncio.sleep(60)
        except:  # noqa: E722 - what people write
            pass


@pytest.mark.parametrize("function", [catches_all, catches_all_async])
def test_code_that_catches_everything_for_ever_does_not_hold_its_worker(
    function: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """The eviction ends, with a warning; the turn before it stands."""
    assert Code(function).says("WS, Y, TS0, WCR") == "TX0 TS1(60) -> any 1"
    assert "catches its own unwinding" in caplog.text


@pytest.mark.parametrize("is_async", [False, True])
def test_code_that_catches_its_parking_goes_back_all_the_same(is_async: bool) -> None:
    """A payload that is too large, in a loop that tries again."""

    def insists(ctx: WorkflowContext) -> None:
        while True:
            try:  # noqa: SIM105
                ctx.queue_activity("Take", "x" * 3_000_000)
            except:  # noqa: E722 - what people write
                pass

    async def insists_async(ctx: Any) -> None:
        insists(ctx)

    assert (
        Code(insists_async if is_async else insists).says("WS").startswith("ERROR: SchedError: input of Take")
    )
