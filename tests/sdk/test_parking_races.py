"""Runs that rest in a worker, when answers come late or crosswise, and when functions block."""

import asyncio
import threading

from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.worker.threads import DaemonThreads

from tests.sdk.peer import PATIENCE_SECONDS, keep_silent, peer_engine, workflow_task
from tests.sdk.test_parking import answer_of, client_with, double_task
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
