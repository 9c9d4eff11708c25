"""Who may call what over gRPC, where API keys are demanded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from sched_sdk.proto.v1 import common_pb2, worker_pb2, workflow_pb2

from tests.rpc.call_lines import a_call, a_line
from tests.rpc.peers import Peer, connected, eventually, finish, look, payload, refused, running, schedule
from tests.rpc.peers import stored as rows
from tests.store.databases import Database
from workflows.access import keys
from workflows.access.actions import ROLES, Action
from workflows.engine.engine import Engine
from workflows.rpc.entrance import METHOD_OF, METHODS
from workflows.service.reading import look as in_thread

SERVICES = {
    name: service
    for service in (
        workflow_pb2.DESCRIPTOR.services_by_name["WorkflowService"],
        worker_pb2.DESCRIPTOR.services_by_name["WorkerService"],
    )
    for name in service.methods_by_name
}
STREAMS = ("StreamCalls", "StreamWorkflowTasks", "StreamActivityTasks")
Code = grpc.StatusCode
NOW = datetime.now(UTC)


@pytest.fixture
async def closed_engine(database: Database) -> AsyncIterator[Engine]:
    """That wants a key of everybody."""
    async with running(database, open_access=False) as engine:
        yield engine


@pytest.fixture
async def stranger(closed_engine: Engine) -> AsyncIterator[Peer]:
    async with connected(closed_engine) as peer:
        yield peer


async def key_of(*actions: Action, name: str = "key", **more: Any) -> keys.NewKey:
    return await in_thread(keys.make, name, actions, created_by="tests", now=NOW, **more)


class UnaryKey(grpc.aio.UnaryUnaryClientInterceptor):
    """Shows a key with every call, as clients do."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        return await continuation(with_key(details, self._text), request)


class StreamKey(grpc.aio.StreamStreamClientInterceptor):
    """The same for streams."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def intercept_stream_stream(self, continuation: Any, details: Any, requests: Any) -> Any:
        return await continuation(with_key(details, self._text), requests)


def with_key(details: Any, text: str) -> Any:
    return details._replace(metadata=(*(details.metadata or ()), *shown(text)))


async def call(peer: Peer, method: str, metadata: Any = ()) -> grpc.StatusCode:
    """The status of an empty request, or of an empty stream."""
    service = SERVICES[method]
    path = f"/{service.full_name}/{method}"
    if method in STREAMS:
        stream: Any = peer.channel.stream_stream(path)(iter(()), metadata=metadata, timeout=10)
        code: grpc.StatusCode = await stream.code()
        return code
    try:
        unary: Any = peer.channel.unary_unary(path)
        await unary(b"", metadata=metadata, timeout=10)
    except grpc.aio.AioRpcError as error:
        return error.code()
    return Code.OK


def shown(text: str) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {text}")]


def test_every_method_has_its_actions() -> None:
    """A method that nobody thought of would be refused to all; and each streamed call is a method."""
    assert set(SERVICES) | {"ServerReflectionInfo"} == set(METHODS)
    kinds = workflow_pb2.Call.DESCRIPTOR.oneofs_by_name["request"].fields
    assert {field.name for field in kinds} == set(METHOD_OF)


async def test_nothing_is_done_for_strangers(
    stranger: Peer, database: Database, subtests: pytest.Subtests
) -> None:
    """Without a key, and with one that is none, is revoked or expired. Nothing is stored; only health answers."""
    revoked = await key_of(*Action, name="revoked")
    await in_thread(keys.revoke, revoked.key, NOW)
    expired = await key_of(*Action, name="expired", expires_at=NOW + timedelta(microseconds=1))
    before = rows(database)
    bad: dict[str, list[tuple[str, str]]] = {
        "no key": [],
        "no bearer": [("authorization", "Basic x")],
        "nonsense": shown("nonsense"),
        "wrong secret": shown(f"sched_{revoked.key.prefix}_{'x' * 43}"),
        "revoked": shown(revoked.text),
        "expired": shown(expired.text),
    }
    for method in SERVICES:
        for what, metadata in bad.items():
            with subtests.test(f"{method}: {what}"):
                assert await call(stranger, method, metadata) is Code.UNAUTHENTICATED
    assert rows(database) == before
    health: Any = health_pb2_grpc.HealthStub
    answer = await health(stranger.channel).Check(health_pb2.HealthCheckRequest())
    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_refusal_says_what_to_do(stranger: Peer) -> None:
    """Who lacks a key hears where keys come from; who lacks an action, which."""
    found = await refused(stranger.start("order"))
    assert (found.code, found.reason) == (Code.UNAUTHENTICATED, "UNAUTHENTICATED")
    assert "SCHED_API_KEY" in found.message
    key = await key_of(Action.READ, name="dashboard")
    metadata = shown(key.text)
    found = await refused(
        stranger.client.StartWorkflow(
            workflow_pb2.StartWorkflowRequest(workflow_type="Type"), metadata=metadata
        )
    )
    assert (found.code, found.reason) == (Code.PERMISSION_DENIED, "PERMISSION_DENIED")
    assert "key/dashboard lacks the permission 'start'" in found.message


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_a_role_may_what_it_may(stranger: Peer, role: str, subtests: pytest.Subtests) -> None:
    """Each method, and each kind of streamed call, is let in if and only if the role has its actions."""
    key = await key_of(*ROLES[role], name=role)
    for method in SERVICES:
        with subtests.test(method):
            allowed = any(ROLES[role].issuperset(actions) for actions in METHODS[method])
            found = await call(stranger, method, shown(key.text))
            assert (found not in (Code.PERMISSION_DENIED, Code.UNAUTHENTICATED)) is allowed


async def test_reflection_wants_a_key(stranger: Peer) -> None:
    """Of any kind: what can be called is no secret among those who may call something."""
    stubs: Any = reflection_pb2_grpc.ServerReflectionStub
    stub = stubs(stranger.channel)
    asked = [reflection_pb2.ServerReflectionRequest(list_services="")]
    assert await stub.ServerReflectionInfo(iter(asked)).code() is Code.UNAUTHENTICATED
    key = await key_of(Action.WORK)
    answers = stub.ServerReflectionInfo(iter(asked), metadata=shown(key.text))
    assert [each.list_services_response.service async for each in answers]


@pytest.fixture
async def peer_of(closed_engine: Engine) -> AsyncIterator[Any]:
    """Makes a peer with a key for some actions, or with a key that there is."""
    async with AsyncExitStack() as stack:

        async def make(*actions: Action, name: str = "key", text: str = "") -> Peer:
            text = text or (await key_of(*actions, name=name)).text
            channel = grpc.aio.insecure_channel(
                f"127.0.0.1:{closed_engine.port}", interceptors=[UnaryKey(text), StreamKey(text)]
            )
            return Peer(await stack.enter_async_context(channel))

        yield make


SEES = (Action.READ, Action.SEE_PAYLOADS)


async def secret_workflow(peer_of: Any, workflow_id: str = "order") -> None:
    """With a payload wherever there may be one: each holds the word "hush"."""
    hush = payload(b'{"word": "hush"}')
    client, worker = await peer_of(*ROLES["client"], name="c"), await peer_of(Action.WORK, name="w")
    await client.start(workflow_id, input=hush, memo=hush, search_attributes=hush)
    await client.signal(workflow_id, payload=hush)
    await worker.complete_turn(
        await worker.poll_workflow(), schedule(input=hush), schedule(command=1, input=hush), waits_for=[0, 1]
    )
    failed = await worker.poll_activity()
    failure = common_pb2.Failure(
        kind=common_pb2.FAILURE_KIND_APPLICATION,
        type="Hidden",
        message="hush",
        stack_trace="hush",
        details=hush,
    )
    completion = worker_pb2.ActivityTaskCompletion(
        token=failed.token, failure=worker_pb2.ActivityFailure(failure=failure)
    )
    await worker.worker.CompleteActivityTask(completion)
    task = await worker.poll_activity()
    await worker.worker.RecordActivityHeartbeat(worker_pb2.ActivityHeartbeat(token=task.token, details=hush))


async def test_payloads_are_for_those_who_may_see_them(peer_of: Any) -> None:
    """Others see all the rest, and that something is hidden; a result is refused to them."""
    await secret_workflow(peer_of)
    viewer, operator = await peer_of(Action.READ, name="v"), await peer_of(*SEES, name="o")
    for method, request in (
        ("GetWorkflow", workflow_pb2.GetWorkflowRequest(workflow_id="order")),
        ("GetWorkflowHistory", workflow_pb2.GetWorkflowHistoryRequest(workflow_id="order")),
        ("ListWorkflows", workflow_pb2.ListWorkflowsRequest()),
    ):
        hidden, seen = [await getattr(each.client, method)(request) for each in (viewer, operator)]
        assert b"hush" in seen.SerializeToString()
        assert b"hush" not in hidden.SerializeToString()
        assert getattr(hidden, "payloads_hidden", True)
        assert not getattr(seen, "payloads_hidden", False)
    activity = (await viewer.get("order")).activities[0]
    assert (activity.activity_type, activity.last_failure.type) == ("Do", "Hidden")
    result = workflow_pb2.GetWorkflowResultRequest(workflow_id="order")
    assert (await refused(viewer.client.GetWorkflowResult(result))).code is Code.PERMISSION_DENIED
    starter = await peer_of(Action.START, name="s")
    found = await refused(starter.start("another", wait_seconds=1))
    assert (found.code, "'read'" in found.message) == (Code.PERMISSION_DENIED, True)


async def test_a_worker_replays_what_it_is_given(peer_of: Any) -> None:
    """Its key reads histories, payloads among them, and nothing else of the clients' service."""
    await secret_workflow(peer_of)
    worker = await peer_of(Action.WORK, name="another")
    asked = workflow_pb2.GetWorkflowHistoryRequest(workflow_id="order")
    assert b"hush" in (await worker.client.GetWorkflowHistory(asked)).SerializeToString()
    assert (await refused(worker.get("order"))).code is Code.PERMISSION_DENIED


async def test_streamed_calls_are_checked_one_by_one(peer_of: Any, database: Database) -> None:
    """What is allowed goes on; what is not, is that call's answer."""
    peer = await peer_of(Action.START, name="starter")
    async with a_line(peer) as line:
        await line.send(
            a_call(1, "start", workflow_type="Type", workflow_id="order"),
            a_call(2, "signal", workflow_id="order", name="go"),
            a_call(3, "terminate", workflow_id="order"),
        )
        assert (await line.answer(1)).start.started
        for number in (2, 3):
            assert (await line.answer(number)).error.code == Code.PERMISSION_DENIED.value[0]
    assert rows(database)["sched_events"] == 1


async def test_histories_name_the_key(peer_of: Any) -> None:
    """Whatever a caller says of itself stands behind it in brackets."""
    peer = await peer_of(*ROLES["client"], name="billing")
    await peer.start("order", identity="root")
    await peer.signal("order", identity="")
    async with a_line(peer) as line:
        await line.send(a_call(1, "cancel", workflow_id="order", identity="x" * 200))
        await line.answer(1)
    await refused(peer.signal("order", identity="x" * 201))
    events = (
        await peer.client.GetWorkflowHistory(workflow_pb2.GetWorkflowHistoryRequest(workflow_id="order"))
    ).events
    found = [getattr(each, each.WhichOneof("attributes")).identity for each in events]
    assert found[:2] == ["grpc:key/billing (root)", "grpc:key/billing"]
    assert found[2].startswith("grpc:key/billing (xxx")
    assert len(found[2]) == 200


async def test_every_act_has_an_entry(peer_of: Any, database: Database) -> None:
    """Who, what, why and through which door; none for a repeat, for what was refused, or for a look."""
    peer = await peer_of(*ROLES["client"], Action.WORK, name="billing")
    steer = {"workflow_id": "order", "reason": "enough"}
    await peer.start("order", request_id="r")
    await peer.start("order", request_id="r")
    await refused(peer.start("order"))
    await peer.client.StartWorkflows(
        workflow_pb2.StartWorkflowsRequest(
            starts=[workflow_pb2.StartWorkflowRequest(workflow_type="Type", workflow_id="batch")]
        )
    )
    await peer.signal("order")
    await peer.client.CancelWorkflow(workflow_pb2.CancelWorkflowRequest(**steer))
    await peer.client.CancelWorkflow(workflow_pb2.CancelWorkflowRequest(**steer))
    await peer.client.TerminateWorkflow(workflow_pb2.TerminateWorkflowRequest(**steer))
    await peer.client.RetryWorkflow(workflow_pb2.RetryWorkflowRequest(workflow_id="order"))
    await peer.get("order")

    async def entries(count: int = 6) -> bool:
        return bool(look(database, "SELECT count(*) FROM sched_audit")[0][0] >= count)

    await eventually(entries)
    found = look(database, "SELECT who, door, action, workflow_id, reason FROM sched_audit ORDER BY id")
    assert found == [
        ("key/billing", "grpc", action, workflow_id, reason)
        for action, workflow_id, reason in (
            ("start", "order", ""),
            ("start", "batch", ""),
            ("signal", "order", ""),
            ("cancel", "order", "enough"),
            ("terminate", "order", "enough"),
            ("retry", "order", ""),
        )
    ]


async def test_who_does_not_wait_is_noted_too(peer_of: Any, database: Database) -> None:
    """Calls that are canceled at once, and a caller that hangs up: what they have done, they have done."""
    peer = await peer_of(*ROLES["client"], name="billing")
    async with a_line(peer) as line:
        calls = [a_call(n, "start", workflow_type="Type", workflow_id=f"order-{n}") for n in range(1, 51)]
        await line.send(*calls, canceled=range(1, 51))
        for n in range(1, 51):
            await line.answer(n)

    async def as_many() -> bool:
        runs, acts = (
            look(database, f"SELECT count(*) FROM {table}")[0][0]
            for table in ("sched_executions", "sched_audit")
        )
        return bool(runs == acts == 50)

    await eventually(as_many)


async def test_a_signal_with_a_start_is_noted_whether_it_starts_or_not(
    peer_of: Any, database: Database
) -> None:
    """A repeat is not: it changes nothing."""
    peer = await peer_of(*ROLES["client"], name="billing")
    for request_id in ("a", "b", "b"):
        start = workflow_pb2.StartWorkflowRequest(
            workflow_type="Type", workflow_id="order", request_id=request_id
        )
        await peer.client.SignalWithStartWorkflow(
            workflow_pb2.SignalWithStartWorkflowRequest(start=start, signal_name="go")
        )

    async def both() -> bool:
        return bool(look(database, "SELECT count(*) FROM sched_audit")[0][0] >= 2)

    await eventually(both)
    assert (
        look(database, "SELECT action, workflow_id FROM sched_audit") == [("signal-with-start", "order")] * 2
    )


async def test_what_waits_for_its_entry_is_written_at_the_end(database: Database) -> None:
    """An engine that stops writes what it noted."""
    key = await key_of(Action.START)
    async with running(database, open_access=False) as engine, connected(engine) as peer:
        await peer.client.StartWorkflow(
            workflow_pb2.StartWorkflowRequest(workflow_type="Type"), metadata=shown(key.text)
        )
    assert look(database, "SELECT action FROM sched_audit") == [("start",)]


@pytest.mark.parametrize("kind", ["clients", "workers"])
async def test_a_stream_ends_with_its_key(
    peer_of: Any, database: Database, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within seconds, although nothing is said on it; the caller hears why."""
    for module in ("known_keys", "entrance"):
        where = "access" if module == "known_keys" else "rpc"
        monkeypatch.setattr(f"workflows.{where}.{module}.TRUSTED_SECONDS", 0.1)
    peer = await peer_of(*Action, name="long")
    stream = peer.client.StreamCalls() if kind == "clients" else peer.worker.StreamActivityTasks()
    if kind == "workers":
        first = worker_pb2.Subscription(task_queue="default", identity="w")
        await stream.write(worker_pb2.StreamActivityTasksRequest(subscription=first, credits=1))
    else:
        await stream.write(workflow_pb2.StreamCallsRequest())
    assert not stream.done()
    look(database, "UPDATE sched_api_keys SET revoked_at = now()")
    async with asyncio.timeout(10):
        assert await stream.code() is Code.UNAUTHENTICATED


async def test_open_access_asks_for_no_key(peer: Peer, database: Database) -> None:
    """And ignores one that is shown; identities are what callers say, and nothing is noted."""
    await peer.client.StartWorkflow(
        workflow_pb2.StartWorkflowRequest(workflow_type="Type", workflow_id="order", identity="me"),
        metadata=shown("nonsense"),
    )
    await peer.complete_turn(await peer.poll_workflow(), finish())
    history = await peer.client.GetWorkflowHistory(
        workflow_pb2.GetWorkflowHistoryRequest(workflow_id="order")
    )
    assert history.events[0].workflow_execution_started.identity == "me"
    assert look(database, "SELECT count(*) FROM sched_audit") == [(0,)]
