"""StreamCalls: every call does and answers what the unary one does, among thousands of others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import grpc
import psycopg
import pytest
from google.rpc import code_pb2  # type: ignore[import-untyped]
from sched_sdk import AsyncClient
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.call_lines import REQUESTS, Answered, CallLine, a_call, a_line, by_itself, on_a_stream
from tests.rpc.peers import (
    SECONDS,
    Peer,
    connected,
    eventually,
    finish,
    look,
    options,
    payload,
    refused,
    running,
    stored,
)
from tests.store.databases import Database
from workflows.core.rejection import Code as Reason
from workflows.core.rejection import Rejected
from workflows.engine.engine import Engine
from workflows.rpc import call_stream
from workflows.rpc.call_stream import CallStream
from workflows.rpc.refusals import refusal_of, status_of
from workflows.rpc.tokens import BadToken
from workflows.service import limits
from workflows.service.errors import invalid
from workflows.store.lanes import Overloaded

Code = grpc.StatusCode
UNKNOWN_RUN = "01980000-0000-7000-8000-000000000000"
RUNNING = common_pb2.WORKFLOW_STATUS_RUNNING
COMPLETED = common_pb2.WORKFLOW_STATUS_COMPLETED
LARGE = payload(b'"' + bytes(limits.PAYLOAD_MAX) + b'"')


async def closed(peer: Peer, workflow_id: str) -> None:
    await peer.start(workflow_id, task_queue=workflow_id)
    await peer.complete_turn(await peer.poll_workflow(task_queue=workflow_id), finish())


def said(answered: Answered) -> str:
    """Without what differs from run to run."""
    response = type(answered.response)()
    response.CopyFrom(answered.response)
    assert response.run_id
    response.run_id = ""
    if isinstance(response, pb.StartWorkflowResponse):
        response.workflow_id = ""
        response.result.run_id = ""
    return str(response)


START: dict[str, Any] = {"workflow_type": "Type"}
DONE: list[tuple[str, dict[str, Any]]] = [
    ("start", {"workflow_id": "{}", **START}),
    ("start", {"workflow_id": "{}", **START, "wait_seconds": 0.05}),
    ("start", {"workflow_id": "open-{}", **START, "conflict_policy": 2, "wait_seconds": 0.05}),
    ("start", {"workflow_id": "closed-{}", **START, "reuse_policy": 1}),
    ("signal", {"workflow_id": "open-{}", "name": "go", "payload": payload(b"1")}),
    ("signal", {"workflow_id": "open-{}", "name": "go", "run_id": "open-{}"}),
    ("signal_with_start", {"start": {"workflow_id": "{}", **START}, "signal_name": "go"}),
    ("signal_with_start", {"start": {"workflow_id": "open-{}", **START}, "signal_name": "go"}),
    ("cancel", {"workflow_id": "open-{}", "reason": "enough"}),
    ("cancel", {"workflow_id": "closed-{}"}),
    ("terminate", {"workflow_id": "open-{}"}),
    ("terminate", {"workflow_id": "closed-{}"}),
    ("result", {"workflow_id": "closed-{}"}),
    ("result", {"workflow_id": "open-{}", "wait_seconds": 0.05}),
    ("result", {"workflow_id": "open-{}"}),
]


async def test_calls_are_answered_as_unary_ones(peer: Peer, subtests: pytest.Subtests) -> None:
    """Each kind in each of its ways, on workflows that stand alike."""
    for number, (kind, fields) in enumerate(DONE):
        with subtests.test(f"{kind} {number}"):
            answers = []
            for way, call in (("unary", by_itself), ("stream", on_a_stream)):
                name = f"{way}-{number}"
                await closed(peer, f"closed-{name}")
                runs = {f"open-{name}": (await peer.start(f"open-{name}", task_queue="idle")).run_id}
                answers.append(await call(peer, kind, REQUESTS[kind](**_filled(fields, name, runs))))
            assert said(answers[0]) == said(answers[1])


def _filled(fields: dict[str, Any], name: str, runs: dict[str, str]) -> dict[str, Any]:
    filled = {}
    for field, value in fields.items():
        if isinstance(value, dict):
            value = _filled(value, name, runs)
        elif isinstance(value, str):
            value = value.format(name)
        filled[field] = runs[value] if field == "run_id" else value
    return filled


REFUSED: list[tuple[Code, str, dict[str, Any]]] = [
    (Code.INVALID_ARGUMENT, "start", {}),
    (Code.INVALID_ARGUMENT, "start", {"workflow_type": " ", "workflow_id": "a b", "wait_seconds": -1}),
    (Code.INVALID_ARGUMENT, "start", {**START, "input": LARGE}),
    (Code.INVALID_ARGUMENT, "start", {**START, "memo": payload(b"[1]"), "conflict_policy": 99}),
    (Code.INVALID_ARGUMENT, "start", {**START, "wait_seconds": float("nan")}),
    (Code.ALREADY_EXISTS, "start", {**START, "workflow_id": "open"}),
    (Code.ALREADY_EXISTS, "start", {**START, "workflow_id": "open", "wait_seconds": 5}),
    (Code.ALREADY_EXISTS, "start", {**START, "workflow_id": "closed", "reuse_policy": 3}),
    (Code.INVALID_ARGUMENT, "signal", {"workflow_id": "open"}),
    (Code.INVALID_ARGUMENT, "signal", {"workflow_id": "open", "name": "go", "payload": payload(b"{")}),
    (Code.NOT_FOUND, "signal", {"workflow_id": "nobody", "name": "go"}),
    (Code.NOT_FOUND, "signal", {"workflow_id": "open", "name": "go", "run_id": UNKNOWN_RUN}),
    (Code.NOT_FOUND, "signal", {"workflow_id": "open", "name": "go", "namespace": "other"}),
    (Code.FAILED_PRECONDITION, "signal", {"workflow_id": "closed", "name": "go"}),
    (Code.INVALID_ARGUMENT, "signal_with_start", {"signal_name": "go"}),
    (Code.INVALID_ARGUMENT, "signal_with_start", {"start": START, "signal_name": "a b"}),
    (Code.INVALID_ARGUMENT, "cancel", {"workflow_id": "open", "run_id": "42", "reason": "\0"}),
    (Code.NOT_FOUND, "cancel", {"workflow_id": "nobody"}),
    (Code.INVALID_ARGUMENT, "terminate", {"workflow_id": "open", "request_id": "a b"}),
    (Code.NOT_FOUND, "terminate", {"workflow_id": "closed", "run_id": UNKNOWN_RUN}),
    (Code.INVALID_ARGUMENT, "result", {"workflow_id": "", "wait_seconds": 4_000}),
    (Code.NOT_FOUND, "result", {"workflow_id": "nobody", "wait_seconds": 1}),
    (Code.DATA_LOSS, "result", {"workflow_id": "damaged"}),
]


async def test_calls_are_refused_as_unary_ones(
    peer: Peer, database: Database, subtests: pytest.Subtests
) -> None:
    """Status, message and details are the same to the byte; nothing is stored."""
    await closed(peer, "closed")
    await closed(peer, "damaged")
    look(database, "UPDATE sched_events SET data = '\\x08' WHERE run_id = (SELECT run_id FROM sched_current_runs"
         " WHERE workflow_id = 'damaged')")  # fmt: skip
    await peer.start("open")
    before = stored(database)
    for code, kind, fields in REFUSED:
        with subtests.test(f"{kind} {code.name} {str(fields)[:60]}"):
            request = REQUESTS[kind](**fields)
            unary, streamed = await by_itself(peer, kind, request), await on_a_stream(peer, kind, request)
            assert unary.status.code == code.value[0]
            assert streamed == unary
    assert stored(database) == before


ERRORS: list[BaseException] = [
    *(Rejected(reason, f"field: {reason.name}", run_id="run") for reason in Reason),
    invalid("field", "value", "must be another"),
    BadToken(),
    Overloaded("too many"),
    psycopg.OperationalError("gone"),
    ValueError("a mistake of ours"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: f"{type(error).__name__} {error}")
def test_every_error_has_the_status_of_unary_calls(error: BaseException) -> None:
    """Whatever the layers below raise."""
    (details,) = (value for _, value in status_of(refusal_of(error)).trailing_metadata)
    assert call_stream.error_of(error).SerializeToString() == details


async def test_a_call_that_takes_too_long_is_answered(peer: Peer) -> None:
    """As gRPC answers a unary call whose deadline has passed."""
    await peer.start("open")
    request = pb.GetWorkflowResultRequest(workflow_id="open", wait_seconds=20)
    unary = await by_itself(peer, "result", request, timeout=0.05)
    assert unary.status.code == code_pb2.DEADLINE_EXCEEDED
    assert await on_a_stream(peer, "result", request, timeout=0.05) == unary


async def test_a_flooded_engine_sheds_calls(
    peer: Peer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the hint of unary calls; by the lane, by what a stream holds, and by all streams together."""
    request = pb.StartWorkflowRequest(**START)
    with monkeypatch.context() as patch:
        patch.setattr("workflows.store.lanes.REQUESTS_MAX", 0)
        unary = await by_itself(peer, "start", request)
        assert unary.status.code == code_pb2.RESOURCE_EXHAUSTED
        assert await on_a_stream(peer, "start", request) == unary
    kinds = [detail.type_url for detail in unary.status.details]
    for bound, most in (("OPEN_MAX", 1), ("OPEN_BYTES_MAX", 100)):
        with monkeypatch.context() as patch:
            patch.setattr(call_stream, bound, most)
            async with a_line(peer) as line:
                await line.send(*(a_call(n, "start", **START, identity="x" * 90) for n in (1, 2)))
                assert (await line.answer(1)).start.started
                error = (await line.answer(2)).error
                assert (error.code, [detail.type_url for detail in error.details]) == (
                    code_pb2.RESOURCE_EXHAUSTED,
                    kinds,
                )
                await line.send(a_call(2, "start", **START))
                assert (await line.answer(2)).start.started, "what was answered makes room"
    assert stored(database)["sched_executions"] == 4


async def test_all_streams_have_a_bound_together(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a stream that ends makes room for what another asks."""
    monkeypatch.setattr("workflows.rpc.workflow_service.STREAMED_CALLS_MAX", 2)
    async with running(database) as engine, connected(engine) as peer, a_line(peer) as other:
        await peer.start("open")
        async with a_line(peer) as line:
            await line.send(*(a_call(n, "result", workflow_id="open", wait_seconds=60) for n in (1, 2)))
            await eventually(lambda: waiters(engine, 2))
            await other.send(a_call(1, "start", **START))
            assert (await other.answer(1)).error.code == code_pb2.RESOURCE_EXHAUSTED
        await eventually(lambda: waiters(engine, 0))
        await other.send(a_call(1, "start", **START))
        assert (await other.answer(1)).start.started


async def waiters(engine: Engine, count: int) -> bool:
    return sum(map(len, engine._results._waiting.values())) == count


async def test_what_comes_together_is_committed_together(peer: Peer, database: Database) -> None:
    """A hundred starts of one message take few transactions, and their answers few messages."""
    async with a_line(peer) as line:
        await line.send(*(a_call(n, "start", **START, workflow_id=f"order-{n}") for n in range(1, 101)))
        for n in range(1, 101):
            assert (await line.answer(n)).start.workflow_id == f"order-{n}"
        assert len(line.messages) <= 5
    (transactions,) = look(database, "SELECT count(DISTINCT xmin::text) FROM sched_executions")[0]
    assert transactions <= 3


async def test_calls_are_answered_as_they_can_be(peer: Peer) -> None:
    """A wait holds up nothing that comes after it; an id is free again once it has its answer."""
    async with a_line(peer) as line:
        await line.send(a_call(1, "start", **START, workflow_id="order", wait_seconds=60))
        await line.send(
            a_call(2, "start", **START, task_queue="idle"), a_call(3, "result", workflow_id="nobody")
        )
        assert (await line.answer(2)).start.started
        assert (await line.answer(3)).error.code == code_pb2.NOT_FOUND
        await line.send(a_call(2, "result", workflow_id="order", wait_seconds=60))
        await peer.complete_turn(await peer.poll_workflow(), finish())
        for answer in ((await line.answer(1)).start.result, (await line.answer(2)).result):
            assert (answer.status, answer.result.data) == (COMPLETED, b'"done"')


async def test_signals_keep_the_order_of_their_stream(peer: Peer) -> None:
    """As long as they name their run in the same way, over as many messages as they like."""
    await peer.start("order", task_queue="idle")
    async with a_line(peer) as line:
        for first in range(1, 60, 20):
            await line.send(
                *(a_call(n, "signal", workflow_id="order", name=f"s{n}") for n in range(first, first + 20))
            )
        for n in range(1, 61):
            assert (await line.answer(n)).signal.run_id
    names = [each.name for each in (await peer.get("order")).signals]
    assert names == [f"s{n}" for n in range(1, 61)]


async def test_a_wait_that_nobody_needs_is_cancelled(peer: Peer, engine: Engine) -> None:
    """It is answered so, and forgotten; what it started runs on, and ids of no open call are nothing."""
    async with a_line(peer) as line:
        await line.send(
            a_call(1, "start", **START, workflow_id="order", wait_seconds=60),
            a_call(2, "start", **START, workflow_id="other"),
            canceled=[9],
        )
        await line.answer(2)
        await line.send(a_call(2, "result", workflow_id="order", wait_seconds=60))
        await eventually(lambda: waiters(engine, 2))
        await line.send(canceled=[1, 2, 1])
        for n in (1, 2):
            error = (await line.answer(n)).error
            assert (error.code, error.message) == (code_pb2.CANCELLED, "Cancelled")
        assert await waiters(engine, 0)
        await line.end()
        assert not line.answers
    assert await peer.names("order") == "WS"


async def test_a_broken_stream_forgets_its_waits(peer: Peer, engine: Engine) -> None:
    """What it has started stays, and the same start on another stream finds it."""
    start = a_call(1, "start", **START, request_id="once", wait_seconds=60)
    async with a_line(peer) as line:
        await line.send(start)
        await eventually(lambda: waiters(engine, 1))
        run = (await peer.poll_workflow()).run_id
    await eventually(lambda: waiters(engine, 0))
    start.start.wait_seconds = 0
    async with a_line(peer) as line:
        await line.send(start)
        answer = (await line.answer(1)).start
        assert (answer.run_id, answer.started) == (run, False)


async def test_a_half_closed_stream_is_answered_to_its_end(peer: Peer) -> None:
    """Then the engine ends it, too."""
    async with a_line(peer) as line:
        await line.send(*(a_call(n, "start", **START) for n in range(1, 51)))
        await line.end()
        assert set(line.answers) == set(range(1, 51))


async def test_an_engine_that_stops_answers_its_waits(database: Database) -> None:
    """RUNNING, as unary ones; it says that it drains, and does not wait for anything once its client has gone; the next
    engine goes on."""
    engine = Engine(options(database))
    await engine.start()
    async with connected(engine) as peer:
        line = CallLine(peer)
        await line.send(
            a_call(1, "start", **START, workflow_id="order", wait_seconds=60),
            a_call(2, "start", **START, workflow_id="other", task_queue="idle", wait_seconds=60),
        )
        await eventually(lambda: waiters(engine, 2))
        await eventually(lambda: _started(database, 2))
        stopping = asyncio.ensure_future(engine.stop())
        for n in (1, 2):
            assert (await line.answer(n)).start.result.status == RUNNING
        while not any(message.draining for message in line.messages):
            await line.read()
        await line.end()
        async with asyncio.timeout(SECONDS):
            await stopping
    async with running(database) as engine, connected(engine) as peer, a_line(peer) as line:
        await line.send(a_call(1, "result", workflow_id="order", wait_seconds=60))
        await peer.complete_turn(await peer.poll_workflow(), finish())
        assert (await line.answer(1)).result.status == COMPLETED


async def test_clients_go_on_with_the_next_engine(database: Database) -> None:
    """On the same port: who waits for a result hears of it, and who starts meanwhile starts once."""
    engine = Engine(options(database))
    await engine.start()
    async with AsyncClient(f"127.0.0.1:{engine.port}") as client:
        order = await client.start("Type", workflow_id="order")
        waiting = [asyncio.ensure_future(order.result()) for _ in range(50)]
        await eventually(lambda: waiters(engine, 50))
        await engine.stop()
        starting = [
            asyncio.ensure_future(client.start("Type", workflow_id=f"idle-{n}", task_queue="idle"))
            for n in range(20)
        ]
        await asyncio.sleep(0)
        async with running(database, port=engine.port) as engine, connected(engine) as peer:
            await asyncio.gather(*starting)
            await peer.complete_turn(await peer.poll_workflow(), finish())
            assert await asyncio.gather(*waiting) == ["done"] * 50
    assert stored(database)["sched_executions"] == 21


async def _started(database: Database, count: int) -> bool:
    return stored(database)["sched_executions"] == count


def _calls(*calls: pb.Call) -> pb.StreamCallsRequest:
    return pb.StreamCallsRequest(calls=calls)


BREACHES: list[tuple[str, Callable[[], pb.StreamCallsRequest]]] = [
    ("calls[1].id", lambda: _calls(a_call(8, "start", **START), a_call(0, "start", **START))),
    ("calls[0].id", lambda: _calls(a_call(1, "start", **START))),
    ("calls[1].id", lambda: _calls(a_call(8, "start", **START), a_call(8, "start", **START))),
    ("calls", lambda: _calls(*(a_call(n, "start", **START) for n in range(2, 1_003)))),
    ("canceled", lambda: pb.StreamCallsRequest(canceled=range(1_001))),
]


async def test_a_message_that_breaks_the_contract_ends_the_stream(
    peer: Peer, engine: Engine, database: Database, subtests: pytest.Subtests
) -> None:
    """INVALID_ARGUMENT with field, value and rule; nothing of it is done, and the waits are forgotten."""
    await peer.start("open", task_queue="idle")
    before = stored(database)
    for field, message in BREACHES:
        with subtests.test(field):
            line = CallLine(peer)
            await line.send(a_call(1, "result", workflow_id="open", wait_seconds=60))
            await line.call.write(message())
            refusal = await refused(line.call.read())
            assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, [field])
            assert "must" in refusal.fields[field]
            await eventually(lambda: waiters(engine, 0))
    assert stored(database) == before


async def test_bytes_that_are_no_message_end_the_stream(peer: Peer, caplog: Any) -> None:
    """As on the workers' streams; the next one is served."""
    call: Any = peer.channel.stream_stream("/sched.v1.WorkflowService/StreamCalls")()
    await call.write(b"\xff\xff")
    refusal = await refused(call.read())
    assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, ["message"])
    assert all(record.exc_info is None for record in caplog.records)
    answer = await on_a_stream(peer, "start", pb.StartWorkflowRequest(**START))
    assert answer.response.started


async def test_a_call_that_is_none_is_answered(peer: Peer) -> None:
    """Without a request, of a kind of another age, or with a time that is none; the stream goes on."""
    unknown = pb.Call.FromString(pb.Call(id=2).SerializeToString() + b"\x82\x01\x00")  # field 16
    late = [a_call(n, "start", timeout_seconds=each, **START) for n, each in ((3, -1.0), (4, 1e6))]
    async with a_line(peer) as line:
        await line.send(pb.Call(id=1), unknown, *late, a_call(5, "start", **START))
        errors = [(await line.answer(n)).error for n in (1, 2, 3, 4)]
        assert (await line.answer(5)).start.started
    assert {error.code for error in errors} == {code_pb2.INVALID_ARGUMENT}
    assert [error.message for error in errors] == [
        f"request: {call_stream.KINDS_RULE}",
        f"request: {call_stream.KINDS_RULE}",
        f"timeout_seconds: -1: {call_stream.TIMEOUT_RULE}",
        f"timeout_seconds: 1e+06: {call_stream.TIMEOUT_RULE}",
    ]


async def test_answers_travel_in_bounded_messages(peer: Peer) -> None:
    """One larger than the bound goes alone."""
    data = b'"' + b"x" * 700_000 + b'"'
    for n in range(4):
        await peer.start(f"order-{n}")
        await peer.complete_turn(await peer.poll_workflow(), finish(data))
    async with a_line(peer) as line:
        await line.send(*(a_call(n + 1, "result", workflow_id=f"order-{n}") for n in range(4)))
        for n in range(4):
            assert (await line.answer(n + 1)).result.result.data == data
        assert max(message.ByteSize() for message in line.messages) < call_stream.MESSAGE_BYTES


async def test_results_that_nobody_reads_are_not_kept(
    peer: Peer, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the bound a wait is answered RUNNING, and asked again once the client reads."""
    monkeypatch.setattr(call_stream, "UNREAD_BYTES_MAX", 100_000)
    await peer.start("order")
    await peer.complete_turn(await peer.poll_workflow(), finish(b'"' + b"x" * 90_000 + b'"'))
    stream = CallStream(engine._rpc._client._calls, engine._rpc._client._streamed)
    await stream.take(_calls(*(a_call(n, "result", workflow_id="order") for n in range(1, 101))))
    await eventually(lambda: _none_open(stream))
    answers = [answer for answer, _ in stream._answers]
    assert [answer.result.status for answer in answers] == [COMPLETED] * 2 + [RUNNING] * 98
    assert sum(answer.ByteSize() for answer in answers) < 200_000


async def _none_open(stream: CallStream) -> bool:
    return not stream._open


async def test_a_client_that_does_not_read_is_not_read_from(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it sends waits on its side; every call is answered once it reads."""
    monkeypatch.setattr(call_stream, "UNREAD_MAX", 10)
    stream = CallStream(engine._rpc._client._calls, engine._rpc._client._streamed)
    sent: list[int] = []

    async def requests() -> Any:
        for first in range(1, 101, 5):
            sent.append(first)
            yield _calls(*(pb.Call(id=first + n) for n in range(5)))

    receiving = asyncio.create_task(stream.receive(requests()))
    for _ in range(50):
        await asyncio.sleep(0)
    assert sent == [1, 6]
    answered = [answer.id async for response in stream.responses() for answer in response.answers]
    assert answered == list(range(1, 101))
    await receiving


async def test_thousands_wait_at_once(peer: Peer, engine: Engine) -> None:
    """On one stream, for one run and for many; each hears of its own end."""
    for first in range(0, 3_000, 500):
        starts = [
            pb.StartWorkflowRequest(workflow_id=f"order-{n}", task_queue="idle", **START)
            for n in range(first, first + 500)
        ]
        await peer.client.StartWorkflows(pb.StartWorkflowsRequest(starts=starts))
    async with a_line(peer) as line:
        for first in range(0, 3_000, 500):
            waits = (
                a_call(n + 1, "result", workflow_id=f"order-{n}", wait_seconds=60)
                for n in range(first, first + 500)
            )
            await line.send(*waits)
        await eventually(lambda: waiters(engine, 3_000))
        ends = [
            a_call(10_000 + n, "terminate", workflow_id=f"order-{n}", reason=str(n)) for n in range(3_000)
        ]
        for first in range(0, 3_000, 500):
            await line.send(*ends[first : first + 500])
        for n in range(3_000):
            result = (await line.answer(n + 1)).result
            assert (result.status, result.failure.message) == (
                common_pb2.WORKFLOW_STATUS_TERMINATED,
                str(n),
            )
            assert (await line.answer(10_000 + n)).terminate.terminated
        assert len(line.messages) < 1_000
    assert await waiters(engine, 0)
