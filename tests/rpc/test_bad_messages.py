"""Bytes, payloads and workers that are not what they should be: refused with field and rule, and nothing is stored."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from google.rpc import code_pb2  # type: ignore[import-untyped]
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import worker_pb2 as wb
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import (
    Peer,
    activity_stream,
    eventually,
    finish,
    payload,
    refused,
    schedule,
    stored,
    subscription,
    turn,
    workflow_stream,
)
from tests.store.databases import Database
from workflows.engine.engine import Engine
from workflows.rpc import worker_stream
from workflows.rpc.completions import read_turn
from workflows.rpc.tokens import Tokens
from workflows.service import limits, turn_limits
from workflows.service.cursors import FILTERS_RULE

Code = grpc.StatusCode
SECRET = b"hunter2"
BROKEN = [b"\xff", b"{", b"1e400", b"7" * 6_000, b'{"hunter2":1,"hunter2":2}', b"[" * 501 + b"]" * 501]


def raw(peer: Peer, service: str, rpc: str, data: bytes) -> Any:
    """A unary call with these very bytes."""
    method: Any = peer.channel.unary_unary(f"/sched.v1.{service}/{rpc}")
    return method(data)


async def outcome(call: Any) -> Code:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return Code.OK


UNARY = [
    (service.name, method.name)
    for file in (pb.DESCRIPTOR, wb.DESCRIPTOR)
    for service in file.services_by_name.values()
    for method in service.methods
    if not method.client_streaming
]


async def test_bytes_that_are_no_message(
    peer: Peer, database: Database, subtests: pytest.Subtests, caplog: Any
) -> None:
    """Every RPC answers INVALID_ARGUMENT with a reason, nothing is stored, and the log has no traceback."""
    for service, rpc in UNARY:
        for data in (b"\xff\xff\xff", b"\x0a\x05ab"):
            with subtests.test(f"{service}.{rpc} {data[:9]!r}"):
                refusal = await refused(raw(peer, service, rpc, data))
                assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "INVALID")
                assert list(refusal.fields) == ["message"]
    assert not any(stored(database).values())
    assert all(record.exc_info is None for record in caplog.records)


async def test_bytes_that_are_no_message_end_their_stream(peer: Peer, caplog: Any) -> None:
    """As the first message or a later one; the engine lives, and the next stream is served."""
    rpcs = ("StreamWorkflowTasks", "StreamActivityTasks")
    requests = {rpc: getattr(wb, f"{rpc}Request")(subscription=subscription(), credits=1) for rpc in rpcs}
    for rpc, first in [(rpc, []) for rpc in rpcs] + [
        (r, [m.SerializeToString()]) for r, m in requests.items()
    ]:
        call: Any = peer.channel.stream_stream(f"/sched.v1.WorkerService/{rpc}")()
        for data in (*first, b"\xff\xff"):
            await call.write(data)
        refusal = await refused(call.read())
        assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, ["message"])
    assert all(record.exc_info is None for record in caplog.records)
    await peer.start("after")
    assert (await peer.poll_workflow()).workflow_id == "after"


async def test_payloads_of_clients_that_no_worker_could_read(
    peer: Peer, database: Database, subtests: pytest.Subtests, caplog: Any
) -> None:
    """Each field is named, its value is not shown, nor written to the log; alone and in a batch."""
    with caplog.at_level("DEBUG"):
        for data in BROKEN:
            with subtests.test(repr(data[:9])):
                await _refuses_payload(peer, payload(data))
    assert SECRET.decode() not in caplog.text
    assert not any(stored(database).values())


async def _refuses_payload(peer: Peer, broken: common_pb2.Payload) -> None:
    given: dict[str, Any] = {"input": broken, "memo": broken, "search_attributes": broken}
    start = pb.StartWorkflowRequest(workflow_type="Type", **given)
    refusal = await refused(peer.client.StartWorkflow(start))
    assert (refusal.code, set(refusal.fields)) == (Code.INVALID_ARGUMENT, set(given))
    assert all(rule.startswith("must be JSON text: ") for rule in refusal.fields.values())
    assert SECRET.decode() not in refusal.message
    (one,) = (await peer.client.StartWorkflows(pb.StartWorkflowsRequest(starts=[start]))).outcomes
    assert (one.code, one.reason) == (code_pb2.INVALID_ARGUMENT, "INVALID")
    signal = pb.SignalWithStartWorkflowRequest(
        start=pb.StartWorkflowRequest(workflow_type="Type"), signal_name="go", signal_payload=broken
    )
    assert list((await refused(peer.client.SignalWithStartWorkflow(signal))).fields) == ["signal_payload"]


async def test_what_travels_beside_a_payload_is_bounded(peer: Peer, database: Database) -> None:
    """Its metadata count with it; headers have a limit of their own, and are not shown."""
    large = common_pb2.Payload(metadata={"key": bytes(limits.PAYLOAD_MAX)})
    refusal = await refused(peer.start(input=large))
    assert refusal.fields["input"].endswith(f"must be at most {limits.PAYLOAD_MAX} bytes")
    refusal = await refused(peer.start(headers={"key": SECRET.decode() * 5_000}))
    assert refusal.fields["headers"].endswith(f"must be at most {limits.HEADERS_MAX} bytes")
    assert SECRET.decode() not in refusal.message
    assert not any(stored(database).values())


async def test_a_cursor_belongs_to_its_filters(peer: Peer) -> None:
    """With others it is refused; made up ones are, too."""
    for _ in range(3):
        await peer.start(task_queue="payments")
    listing = pb.ListWorkflowsRequest(task_queue="payments", page_size=2)
    listing.cursor = (await peer.client.ListWorkflows(listing)).next_cursor
    assert len((await peer.client.ListWorkflows(listing)).executions) == 1
    listing.task_queue = "other"
    assert (await refused(peer.client.ListWorkflows(listing))).fields["cursor"].endswith(FILTERS_RULE)


TURNS: list[tuple[Any, str]] = [
    (lambda task: turn(task, schedule(input=payload(b"{"))), "turn.commands[0].input"),
    (lambda task: turn(task, schedule(headers={"a": "b" * 20_000})), "turn.commands[0].headers"),
    (lambda task: turn(task, finish(b"NaN")), "turn.commands[0].result"),
    (lambda task: turn(task, schedule(1), waits_for=[0]), "turn.commands[0].command"),
    (lambda task: turn(task, identity="\0"), "identity"),
    (lambda task: turn(task, build="x" * 201), "build"),
    (
        lambda task: turn(task, *(schedule(n) for n in range(turn_limits.COMMANDS_MAX + 1))),
        "turn.commands",
    ),
    (
        lambda task: turn(
            task,
            schedule(retry=common_pb2.RetryPolicy(non_retryable_error_types=["E" * 200] * 100)),
        ),
        "turn.commands[0].retry.non_retryable_error_types",
    ),
    (
        lambda task: wb.WorkflowTaskCompletion(
            token=task.token, turn=wb.Turn(seen_through=1, wait={"signals": ["a b"]})
        ),
        "turn.wait.signals[0]",
    ),
    (
        lambda task: turn(
            task,
            wb.Command(
                fail_workflow=wb.FailWorkflow(
                    failure=common_pb2.Failure(cause=common_pb2.Failure(details=payload(b"{")))
                )
            ),
        ),
        "turn.commands[0].failure.cause.details",
    ),
]


async def test_turns_that_break_a_limit(peer: Peer, subtests: pytest.Subtests) -> None:
    """Refused with the field, alone and on a stream; the task is as before, and can still be completed."""
    await peer.start("order")
    stream = await workflow_stream(peer, credits=1)
    (task,) = await stream.tasks(1)
    for made, field in TURNS:
        with subtests.test(field):
            completion = made(task)
            refusal = await refused(peer.worker.CompleteWorkflowTask(completion))
            assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, [field])
            completion.id = 7
            await stream.send(completions=[completion])
            ack = await stream.ack()
            assert (ack.id, ack.code) == (7, code_pb2.INVALID_ARGUMENT)
            assert field in ack.message
    assert await peer.names("order") == "WS"
    await peer.complete_turn(task, finish())
    assert await peer.names("order") == "WS Y WC"


OUTCOMES: list[tuple[dict[str, Any], str]] = [
    ({"result": payload(b"{")}, "result"),
    ({"result": payload(b"1"), "identity": "\0"}, "identity"),
    ({"canceled": wb.ActivityCanceled(details=payload(b"1e400"))}, "canceled.details"),
    ({"failure": wb.ActivityFailure(failure={"details": payload(b"NaN")})}, "failure.failure.details"),
    (
        {"failure": wb.ActivityFailure(declared_retry={"initial_interval_us": -1})},
        "failure.declared_retry.initial_interval_us",
    ),
    (
        {"failure": wb.ActivityFailure(declared_retry={"backoff_coefficient": float("nan")})},
        "failure.declared_retry.backoff_coefficient",
    ),
]


async def test_outcomes_that_break_a_limit(peer: Peer, subtests: pytest.Subtests) -> None:
    """Refused with the field; the activity is as before, and can still be completed."""
    task = await peer.activity("order")
    for more, field in OUTCOMES:
        with subtests.test(field):
            completion = wb.ActivityTaskCompletion(token=task.token, **more)
            refusal = await refused(peer.worker.CompleteActivityTask(completion))
            assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, [field])
    assert await peer.names("order") == "WS Y AS"
    await peer.succeed(task)
    assert (await peer.names("order")).startswith("WS Y AS AC")


async def test_chains_of_causes(peer: Peer) -> None:
    """As long as protobuf goes they are stored as they came; a longer one is no message, and one of huge failures an
    attempt that failed for its size."""
    task = await peer.activity("order", retry=common_pb2.RetryPolicy(maximum_attempts=1))
    deep = b""
    for _ in range(200):
        deep = b"\x42" + _varint(len(deep)) + deep
    deep = b"\x0a" + _varint(len(deep)) + deep
    data = b"\x12" + _varint(len(task.token)) + task.token + b"\x22" + _varint(len(deep)) + deep
    assert list((await refused(raw(peer, "WorkerService", "CompleteActivityTask", data))).fields) == [
        "message"
    ]
    failure = common_pb2.Failure(type="Root")
    for level in range(80):
        failure = common_pb2.Failure(type=f"Level{level}", cause=failure)
    await peer.worker.CompleteActivityTask(
        wb.ActivityTaskCompletion(token=task.token, failure=wb.ActivityFailure(failure=failure))
    )
    assert (await peer.names("order")).startswith("WS Y AS AF")
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))
    task = await peer.activity("other")
    for _ in range(3):
        failure = common_pb2.Failure(message="x" * 1_000_000, cause=failure)
    await peer.worker.CompleteActivityTask(
        wb.ActivityTaskCompletion(token=task.token, failure=wb.ActivityFailure(failure=failure))
    )
    assert (await peer.names("other")).startswith("WS Y AS AF")


async def test_heartbeats_with_details_that_are_none(peer: Peer) -> None:
    """Alone refused; on a stream the lease is renewed and the details of the last beat stay."""
    task = await peer.activity("order")
    await peer.worker.RecordActivityHeartbeat(
        wb.ActivityHeartbeat(token=task.token, details=payload(b'"good"'))
    )
    stream = await activity_stream(peer, credits=0)
    for details in (b"{", b"1" * (limits.PAYLOAD_MAX + 1)):
        beat = wb.ActivityHeartbeat(token=task.token, details=payload(details))
        refusal = await refused(peer.worker.RecordActivityHeartbeat(beat))
        assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, ["details"])
        await stream.send(heartbeats=[beat])
        assert not (await stream.reply()).lost
    (pending,) = (await peer.get("order")).activities
    assert pending.heartbeat_details.data == b'"good"'


async def test_credits_that_are_none(peer: Peer) -> None:
    """Negative ones, and more than any worker can use, end the stream with field and rule; the sum counts."""
    for more in (-1, -(2**31), 2**31 - 1, worker_stream.CREDITS_MAX + 1):
        for ask in (workflow_stream, activity_stream):
            stream = await ask(peer, credits=more)
            refusal = await refused(stream.call.read())
            assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, ["credits"])
    stream = await workflow_stream(peer, credits=worker_stream.CREDITS_MAX)
    await stream.send(credits=1)
    assert list((await refused(stream.call.read())).fields) == ["credits"]


SUBSCRIPTIONS: list[tuple[str, dict[str, Any]]] = [
    ("subscription.slots", {"slots": -1}),
    ("subscription.types", {"types": ["Type"] * 10_001}),
    ("subscription.types[0]", {"types": ["a b"]}),
    ("subscription.identity", {"identity": "\0"}),
    ("subscription.session_id", {"session_id": "x" * 201}),
]


async def test_subscriptions_that_are_none(peer: Peer, subtests: pytest.Subtests) -> None:
    """Refused for streams and polls alike; no worker is listed."""
    for field, given in SUBSCRIPTIONS:
        with subtests.test(field):
            stream = await workflow_stream(peer, credits=1, **given)
            assert list((await refused(stream.call.read())).fields) == [field]
            poll = wb.PollTaskRequest(subscription=subscription(**given))
            assert list((await refused(peer.worker.PollActivityTask(poll))).fields) == [field]
    assert not (await peer.client.ListWorkers(pb.ListWorkersRequest())).workers


async def test_a_worker_cannot_complete_what_another_holds(peer: Peer) -> None:
    """A token of another delivery, or of a task that has ended, is refused as stale; the holder's counts."""
    await peer.start("order")
    lost = await workflow_stream(peer, credits=1, identity="lost")
    (before,) = await lost.tasks(1)
    lost.call.cancel()
    held = await peer.poll_workflow(identity="holder")
    assert held.delivery == before.delivery + 1

    refusal = await refused(peer.complete_turn(before, finish(b'"stolen"')))

    assert (refusal.code, refusal.reason) == (Code.FAILED_PRECONDITION, "STALE_TASK")
    assert await peer.names("order") == "WS"
    await peer.complete_turn(held, finish())
    assert await peer.names("order") == "WS Y WC"


async def test_a_heartbeat_of_a_dead_activity(peer: Peer, database: Database) -> None:
    """Its worker is told that the task is lost; the execution is as before."""
    task = await peer.activity("order")
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))
    before = stored(database)
    reply = await peer.worker.RecordActivityHeartbeat(wb.ActivityHeartbeat(token=task.token))
    assert reply.lost
    stream = await activity_stream(peer, credits=0)
    await stream.send(heartbeats=[wb.ActivityHeartbeat(token=task.token), wb.ActivityHeartbeat(token=b"x")])
    assert (await stream.reply()).lost
    assert (await stream.reply()).lost
    assert stored(database) == before


async def test_a_worker_that_does_not_read_is_handed_no_more(
    peer: Peer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many credits it gave: what waits for it is bounded in bytes, and another worker gets the rest."""
    monkeypatch.setattr(worker_stream, "OUTGOING_BYTES_MAX", 100_000)
    deaf = await workflow_stream(peer, credits=1_000, identity="deaf")
    for number in range(40):
        await peer.start(f"large-{number}", input=payload(b'"' + b"x" * 500_000 + b'"'))

    task = await peer.poll_workflow(identity="other")

    assert task.workflow_id.startswith("large-")
    await deaf.tasks(1)  # it was only slow: it reads, and gets its share
    assert len({each.workflow_id for each in await deaf.tasks(10)}) == 10


async def test_a_worker_that_does_not_read_its_acks_is_not_read_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it sends waits on its side, and nothing is dropped: every completion is answered once it reads."""
    monkeypatch.setattr(worker_stream, "UNREAD_MAX", 10)
    nobody: Any = None
    stream: worker_stream.WorkerStream[Any, Any] = worker_stream.WorkerStream(
        response=wb.StreamWorkflowTasksResponse,
        read=read_turn,
        desk=nobody,
        matching=nobody,
        tokens=Tokens("secret"),
    )
    sent: list[int] = []

    async def requests() -> AsyncIterator[wb.StreamWorkflowTasksRequest]:
        for first in range(0, 100, 5):
            sent.append(first)
            yield wb.StreamWorkflowTasksRequest(
                completions=[wb.WorkflowTaskCompletion(id=first + n) for n in range(5)]
            )

    receiving = asyncio.create_task(stream.receive(requests()))
    for _ in range(50):
        await asyncio.sleep(0)
    assert sent == [0, 5]

    answered = [ack.id async for response in stream.responses() for ack in response.acks]

    assert answered == list(range(100))
    await receiving


async def test_unary_garbage_does_not_end_the_engine(peer: Peer) -> None:
    """Methods and services that are none are UNIMPLEMENTED, and the next call is served."""
    assert await outcome(raw(peer, "WorkflowService", "Nothing", b"")) is Code.UNIMPLEMENTED
    assert await outcome(raw(peer, "Nothing", "StartWorkflow", b"")) is Code.UNIMPLEMENTED
    await eventually(lambda: _serves(peer))


async def _serves(peer: Peer) -> bool:
    async with asyncio.timeout(5):
        await peer.client.GetMetrics(pb.GetMetricsRequest())
    return True


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out += struct.pack("B", number & 127 | 128)
        number >>= 7
    return out + struct.pack("B", number)
