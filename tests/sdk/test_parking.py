"""Runs that rest in the worker, and the eager turns that come of it."""

import asyncio
import datetime as dt
import queue
import threading
from collections.abc import Callable
from queue import Queue
from typing import Any

import pytest
from sched_sdk.client import AsyncClient
from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.proto.v1.history_pb2 import (
    ActivityTaskCompleted,
    ActivityTaskScheduled,
    HistoryEvent,
    TimerFired,
)
from sched_sdk.proto.v1.workflow_pb2 import GetWorkflowHistoryResponse
from sched_sdk.worker.poll import PollLane

from tests.sdk.peer import (
    PATIENCE_SECONDS,
    Peer,
    activity_task,
    payload,
    peer_engine,
    started_event,
    workflow_task,
)
from tests.sdk.working import client_of, running_worker

pytestmark = pytest.mark.parametrize("streaming", [True, False], ids=["stream", "poll"])
RUN = "0190a0a0-0000-7000-8000-000000000001"


def ack_in_order(completion: Any) -> worker_pb2.CompletionAck:
    """An engine to which nothing else came: every command has left one event."""
    ack = worker_pb2.CompletionAck(id=completion.id)
    eager = isinstance(completion, worker_pb2.ActivityTaskCompletion)
    if eager and not completion.HasField("eager"):
        return ack
    turn = completion.eager.turn if eager else completion.turn
    ack.last_event = turn.seen_through + 1 + len(turn.commands)
    return ack


def ack_after_a_signal(completion: Any) -> worker_pb2.CompletionAck:
    """One to which a signal came while the turn was on its way."""
    ack = ack_in_order(completion)
    ack.last_event += 1
    return ack


def client_with(
    peer: Peer, unwound: queue.Queue[str] | None = None, gate: threading.Event | None = None
) -> AsyncClient:
    """Workflows whose first step is the activity Double."""
    client = client_of(peer)
    done = queue.Queue[str]() if unwound is None else unwound

    @client.activity("Double")
    def double(ctx: Any, number: int) -> int:
        if number < 0:
            raise ValueError(number)
        return number * 2

    @client.workflow("Two")
    def two(ctx: Any, number: int) -> Any:
        try:
            return ctx.execute_activity("Double", ctx.execute_activity("Double", 1) + 1)
        finally:
            done.put("Two")

    @client.workflow("TwoAsync")
    async def two_async(ctx: Any, number: int) -> Any:
        return await ctx.execute_activity("Double", await ctx.execute_activity("Double", 1) + 1)

    @client.workflow("Both")
    def both(ctx: Any, number: int) -> Any:
        return ctx.wait_all([ctx.queue_activity("Double", n) for n in range(2)])

    @client.workflow("Elsewhere")
    def elsewhere(ctx: Any, number: int) -> Any:
        return ctx.execute_activity("Double", 1, queue="another")

    after_the_step = {
        "Clock": lambda ctx: str(ctx.now()),
        "Sleeper": lambda ctx: ctx.sleep(dt.timedelta(days=1)),
        "Blocker": lambda _: gate is None or gate.wait(PATIENCE_SECONDS),
        "Breaks": lambda _: 1 // 0,
    }
    for name, rest in after_the_step.items():
        client.workflow(name)(stepping(rest))
    return client


def stepping(rest: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """A workflow of one activity and what comes after it."""

    def workflow(ctx: Any, number: int) -> Any:
        ctx.execute_activity("Double", 1)
        return rest(ctx)

    return workflow


def double_task(number: int, *, command: int = 0, scheduled: int = 3) -> worker_pb2.ActivityTask:
    """The activity that a run's command has scheduled."""
    task = activity_task("Double")
    event = HistoryEvent(
        number=scheduled,
        activity_task_scheduled=ActivityTaskScheduled(
            activity_type="Double", command=command, input=payload(str(number))
        ),
    )
    task.run_id, task.scheduled, task.scheduled_event = RUN, scheduled, event.SerializeToString()
    return task


async def answer_of(peer: Peer, kind: str, task: Any) -> Any:
    """What the worker answers to a task."""
    before = len(peer.completions)
    peer.give(kind, task)
    await peer.until(lambda: len(peer.completions) > before)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while unacknowledged():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0)
    return peer.completions[before]


def unacknowledged() -> bool:
    """Whether a completion of a worker that polls is under way: a poll that is answered may overtake its ack, and then
    what rests here is no use yet. On a stream nothing overtakes."""
    names = (getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())
    return any(name == PollLane._complete.__qualname__ for name in names)


async def first_step(
    streaming: bool,
    workflow: str,
    *,
    ack: Callable[[Any], worker_pb2.CompletionAck] = ack_in_order,
    number: int = 1,
    gate: threading.Event | None = None,
) -> Any:
    """The answer to the activity of a run whose first turn was done here."""
    async with peer_engine() as peer:
        peer.acks = ack
        async with running_worker(client_with(peer, gate=gate), streaming=streaming):
            await answer_of(peer, "workflow", workflow_task(workflow))
            return await answer_of(peer, "activity", double_task(number))


@pytest.mark.parametrize("workflow", ["Two", "TwoAsync"])
async def test_the_turn_after_a_result_comes_with_it(streaming: bool, workflow: str) -> None:
    """Step after step: the second result brings the end."""
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        async with running_worker(client_with(peer), streaming=streaming):
            task = workflow_task(workflow)
            await answer_of(peer, "workflow", task)
            first = await answer_of(peer, "activity", double_task(1))
            second = await answer_of(peer, "activity", double_task(3, command=1, scheduled=6))
    assert (first.result, first.eager.token, first.eager.base_seq) == (payload("2"), task.token, 3)
    assert first.eager.turn.seen_through == 4
    assert first.eager.turn.commands[0].schedule_activity.input == payload("3")
    assert list(first.eager.turn.wait.commands) == [1]
    assert second.eager.base_seq == 6
    assert second.eager.turn.commands[0].complete_workflow.result == payload("6")


@pytest.mark.parametrize("workflow", ["Sleeper", "Breaks"])
async def test_whatever_the_turn_does_may_be_eager(streaming: bool, workflow: str) -> None:
    """A timer, a failure of the workflow."""
    completion = await first_step(streaming, workflow)
    (command,) = completion.eager.turn.commands
    assert command.WhichOneof("command") in ("start_timer", "fail_workflow")


@pytest.mark.parametrize("workflow", ["Clock", "Both", "Elsewhere"])
async def test_a_turn_that_cannot_be_done_here_is_not_tried(streaming: bool, workflow: str) -> None:
    """It wants to know the time of an event that is not written yet; it waits for more; it is another queue's."""
    completion = await first_step(streaming, workflow)
    assert completion.result == payload("2")
    assert not completion.HasField("eager")


@pytest.mark.parametrize(("ack", "number"), [(ack_after_a_signal, 1), (ack_in_order, -1)])
async def test_no_turn_is_guessed(
    streaming: bool, ack: Callable[[Any], worker_pb2.CompletionAck], number: int
) -> None:
    """The history went another way, or the attempt failed: what follows is the engine's to say."""
    completion = await first_step(streaming, "Two", ack=ack, number=number)
    assert not completion.HasField("eager")


async def test_a_function_that_blocks_holds_up_no_result(streaming: bool) -> None:
    """The result goes alone."""
    gate = threading.Event()
    try:
        completion = await first_step(streaming, "Blocker", gate=gate)
    finally:
        gate.set()
    assert completion.result == payload("2")
    assert not completion.HasField("eager")


async def test_a_task_of_the_run_evicts_what_rests_here(streaming: bool) -> None:
    """History is the truth: the function is unwound where it rests, and replayed."""
    unwound: queue.Queue[str] = queue.Queue()
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        async with running_worker(client_with(peer, unwound), streaming=streaming):
            await answer_of(peer, "workflow", workflow_task("Two"))
            assert unwound.empty()
            await answer_of(peer, "workflow", workflow_task("Two"))
            assert await asyncio.to_thread(unwound.get, timeout=PATIENCE_SECONDS) == "Two"
        assert await asyncio.to_thread(unwound.get, timeout=PATIENCE_SECONDS) == "Two"


def completed_event(number: int, *, command: int = 0, result: str = "7") -> HistoryEvent:
    done = ActivityTaskCompleted(scheduled=3, command=command, attempt=1, result=payload(result))
    return HistoryEvent(number=number, time_us=number * 1_000_000, activity_task_completed=done)


def scheduled_elsewhere() -> HistoryEvent:
    scheduled = ActivityTaskScheduled(activity_type="Double", task_queue="another", input=payload("1"))
    return HistoryEvent(number=3, activity_task_scheduled=scheduled)


async def test_a_run_that_rests_here_goes_on_with_what_is_new(streaming: bool) -> None:
    """Without its history; what it waits for may be an activity of another queue, or a timer."""
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        async with running_worker(client_with(peer), streaming=streaming):
            first = await answer_of(peer, "workflow", workflow_task("Elsewhere"))
            last = await answer_of(
                peer, "workflow", workflow_task("Elsewhere", completed_event(4), first_event=4)
            )
            assert first.parked
            assert last.turn.commands[0].complete_workflow.result == payload("7")

            await answer_of(peer, "workflow", workflow_task("Sleeper"))
            second = workflow_task("Sleeper", completed_event(4), first_event=4)
            asleep = await answer_of(peer, "workflow", second)
            fired = HistoryEvent(number=7, timer_fired=TimerFired(command=1))
            awake = await answer_of(peer, "workflow", workflow_task("Sleeper", fired, first_event=7))
            assert (asleep.parked, asleep.turn.commands[0].HasField("start_timer")) == (True, True)
            assert awake.turn.commands[0].HasField("complete_workflow")
    assert peer.requests == []


async def test_a_turn_that_goes_on_knows_the_time(streaming: bool) -> None:
    """It is given the event as it is in the history, and with it the time that an eager turn could not know."""
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        async with running_worker(client_with(peer), streaming=streaming):
            await answer_of(peer, "workflow", workflow_task("Clock"))
            last = await answer_of(
                peer, "workflow", workflow_task("Clock", completed_event(4), first_event=4)
            )
    assert last.turn.commands[0].complete_workflow.result == payload('"1970-01-01 00:00:04+00:00"')


@pytest.mark.parametrize("first_event", [5, 3])
async def test_events_that_do_not_follow_are_no_use(streaming: bool, first_event: int) -> None:
    """The history is read, and the run is replayed."""
    turn_done = HistoryEvent(number=2)
    turn_done.workflow_task_completed.seen_through = 1
    history = [started_event("Elsewhere"), turn_done, scheduled_elsewhere(), completed_event(4)]
    signal = HistoryEvent(number=5)
    signal.signal_received.name = "any"
    history.append(signal)
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        async with running_worker(client_with(peer), streaming=streaming):
            await answer_of(peer, "workflow", workflow_task("Elsewhere"))
            peer.script("GetWorkflowHistory", GetWorkflowHistoryResponse(events=history[: first_event - 1]))
            task = workflow_task("Elsewhere", *history[first_event - 1 :], first_event=first_event)
            last = await answer_of(peer, "workflow", task)
    assert [request.after for request in peer.requests] == [0]
    assert last.turn.commands[0].complete_workflow.result == payload("7"), last


async def test_types_that_ask_for_the_time_are_not_tried_for_ever(streaming: bool) -> None:
    """An eager turn in vain costs a replay."""
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        async with running_worker(client_with(peer), streaming=streaming):
            await answer_of(peer, "workflow", workflow_task("Clock"))
            await answer_of(peer, "activity", double_task(1))
            await answer_of(peer, "workflow", workflow_task("Clock"))
            await answer_of(peer, "activity", double_task(1))
            last = await answer_of(
                peer, "workflow", workflow_task("Clock", completed_event(4), first_event=4)
            )
    assert last.turn.commands[0].HasField("complete_workflow"), "it was tried again, and so was there no more"
    assert peer.requests == []


async def test_a_thread_that_is_held_up_holds_up_no_run_that_rests_there(streaming: bool) -> None:
    """All that rests on it is replayed on others."""
    gate, holding = threading.Event(), Queue[int]()
    rested: set[int] = set()
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        client = client_with(peer)

        @client.workflow("Rests")
        def rests(ctx: Any, number: int) -> Any:
            rested.add(threading.get_ident())
            return ctx.execute_activity("Double", 1, queue="another")

        @client.workflow("Holds")
        def holds(ctx: Any, number: int) -> Any:
            holding.put(threading.get_ident())
            assert gate.wait(PATIENCE_SECONDS)

        history = [started_event("Rests"), HistoryEvent(number=2), scheduled_elsewhere()]
        history[1].workflow_task_completed.seen_through = 1
        tasks = [workflow_task("Rests") for _ in range(3)]
        for number, task in enumerate(tasks):
            task.run_id = f"run-{number}"
        try:
            async with running_worker(client, streaming=streaming):
                for task in tasks:
                    await answer_of(peer, "workflow", task)
                threads, held = set(rested), set[int]()
                while not threads <= held:  # one, as a rule: that which was busy last
                    task = workflow_task("Holds")
                    task.run_id = f"holds-{len(held)}"
                    peer.give("workflow", task)
                    held.add(await asyncio.to_thread(holding.get, timeout=PATIENCE_SECONDS))
                for number in range(3):
                    task = workflow_task("Rests", completed_event(4), first_event=4)
                    task.run_id = f"run-{number}"
                    peer.script("GetWorkflowHistory", GetWorkflowHistoryResponse(events=history))
                    last = await answer_of(peer, "workflow", task)
                    assert last.turn.commands[0].complete_workflow.result == payload("7"), last
                assert len(peer.requests) == 3
                gate.set()
        finally:
            gate.set()


async def test_a_run_that_was_let_go_is_told_of(streaming: bool) -> None:
    """By the result whose turn asked for the time."""
    completion = await first_step(streaming, "Clock")
    assert completion.let_go
    assert not (await first_step(streaming, "Two")).let_go


async def test_an_eager_turn_that_was_left_out_is_forgotten(streaming: bool) -> None:
    """The ack tells of no turn: the next result is not taken for the next step."""

    def leave_out(completion: Any) -> worker_pb2.CompletionAck:
        ack = ack_in_order(completion)
        if isinstance(completion, worker_pb2.ActivityTaskCompletion):
            ack.last_event = 0
        return ack

    async with peer_engine() as peer:
        peer.acks = leave_out
        async with running_worker(client_with(peer), streaming=streaming):
            await answer_of(peer, "workflow", workflow_task("Two"))
            first = await answer_of(peer, "activity", double_task(1))
            second = await answer_of(peer, "activity", double_task(3, command=1, scheduled=6))
    assert first.HasField("eager")
    assert not second.HasField("eager")
