"""Runs that rest in a worker, when answers come late or crosswise, and when functions block."""

import asyncio
import threading

import pytest
from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.worker import parking
from sched_sdk.worker.threads import DaemonThreads

from tests.sdk.peer import PATIENCE_SECONDS, keep_silent, payload, peer_engine, workflow_task
from tests.sdk.test_parking import ack_in_order, answer_of, client_with, double_task
from tests.sdk.working import running_worker


async def test_the_ack_of_another_completion_makes_nothing_ready() -> None:
    """Two deliveries of one task: what the engine says of the first turn is not said of the second."""
    async with peer_engine() as peer:
        peer.acks = keep_silent
        async with running_worker(client_with(peer), streaming=True):
            first = await answer_of(peer, "workflow", workflow_task("Two"))
            second = await answer_of(peer, "workflow", workflow_task("Two"))
            stream = peer.stream("workflow")
            stream.send(acks=[worker_pb2.CompletionAck(id=first.id, last_event=3)])
            completion = await answer_of(peer, "activity", double_task(1))
            assert not completion.HasField("eager")
            stream.send(acks=[worker_pb2.CompletionAck(id=second.id, last_event=3)])
            await peer.until(lambda: peer.stream("workflow").credits)
            stream = peer.stream("activity")
            stream.send(acks=[worker_pb2.CompletionAck(id=completion.id)])


class TellingGate(threading.Event):
    """Tells when somebody comes to wait at it."""

    def __init__(self) -> None:
        super().__init__()
        self._came = threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        self._came.release()
        return super().wait(timeout)

    async def one_more(self) -> None:
        assert await asyncio.to_thread(self._came.acquire, timeout=PATIENCE_SECONDS)


async def test_a_run_is_followed_twice_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a turn after a result was being done, the run came by as a task, rested again, and another result came: the
    first turn is for nothing, and both results arrive."""
    monkeypatch.setattr(parking, "EAGER_SECONDS", 1.0)
    gate = TellingGate()
    async with peer_engine() as peer:
        peer.acks = ack_in_order
        async with running_worker(client_with(peer, gate=gate), streaming=True):
            try:
                await answer_of(peer, "workflow", workflow_task("Blocker"))
                peer.give("activity", double_task(1))
                await gate.one_more()
                await answer_of(peer, "workflow", workflow_task("Blocker"))
                peer.give("activity", double_task(1))
                await gate.one_more()
                await peer.until(lambda: len(peer.completions) == 4)
            finally:
                gate.set()
    assert [completion.result for completion in peer.completions[2:]] == [payload("2")] * 2


async def test_a_job_that_is_bound_to_a_thread_keeps_no_other_waiting() -> None:
    """One thread has been enough so far; while it is taken by a job of its own, another is started for the rest."""
    threads, begun, gate = DaemonThreads("sched-test", 4), threading.Event(), threading.Event()

    def hold() -> bool:
        begun.set()
        return gate.wait(PATIENCE_SECONDS)

    held = threads.begin(hold, at=await threads.run(threads.here))
    assert await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS / 2):
            assert await threads.run(lambda: "free") == "free"
        assert not held.done()
    finally:
        gate.set()
    assert await held
    threads.close()
