"""The stream on which a client's calls travel: together, each answered by itself, and none lost with it."""

import asyncio
import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import grpc
import pytest
from sched_sdk import refusals
from sched_sdk.client import AsyncClient, Client, call_stream
from sched_sdk.proto.v1 import common_pb2, workflow_pb2

from tests.sdk.peer import PATIENCE_SECONDS, Peer, peer_engine, reason, retry_after
from tests.sdk.working import client_of

STARTED = workflow_pb2.StartWorkflowResponse(workflow_id="order-1", run_id="run-1", started=True)
COMPLETED = workflow_pb2.GetWorkflowResultResponse(
    run_id="run-1",
    status=common_pb2.WORKFLOW_STATUS_COMPLETED,
    result=common_pb2.Payload(data=b'{"ok":true}'),
)
SIGNALED = workflow_pb2.SignalWorkflowResponse(run_id="run-1")


def calls(peer: Peer) -> list[int]:
    """How many there were in each message."""
    return [len(message.calls) for message in peer.call_messages if message.calls]


async def test_what_is_asked_at_once_travels_together() -> None:
    """On one stream, in one message, each with an id of its own and the time it may take."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("StartWorkflow", STARTED)
        peer.script("SignalWorkflow", SIGNALED)
        peer.script("GetWorkflowResult", COMPLETED)
        starts = [client.start("Order", wait=5) for _ in range(20)]
        await asyncio.gather(*starts, client.signal("order-1", "go"), client.result("order-1", timeout=9))
        assert (calls(peer), len(peer.call_streams)) == ([22], 1)
        (message,) = peer.call_messages
        assert len({call.id for call in message.calls}) == 22
        assert [call.timeout_seconds for call in message.calls[19:21]] == [20.0, 15.0]
        await client.signal("order-1", "go")
        assert (calls(peer), len(peer.call_streams)) == ([22, 1], 1)


@pytest.mark.parametrize(("bound", "most"), [("MESSAGE_BYTES", 1_000), ("MESSAGE_CALLS", 4)])
async def test_messages_are_bounded(monkeypatch: pytest.MonkeyPatch, bound: str, most: int) -> None:
    """In bytes and in calls; one that is larger than the bound goes alone."""
    monkeypatch.setattr(call_stream, bound, most)
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("SignalWorkflow", SIGNALED)
        sizes = [150] * 12 + [3_000] + [150] * 12
        await asyncio.gather(*(client.signal("order-1", "go", "x" * size) for size in sizes))
        assert sum(calls(peer)) == 25
        assert max(calls(peer)) <= 4
        alone = [message for message in peer.call_messages if message.ByteSize() > 3_000]
        assert [len(message.calls) for message in alone] == [1] or bound == "MESSAGE_CALLS"


async def test_calls_of_a_lost_stream_are_repeated() -> None:
    """The very same requests, on another stream; whoever had an answer asks no more."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("SignalWorkflow", SIGNALED)
        peer.script("StartWorkflow", STARTED)
        await client.signal("order-1", "go")
        peer.silent = True
        starting = [asyncio.ensure_future(client.start("Order")) for _ in range(3)]
        await peer.until(lambda: calls(peer) == [1, 3])
        peer.silent = False
        peer.call_streams[0].put_nowait(grpc.StatusCode.UNAVAILABLE)
        await asyncio.gather(*starting)
        first = {call.start.request_id for call in peer.call_messages[1].calls}
        again = {call.start.request_id for message in peer.call_messages[2:] for call in message.calls}
        assert first == again
        assert len(first) == 3
        assert len(peer.call_streams) == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.OK])
async def test_a_stream_that_ends_oddly_is_lost(code: grpc.StatusCode) -> None:
    """gRPC tells a lost connection in many ways; what has a result is asked for again."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("GetWorkflowResult", COMPLETED)
        await client.result("order-1")
        peer.silent = True
        waiting = asyncio.ensure_future(client.result("order-1"))
        await peer.until(lambda: calls(peer) == [1, 1])
        peer.silent = False
        peer.call_streams[0].put_nowait(None if code is grpc.StatusCode.OK else code)
        assert await waiting == {"ok": True}


async def test_a_stream_that_is_refused_refuses_its_calls() -> None:
    """With the class of its status."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.silent = True
        calling = asyncio.ensure_future(client.signal("order-1", "go"))
        await peer.until(lambda: peer.call_messages)
        peer.call_streams[0].put_nowait(grpc.StatusCode.PERMISSION_DENIED)
        with pytest.raises(refusals.NotPermittedError, match="cut by the test"):
            await calling


async def test_shed_calls_come_back_by_the_hint() -> None:
    """As unary ones."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("SignalWorkflow", SIGNALED)
        shed = (grpc.StatusCode.RESOURCE_EXHAUSTED, [reason("OVERLOADED"), retry_after(20)])
        peer.failures.extend([shed, shed])
        await client.signal("order-1", "go")
        assert calls(peer) == [1, 1, 1]
        hurried = AsyncClient(peer.address, retry_for=dt.timedelta(milliseconds=1))
        peer.failures.append(shed)
        async with hurried:
            with pytest.raises(refusals.OverloadedError, match="OVERLOADED") as caught:
                await hurried.signal("order-1", "go")
        assert caught.value.refusal.retry_after == dt.timedelta(milliseconds=20)


async def test_an_engine_that_drains_is_left() -> None:
    """What is open there is still answered; what is new goes to another stream; the old one is closed."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("SignalWorkflow", SIGNALED)
        peer.silent = peer.lingers = True
        waiting = asyncio.ensure_future(client.result("order-1"))
        await peer.until(lambda: calls(peer) == [1])
        (old,) = peer.call_streams
        old.put_nowait(workflow_pb2.StreamCallsResponse(draining=True))
        answer = workflow_pb2.CallAnswer(id=peer.call_messages[0].calls[0].id, result=COMPLETED)
        peer.silent = False
        stream: Any = client._calls()._stream
        await _until(lambda: not stream.takes_calls)
        signaling = asyncio.ensure_future(client.signal("order-1", "go"))
        await peer.until(lambda: calls(peer) == [1, 1])
        old.put_nowait(workflow_pb2.StreamCallsResponse(answers=[answer]))
        assert await waiting == {"ok": True}
        await signaling
        old.put_nowait(None)
        await peer.until(lambda: old not in peer.call_streams)
        assert len(peer.call_streams) == 1


async def test_a_call_that_is_given_up_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its caller, or because its time is over; the engine is told, and the stream goes on."""
    monkeypatch.setattr("sched_sdk.client.aio.CALL_SECONDS", 0.1)
    async with peer_engine() as peer, client_of(peer) as client:
        peer.silent = True
        with pytest.raises(refusals.EngineTimeoutError, match="Deadline Exceeded"):
            await client.signal("order-1", "go")
        late = peer.call_messages[0].calls[0].id
        await peer.until(lambda: late in _canceled(peer))
        waiting = asyncio.ensure_future(client.result("order-1"))
        await peer.until(lambda: calls(peer) == [1, 1])
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        await peer.until(lambda: len(_canceled(peer)) == 2)
        never_sent = asyncio.ensure_future(client.signal("order-1", "go"))
        await asyncio.sleep(0)
        never_sent.cancel()
        peer.silent = False
        peer.script("SignalWorkflow", SIGNALED)
        monkeypatch.setattr("sched_sdk.client.aio.CALL_SECONDS", PATIENCE_SECONDS)
        await client.signal("order-1", "again")
        names = [call.signal.name for message in peer.call_messages for call in message.calls]
        assert names == ["go", "", "again"]
        assert len(peer.call_streams) == 1


def _canceled(peer: Peer) -> list[int]:
    return [each for message in peer.call_messages for each in message.canceled]


async def test_a_stream_without_calls_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """By itself; one with a wait does not, and the next call opens another."""
    monkeypatch.setattr(call_stream, "IDLE_SECONDS", 0.05)
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("SignalWorkflow", SIGNALED)
        await client.signal("order-1", "go")
        await peer.until(lambda: not peer.call_streams)
        peer.silent = True
        waiting = asyncio.ensure_future(client.result("order-1"))
        await peer.until(lambda: calls(peer) == [1, 1])
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await peer.until(lambda: not peer.call_streams)
        (stream,) = peer.call_streams
        answer = workflow_pb2.CallAnswer(id=peer.call_messages[1].calls[0].id, result=COMPLETED)
        stream.put_nowait(workflow_pb2.StreamCallsResponse(answers=[answer]))
        assert await waiting == {"ok": True}
        await peer.until(lambda: not peer.call_streams)


async def test_an_engine_without_the_stream_is_asked_by_unary_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and for a while; then it is tried again: another engine may have come."""
    monkeypatch.setattr(Peer, "streams_calls", False)
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("SignalWorkflow", SIGNALED)
        await asyncio.gather(*(client.signal("order-1", f"s{n}") for n in range(5)))
        assert len(peer.requests) == 5
        monkeypatch.setattr(Peer, "streams_calls", True)
        await client.signal("order-1", "s6")
        assert peer.call_messages == []
        client._calls()._unary_until = 0.0
        await client.signal("order-1", "s7")
        assert calls(peer) == [1]


async def test_a_closed_client_cancels_its_calls() -> None:
    """And can be used again."""
    async with peer_engine() as peer:
        client = client_of(peer)
        peer.silent = True
        waiting = asyncio.ensure_future(client.result("order-1"))
        await peer.until(lambda: calls(peer) == [1])
        await client.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await peer.until(lambda: not peer.call_streams)
        peer.silent = False
        peer.script("SignalWorkflow", SIGNALED)
        async with client:
            await client.signal("order-1", "go")


async def test_each_event_loop_has_a_stream_of_its_own() -> None:
    """One client, used on several in turn."""
    async with peer_engine() as peer:
        client = client_of(peer)
        peer.script("SignalWorkflow", SIGNALED)
        for _ in range(3):
            await asyncio.to_thread(lambda: asyncio.run(client.signal("order-1", "go")))
        assert len(peer.requests) == 3
        await peer.until(lambda: not peer.call_streams)


async def test_threads_share_a_blocking_client_s_stream() -> None:
    """Each hears its own answer."""
    async with peer_engine() as peer:
        peer.script(
            "StartWorkflow",
            *(workflow_pb2.StartWorkflowResponse(workflow_id=f"order-{n}", run_id=f"run-{n}") for n in range(41)),
        )  # fmt: skip

        def use() -> list[str]:
            return [client.start("Order").workflow_id for _ in range(5)]

        with Client(peer.address) as client:
            found = await asyncio.gather(*(asyncio.to_thread(use) for _ in range(8)))
            assert len(peer.call_streams) == 1
        assert sorted(sum(found, [])) == sorted(f"order-{n}" for n in range(40))  # noqa: RUF017
        await peer.until(lambda: not peer.call_streams)


async def test_an_answer_of_another_age_is_an_error() -> None:
    """Not a wait for ever; and answers that nobody waits for are nothing."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.silent = True
        calling = asyncio.ensure_future(client.signal("order-1", "go"))
        await peer.until(lambda: calls(peer) == [1])
        answers = [workflow_pb2.CallAnswer(id=99, signal=SIGNALED), workflow_pb2.CallAnswer(id=1)]
        peer.call_streams[0].put_nowait(workflow_pb2.StreamCallsResponse(answers=answers))
        with pytest.raises(refusals.RefusedError, match="unknown kind"):
            await calling


async def _until(condition: Callable[[], Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is looked at has no event
            await asyncio.sleep(0)
