"""A worker's streams: what survives when they break."""

import asyncio
from typing import Any

import grpc
import pytest
from sched_sdk.client import AsyncClient
from sched_sdk.proto.v1 import worker_pb2
from sched_sdk.worker.outbox import MESSAGE_BYTES, Outbox

from tests.sdk.peer import Peer, activity_task, keep_silent, payload, peer_engine
from tests.sdk.working import client_of, running_worker


def gated_client(peer: Peer) -> tuple[AsyncClient, asyncio.Event]:
    """A client whose activity ends when the test says so."""
    client, gate = client_of(peer), asyncio.Event()

    @client.activity("Echo")
    async def echo(ctx: Any, value: object) -> object:
        return value

    @client.activity("Hold")
    async def hold(ctx: Any, value: object) -> object:
        await gate.wait()
        return value

    @client.activity("Large")
    async def large(ctx: Any, size: int) -> str:
        peer.begun += 1
        peer.changed()
        await gate.wait()
        return "x" * size

    return client, gate


async def reconnected(peer: Peer) -> None:
    """Cut the stream, and wait for the next one."""
    before = len(peer.subscriptions)
    peer.stream("activity").cut()
    await peer.until(lambda: len(peer.subscriptions) > before)


async def test_it_comes_back_under_the_same_session() -> None:
    """A broken stream is opened again, with the same session and what was registered."""
    async with peer_engine() as peer:
        client, _ = gated_client(peer)
        async with running_worker(client, streaming=True):
            await peer.until(lambda: peer.has_stream("activity"))
            await reconnected(peer)
            first, second = peer.subscriptions
            assert first == second
            assert list(first.types) == ["Echo", "Hold", "Large"]


async def test_credits_leave_room_for_what_is_in_hand() -> None:
    """A new stream begins with the free slots, not with all of them."""
    async with peer_engine() as peer:
        client, gate = gated_client(peer)
        async with running_worker(client, streaming=True, activity_slots=3):
            await peer.until(lambda: peer.has_stream("activity"))
            assert peer.stream("activity").credits == 3
            peer.give("activity", activity_task("Hold", "1"))
            await peer.until(lambda: not peer.tasks["activity"])
            peer.give("activity", activity_task("Echo", "2"))
            await peer.until(lambda: peer.completions)
            await reconnected(peer)
            assert peer.stream("activity").credits == 2
            gate.set()
            await peer.until(lambda: peer.stream("activity").credits == 3)


async def test_what_was_not_acknowledged_is_sent_again() -> None:
    """Every new stream begins with it, until its ack comes; then never again."""
    async with peer_engine() as peer:
        client, _ = gated_client(peer)
        peer.acks = keep_silent
        async with running_worker(client, streaming=True):
            peer.give("activity", activity_task("Echo", "1"), activity_task("Echo", "2"))
            await peer.until(lambda: len(peer.completions) == 2)
            await reconnected(peer)
            await peer.until(lambda: len(peer.completions) == 4)
            peer.acks = lambda completion: worker_pb2.CompletionAck(id=completion.id, duplicate=True)
            await reconnected(peer)
            await peer.until(lambda: len(peer.completions) == 6)
            await reconnected(peer)
            peer.give("activity", activity_task("Echo", "3"))
            await peer.until(lambda: any(completion.result.data == b"3" for completion in peer.completions))
            assert len(peer.completions) == 7


async def test_work_goes_on_while_the_engine_is_away() -> None:
    """An activity that ends in between is answered on the next stream."""
    async with peer_engine() as peer:
        client, gate = gated_client(peer)
        async with running_worker(client, streaming=True):
            peer.give("activity", activity_task("Hold", "1"))
            await peer.until(lambda: not peer.tasks["activity"] and peer.has_stream("activity"))
            port = int(peer.address.rpartition(":")[2])
            await peer.stop()
            gate.set()
            await peer.start(port)
            await peer.until(lambda: peer.completions)
            assert peer.completions[0].result == payload("1")


@pytest.mark.parametrize(
    "code", [grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNIMPLEMENTED]
)
async def test_no_refusal_ends_it(code: grpc.StatusCode) -> None:
    """It may be a mistake of the other side, and be mended; the worker keeps knocking."""
    async with peer_engine() as peer:
        client, _ = gated_client(peer)
        peer.failures.extend([(code, [])] * 3)
        async with running_worker(client, streaming=True):
            await peer.until(lambda: peer.has_stream("activity"))
            assert not peer.failures


async def test_a_draining_engine_gets_the_rest_and_is_left() -> None:
    """The worker says what it has to say, closes its side, and connects again."""
    async with peer_engine() as peer:
        client, _ = gated_client(peer)
        async with running_worker(client, streaming=True):
            await peer.until(lambda: peer.has_stream("activity"))
            old = peer.stream("activity")
            old.send(tasks=[activity_task("Echo", "1")])
            await peer.until(lambda: peer.completions)
            old.send(draining=True)
            await peer.until(lambda: old.half_closed)
            await peer.until(lambda: peer.has_stream("activity") and peer.stream("activity") is not old)


async def test_messages_are_bounded_in_bytes() -> None:
    """A hundred results of 100 kB travel in several messages, of at most 1 MiB each."""
    async with peer_engine() as peer:
        client, gate = gated_client(peer)
        async with running_worker(client, streaming=True):
            peer.give("activity", *(activity_task("Large", "100000") for _ in range(100)))
            await peer.until(lambda: peer.begun == 100)
            gate.set()
            await peer.until(lambda: len(peer.completions) == 100)
            sizes = [request.ByteSize() for request in peer.stream("activity").requests]
            assert max(sizes) <= MESSAGE_BYTES + 1000
            assert len([size for size in sizes if size > 1000]) <= 12  # ten fit into one


async def test_one_item_that_is_larger_travels_alone() -> None:
    """Nothing is stuck for its size."""
    async with peer_engine() as peer:
        client, gate = gated_client(peer)
        async with running_worker(client, streaming=True):
            peer.give("activity", *(activity_task("Large", "1500000") for _ in range(3)))
            await peer.until(lambda: peer.begun == 3)
            gate.set()
            await peer.until(lambda: len(peer.completions) == 3)
            counts = [len(request.completions) for request in peer.stream("activity").requests]
            assert [count for count in counts if count] == [1, 1, 1]


TASK = activity_task("Echo")


def completion(size: int) -> worker_pb2.ActivityTaskCompletion:
    """A completion of about that many bytes."""
    return worker_pb2.ActivityTaskCompletion(token=b"t", result=payload("x" * size))


def test_the_outbox_keeps_order_over_a_reconnect() -> None:
    """Oldest first, the acknowledged ones gone."""
    outbox: Outbox[worker_pb2.ActivityTask, worker_pb2.ActivityTaskCompletion] = Outbox(lambda *_: None)
    for size in (1, 2, 3):
        outbox.put(TASK, completion(size))
    assert [kept.id for kept in outbox.take()] == [1, 2, 3]
    outbox.acknowledge(worker_pb2.CompletionAck(id=2))
    outbox.send_again()
    assert [kept.id for kept in outbox.take()] == [1, 3]
    assert not outbox.has_unsent
    assert len(outbox) == 2


def test_the_outbox_does_not_squeeze_a_large_item_into_a_full_message() -> None:
    """Beside other things it waits for a message of its own."""
    outbox: Outbox[worker_pb2.ActivityTask, worker_pb2.ActivityTaskCompletion] = Outbox(lambda *_: None)
    outbox.put(TASK, completion(MESSAGE_BYTES * 2))
    assert outbox.take(MESSAGE_BYTES - 10) == []
    assert len(outbox.take()) == 1


def test_an_ack_for_nothing_is_no_harm() -> None:
    """Twice acknowledged, or never sent."""
    outbox: Outbox[worker_pb2.ActivityTask, worker_pb2.ActivityTaskCompletion] = Outbox(lambda *_: None)
    outbox.put(TASK, completion(1))
    for _ in range(2):
        assert outbox.acknowledge(worker_pb2.CompletionAck(id=1)) is False
    assert outbox.acknowledge(worker_pb2.CompletionAck(id=99, code=14)) is False
    outbox.retry(1)
    assert outbox.take() == []
