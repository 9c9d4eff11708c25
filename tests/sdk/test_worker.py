"""A worker in both modes: tasks come in, each is answered once, and nothing that user code does ends it."""

import asyncio
import sys
import threading
from typing import Any

import grpc
import pytest
from sched_sdk.client import AsyncClient
from sched_sdk.errors import ApplicationError, Cancelled
from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.proto.v1.common_pb2 import FAILURE_KIND_APPLICATION
from sched_sdk.proto.v1.history_pb2 import HistoryEvent, SignalReceived
from sched_sdk.proto.v1.workflow_pb2 import GetWorkflowHistoryResponse
from sched_sdk.retry import RetryPolicy

from tests.sdk.peer import Peer, activity_task, payload, peer_engine, started_event, workflow_task
from tests.sdk.working import client_of, running_worker

pytestmark = pytest.mark.parametrize("streaming", [True, False], ids=["stream", "poll"])


def demo_client(peer: Peer) -> AsyncClient:
    """A client with one of each."""
    client = client_of(peer)

    @client.workflow("Greeter")
    def greeter(ctx: Any, name: str) -> str:
        return f"hello {name}"

    @client.activity("Double")
    def double(ctx: Any, number: int) -> int:
        return number * 2

    @client.activity("DoubleAsync")
    async def double_async(ctx: Any, number: int) -> int:
        return number * 2

    @client.activity("Raise", retry=RetryPolicy(maximum_attempts=7))
    def raise_(ctx: Any, what: str) -> None:
        kinds = {"exit": SystemExit(3), "base": BaseException("base"), "interrupt": KeyboardInterrupt()}
        raise kinds.get(what) or ValueError(what) from OSError("the cause")

    @client.activity("RaiseAsync")
    async def raise_async(ctx: Any, what: str) -> None:
        kinds = {"exit": SystemExit(3), "cancelled": asyncio.CancelledError(), "Cancelled": Cancelled()}
        raise kinds.get(what) or ApplicationError(what, type="Odd", non_retryable=True)

    @client.activity("Large")
    def large(ctx: Any, size: int) -> str:
        return "x" * size

    @client.activity("Unspeakable")
    def unspeakable(ctx: Any) -> object:
        return object()

    return client


async def answer_to(task: Any, kind: str, *, streaming: bool) -> Any:
    """What a demo worker answers to one task."""
    async with peer_engine() as peer, running_worker(demo_client(peer), streaming=streaming):
        peer.give(kind, task)
        await peer.until(lambda: peer.completions)
        (completion,) = peer.completions
        assert completion.token == task.token
        assert completion.identity
        return completion


async def test_it_says_who_it_is_and_what_it_knows(streaming: bool) -> None:
    """Both kinds of subscription name queue, session, types and slots; the session is one."""
    async with (
        peer_engine() as peer,
        running_worker(demo_client(peer), streaming=streaming, activity_slots=7),
    ):
        await peer.until(lambda: len(peer.subscriptions) >= 2)
        by_type = {subscription.types[0]: subscription for subscription in peer.subscriptions}
        assert by_type["Greeter"].task_queue == "default"
        assert by_type["Double"].slots == 7
        assert by_type["Double"].session_id == by_type["Greeter"].session_id != ""


@pytest.mark.parametrize("activity", ["Double", "DoubleAsync"])
async def test_an_activity_returns_its_value(streaming: bool, activity: str) -> None:
    """Plain and async functions alike."""
    completion = await answer_to(activity_task(activity, "21"), "activity", streaming=streaming)
    assert completion.result == payload("42")


@pytest.mark.parametrize(
    ("activity", "what", "type_"),
    [
        ("Raise", "exit", "SystemExit"),
        ("Raise", "base", "BaseException"),
        ("Raise", "interrupt", "KeyboardInterrupt"),
        ("Raise", "a value", "ValueError"),
        ("RaiseAsync", "exit", "SystemExit"),
        ("RaiseAsync", "cancelled", "CancelledError"),
        ("RaiseAsync", "Cancelled", "Cancelled"),
        ("RaiseAsync", "odd", "Odd"),
    ],
)
async def test_whatever_an_activity_raises_is_a_failed_attempt(
    streaming: bool, activity: str, what: str, type_: str
) -> None:
    """With type and message; the worker goes on."""
    async with peer_engine() as peer, running_worker(demo_client(peer), streaming=streaming):
        peer.give("activity", activity_task(activity, f'"{what}"'))
        await peer.until(lambda: peer.completions)
        peer.give("activity", activity_task("Double", "1"))
        await peer.until(lambda: len(peer.completions) == 2)
        assert peer.completions[0].failure.failure.type == type_
        assert peer.completions[1].result == payload("2")


async def test_a_failure_carries_its_cause_and_the_declared_policy(streaming: bool) -> None:
    """The chain of causes, and the retry policy of the activity's own declaration."""
    completion = await answer_to(activity_task("Raise", '"x"'), "activity", streaming=streaming)
    failure = completion.failure.failure
    assert (failure.kind, failure.message) == (FAILURE_KIND_APPLICATION, "x")
    assert (failure.cause.type, failure.cause.message) == ("OSError", "the cause")
    assert completion.failure.declared_retry.maximum_attempts == 7


async def test_a_result_that_is_too_large_is_not_tried_again(streaming: bool) -> None:
    """2 MiB are allowed; more is a failed attempt that is not retried."""
    completion = await answer_to(
        activity_task("Large", str(2 * 1024 * 1024)), "activity", streaming=streaming
    )
    assert completion.failure.failure.type == "PayloadTooLarge"
    assert completion.failure.failure.non_retryable
    fits = await answer_to(activity_task("Large", str(2 * 1024 * 1024 - 2)), "activity", streaming=streaming)
    assert len(fits.result.data) == 2 * 1024 * 1024


async def test_a_result_that_is_no_json_is_a_failed_attempt(streaming: bool) -> None:
    """The error names the type; another attempt would do the work again for nothing."""
    completion = await answer_to(activity_task("Unspeakable"), "activity", streaming=streaming)
    assert completion.failure.failure.type == "PayloadError"
    assert "object" in completion.failure.failure.message
    assert completion.failure.failure.non_retryable


async def test_input_that_cannot_be_read_is_a_failed_attempt(streaming: bool) -> None:
    """It never reaches the function."""
    completion = await answer_to(activity_task("Double", "{broken"), "activity", streaming=streaming)
    assert completion.failure.failure.type == "PayloadError"


@pytest.mark.parametrize(
    ("kind", "task"),
    [("activity", activity_task("Nobody")), ("workflow", workflow_task("Nobody"))],
    ids=["activity", "workflow"],
)
async def test_an_unknown_type_goes_back(streaming: bool, kind: str, task: Any) -> None:
    """With the reason, so that another worker gets it and an operator sees it."""
    completion = await answer_to(task, kind, streaming=streaming)
    assert completion.returned.reason == worker_pb2.RETURN_REASON_UNKNOWN_TYPE
    assert "Nobody" in completion.returned.details


async def test_a_workflow_runs_its_turn(streaming: bool) -> None:
    """A task brings the history, the answer is a turn with its commands."""
    task = workflow_task("Greeter", started_event("Greeter", '"world"'))
    completion = await answer_to(task, "workflow", streaming=streaming)
    assert completion.turn.seen_through == 1
    assert completion.turn.commands[-1].complete_workflow.result == payload('"hello world"')


async def test_what_a_task_lacks_of_its_history_is_fetched(streaming: bool) -> None:
    """Events before the first and after the last that travelled along, page by page, no further than seen_through."""
    signals = [
        HistoryEvent(number=number, signal_received=SignalReceived(name="s", payload=payload("1")))
        for number in range(2, 7)
    ]
    task = workflow_task("Greeter", *signals[1:3], first_event=3, seen_through=5)
    async with peer_engine() as peer, running_worker(demo_client(peer), streaming=streaming):
        peer.script(
            "GetWorkflowHistory",
            GetWorkflowHistoryResponse(events=[started_event("Greeter", '"you"')], next_after=1),
            GetWorkflowHistoryResponse(events=[signals[0]], next_after=0),
            GetWorkflowHistoryResponse(events=signals[3:], next_after=0),
        )
        peer.give("workflow", task)
        await peer.until(lambda: peer.completions)
        assert peer.completions[0].turn.seen_through == 5, peer.completions
        assert [request.after for request in peer.requests] == [0, 1, 4]


async def test_a_history_with_a_hole_goes_back(streaming: bool) -> None:
    """It is an error of the worker's surroundings, never of the workflow."""
    async with peer_engine() as peer, running_worker(demo_client(peer), streaming=streaming):
        peer.script("GetWorkflowHistory", GetWorkflowHistoryResponse())
        peer.give("workflow", workflow_task("Greeter", seen_through=5))
        await peer.until(lambda: peer.completions)
        assert peer.completions[0].returned.reason == worker_pb2.RETURN_REASON_ERROR


async def test_functions_that_block_do_not_take_every_thread(
    streaming: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """A turn that is overdue is told of, and another thread takes its place."""
    async with peer_engine() as peer:
        client, gate = demo_client(peer), threading.Event()

        @client.workflow("Blocks")
        def blocks(ctx: Any) -> None:
            assert gate.wait(10)

        async with running_worker(client, streaming=streaming):
            stuck = [workflow_task("Blocks") for _ in range(8)]
            for task in stuck:
                task.lease_us = 50_000
            peer.give("workflow", *stuck, workflow_task("Greeter", started_event("Greeter", '"you"')))
            await peer.until(lambda: peer.completions)
            assert peer.completions[0].turn.commands[-1].complete_workflow.result == payload('"hello you"')
            gate.set()
            await peer.until(lambda: len(peer.completions) == 9)
    assert "not done within its lease" in caplog.text


async def test_it_takes_no_more_than_its_slots(streaming: bool) -> None:
    """With two slots two activities run; the third comes when one has ended."""
    async with peer_engine() as peer:
        client, gate, begun = client_of(peer), threading.Event(), []

        @client.activity("Hold")
        def hold(ctx: Any, number: int) -> int:
            begun.append(number)
            assert gate.wait(10)
            return number

        async with running_worker(client, streaming=streaming, activity_slots=2):
            peer.give("activity", *(activity_task("Hold", str(number)) for number in range(3)))
            await peer.until(lambda: len(peer.tasks["activity"]) == 1)
            if streaming:
                assert peer.stream("activity").credits == 0
            gate.set()
            await peer.until(lambda: len(peer.completions) == 3)
        assert sorted(begun) == [0, 1, 2]


async def test_a_refused_completion_is_dropped(streaming: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The engine's word is final; a line in the log tells of it, and the worker goes on."""
    async with peer_engine() as peer, running_worker(demo_client(peer), streaming=streaming):
        code = grpc.StatusCode.FAILED_PRECONDITION.value[0]
        peer.acks = lambda completion: worker_pb2.CompletionAck(
            id=completion.id, code=code, reason="STALE_TASK"
        )
        peer.give("activity", activity_task("Double", "1"))
        await peer.until(lambda: peer.completions)
        peer.give("activity", activity_task("Double", "2"))
        await peer.until(lambda: len(peer.completions) == 2)
    assert len(peer.completions) == 2
    assert "STALE_TASK" in caplog.text


async def test_a_completion_that_could_not_be_decided_is_repeated(streaming: bool) -> None:
    """UNAVAILABLE in an ack means: ask again."""
    async with peer_engine() as peer, running_worker(demo_client(peer), streaming=streaming):
        codes = [grpc.StatusCode.UNAVAILABLE.value[0], 0]
        peer.acks = lambda completion: worker_pb2.CompletionAck(id=completion.id, code=codes.pop(0))
        peer.give("activity", activity_task("Double", "1"))
        await peer.until(lambda: len(peer.completions) == 2)
    assert peer.completions[0].token == peer.completions[1].token


async def test_two_hundred_tasks_at_once(streaming: bool) -> None:
    """Each is answered exactly once."""
    async with peer_engine() as peer, running_worker(demo_client(peer), streaming=streaming):
        peer.give("activity", *(activity_task("Double", str(number)) for number in range(200)))
        await peer.until(lambda: len(peer.completions) >= 200)
    assert len({completion.token for completion in peer.completions}) == len(peer.completions) == 200


async def test_the_worker_leaves_no_thread_behind(streaming: bool) -> None:
    """Idle threads end with the worker."""
    before = set(threading.enumerate())
    await answer_to(activity_task("Double", "1"), "activity", streaming=streaming)
    left = [thread for thread in threading.enumerate() if thread not in before and "sched" in thread.name]
    for thread in left:
        thread.join(5)
        assert not thread.is_alive()
    assert sys.exc_info() == (None, None, None)
