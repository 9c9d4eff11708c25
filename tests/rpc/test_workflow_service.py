"""WorkflowService: every RPC, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import (
    Peer,
    activity_stream,
    connected,
    finish,
    look,
    payload,
    refused,
    running,
    schedule,
)
from tests.store.databases import Database
from workflows.service import limits

Code = grpc.StatusCode
UNKNOWN_RUN = "01980000-0000-7000-8000-000000000000"


async def complete(peer: Peer, workflow_id: str, **more: Any) -> str:
    """A run that has completed."""
    started = await peer.start(workflow_id, **more)
    await peer.complete_turn(await peer.poll_workflow(), finish())
    return started.run_id


async def test_a_workflow_from_start_to_result(peer: Peer) -> None:
    """The way of one workflow with one activity, by long polls."""
    await peer.start("order-1", input=payload(b'{"n":1}'), memo=payload(b'{"m":1}'))
    first = await peer.poll_workflow()
    ack = await peer.complete_turn(first, schedule(input=payload(b"[1]")), waits_for=[0])
    assert [(number.command, number.number) for number in ack.numbers] == [(0, 3)]
    activity = await peer.poll_activity()
    await peer.succeed(activity, b'"greeted"')
    second = await peer.poll_workflow()
    await peer.complete_turn(second, finish(b'"bye"'))

    result = await peer.client.GetWorkflowResult(pb.GetWorkflowResultRequest(workflow_id="order-1"))

    assert (first.turn, first.delivery, first.seen_through) == (1, 1, 1)
    assert (second.turn, second.seen_through) == (2, 4)
    assert await peer.names("order-1") == "WS Y AS AC Y WC"
    assert (result.status, result.result.data) == (common_pb2.WORKFLOW_STATUS_COMPLETED, b'"bye"')
    found = await peer.get("order-1")
    assert (found.input.data, found.execution.memo.data) == (b'{"n":1}', b'{"m":1}')
    assert found.result.data == b'"bye"'


@pytest.mark.parametrize(
    ("field", "request_"),
    [
        ("workflow_type", {"workflow_type": ""}),
        ("workflow_type", {"workflow_type": "  "}),
        ("workflow_type", {"workflow_type": "a\0b"}),
        ("workflow_type", {"workflow_type": "A B"}),
        ("workflow_type", {"workflow_type": "é"}),
        ("workflow_id", {"workflow_id": "a\0b"}),
        ("workflow_id", {"workflow_id": "x" * 10_000}),
        ("workflow_id", {"workflow_id": "a b"}),
        ("workflow_id", {"workflow_id": "."}),
        ("workflow_id", {"workflow_id": ".."}),
        ("workflow_id", {"workflow_id": "counts"}),
        ("task_queue", {"task_queue": "a\0b"}),
        ("namespace", {"namespace": "a\0b"}),
        ("request_id", {"request_id": "a\0b"}),
        ("identity", {"identity": "a\0b"}),
        ("execution_timeout_us", {"execution_timeout_us": -1}),
        ("execution_timeout_us", {"execution_timeout_us": 2**63 - 1}),
        ("wait_seconds", {"wait_seconds": -1.0}),
        ("wait_seconds", {"wait_seconds": float("nan")}),
        ("conflict_policy", {"conflict_policy": 99}),
        ("reuse_policy", {"reuse_policy": 99}),
        ("input", {"input": payload(bytes(limits.PAYLOAD_MAX + 1))}),
        ("memo", {"memo": payload(bytes(limits.PAYLOAD_MAX + 1))}),
        ("memo", {"memo": payload(b"[1]")}),
        ("memo", {"memo": payload(b" null")}),
        ("search_attributes", {"search_attributes": payload(b'"x"')}),
    ],
)
async def test_a_bad_start_names_the_field_and_the_rule(
    peer: Peer, database: Database, field: str, request_: dict[str, Any]
) -> None:
    """And shows no more of the value than a person needs; nothing is stored."""
    given = {"workflow_type": "Type"} | request_
    refusal = await refused(peer.client.StartWorkflow(pb.StartWorkflowRequest(**given)))
    assert (refusal.code, refusal.reason) == (Code.INVALID_ARGUMENT, "INVALID")
    assert list(refusal.fields) == [field]
    assert "must be" in refusal.fields[field]
    assert field in refusal.message
    assert len(refusal.message) < 300
    assert look(database, "SELECT 1 FROM sched_executions") == []


async def test_a_missing_type_is_required(peer: Peer) -> None:
    """Its rule says so, and shows no value."""
    refusal = await refused(peer.client.StartWorkflow(pb.StartWorkflowRequest()))
    assert refusal.fields == {"workflow_type": limits.REQUIRED_RULE}


async def test_all_bad_fields_are_named_at_once(peer: Peer) -> None:
    """One refusal tells of a bad type, id and timeout."""
    request = pb.StartWorkflowRequest(workflow_type=" ", workflow_id="a b", execution_timeout_us=-1)
    refusal = await refused(peer.client.StartWorkflow(request))
    assert set(refusal.fields) == {"workflow_type", "workflow_id", "execution_timeout_us"}


async def test_the_largest_payload_passes(peer: Peer) -> None:
    """A payload of the limit's size fits into every message on its way to a worker."""
    await peer.start("large", input=payload(b'"' + b"x" * (limits.PAYLOAD_MAX - 2) + b'"'))
    task = await peer.poll_workflow()
    assert sum(map(len, task.events)) > limits.PAYLOAD_MAX


RUN_REQUESTS = [
    ("SignalWorkflow", pb.SignalWorkflowRequest, {"name": "go"}),
    ("CancelWorkflow", pb.CancelWorkflowRequest, {}),
    ("TerminateWorkflow", pb.TerminateWorkflowRequest, {}),
    ("RetryWorkflow", pb.RetryWorkflowRequest, {}),
    ("GetWorkflow", pb.GetWorkflowRequest, {}),
    ("GetWorkflowResult", pb.GetWorkflowResultRequest, {}),
    ("GetWorkflowHistory", pb.GetWorkflowHistoryRequest, {}),
]


@pytest.mark.parametrize(("rpc", "request_", "more"), RUN_REQUESTS, ids=[each[0] for each in RUN_REQUESTS])
async def test_what_names_a_run_that_is_not_there(peer: Peer, rpc: str, request_: Any, more: Any) -> None:
    """An unknown id is NOT_FOUND, by itself and with a run; what cannot be an id is refused by field and rule."""
    call = getattr(peer.client, rpc)
    for target in ({"workflow_id": "nobody"}, {"workflow_id": "nobody", "run_id": UNKNOWN_RUN}):
        refusal = await refused(call(request_(**target, **more)))
        assert (refusal.code, refusal.reason) == (Code.NOT_FOUND, "NOT_FOUND")
        assert all(name in refusal.message for name in target.values())
    for field, target in (
        ("workflow_id", {"workflow_id": ""}),
        ("workflow_id", {"workflow_id": "a\0b"}),
        ("run_id", {"workflow_id": "a", "run_id": "42"}),
        ("namespace", {"workflow_id": "a", "namespace": "\0"}),
    ):
        refusal = await refused(call(request_(**target, **more)))
        assert refusal.code is Code.INVALID_ARGUMENT
        assert list(refusal.fields) == [field]
        assert "must be" in refusal.fields[field]


@pytest.mark.parametrize(
    ("rpc", "field", "request_"),
    [
        ("SignalWorkflow", "name", pb.SignalWorkflowRequest(workflow_id="a", name=" ")),
        ("SignalWorkflow", "name", pb.SignalWorkflowRequest(workflow_id="a", name="a\0")),
        ("SignalWorkflow", "name", pb.SignalWorkflowRequest(workflow_id="a", name="é ok")),
        ("CancelWorkflow", "reason", pb.CancelWorkflowRequest(workflow_id="a", reason="\0")),
        ("TerminateWorkflow", "reason", pb.TerminateWorkflowRequest(workflow_id="a", reason="x" * 2_001)),
        ("RetryWorkflow", "request_id", pb.RetryWorkflowRequest(workflow_id="a", request_id="\0")),
        ("RetryWorkflow", "identity", pb.RetryWorkflowRequest(workflow_id="a", identity="\0")),
        (
            "GetWorkflowResult",
            "wait_seconds",
            pb.GetWorkflowResultRequest(workflow_id="a", wait_seconds=float("nan")),
        ),
        ("GetWorkflowHistory", "after", pb.GetWorkflowHistoryRequest(workflow_id="a", after=-1)),
        ("GetWorkflowHistory", "page_size", pb.GetWorkflowHistoryRequest(workflow_id="a", page_size=-1)),
        ("ListWorkflows", "page_size", pb.ListWorkflowsRequest(page_size=501)),
        ("ListWorkflows", "status", pb.ListWorkflowsRequest(status=99)),  # type: ignore[arg-type]
        ("ListWorkflows", "cursor", pb.ListWorkflowsRequest(cursor="made up")),
        ("ListWorkflows", "workflow_type", pb.ListWorkflowsRequest(workflow_type="\0")),
        ("ListWorkflows", "id_prefix", pb.ListWorkflowsRequest(id_prefix="\0")),
        ("ListWorkflows", "started_after_us", pb.ListWorkflowsRequest(started_after_us=2**62)),
        ("ListWorkflows", "namespace", pb.ListWorkflowsRequest(namespace="\0")),
        ("GetMetrics", "namespace", pb.GetMetricsRequest(namespace="\0")),
        ("DescribeTaskQueue", "task_queue", pb.DescribeTaskQueueRequest(task_queue="")),
        ("ListWorkers", "task_queue", pb.ListWorkersRequest(task_queue="\0")),
    ],
)
async def test_bad_fields_are_refused_by_every_rpc(peer: Peer, rpc: str, field: str, request_: Any) -> None:
    """The refusal names the one field and its rule."""
    await peer.start("a")
    refusal = await refused(getattr(peer.client, rpc)(request_))
    assert (refusal.code, list(refusal.fields)) == (Code.INVALID_ARGUMENT, [field])
    assert "must" in refusal.fields[field]


async def test_a_second_start_of_an_open_id(peer: Peer) -> None:
    """ALREADY_EXISTS with the run that has it, or that run, as the policy says."""
    first = await peer.start("order")
    refusal = await refused(peer.start("order"))
    assert (refusal.code, refusal.reason, refusal.run_id) == (
        Code.ALREADY_EXISTS,
        "ALREADY_EXISTS",
        first.run_id,
    )
    same = await peer.start("order", conflict_policy=common_pb2.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
    assert (same.run_id, same.started) == (first.run_id, False)


async def test_a_start_of_a_closed_id(peer: Peer) -> None:
    """A completed run may be followed by another, unless the policy forbids it."""
    first = await complete(peer, "order")
    for policy in (
        common_pb2.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY,
        common_pb2.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
    ):
        refusal = await refused(peer.start("order", reuse_policy=policy))
        assert (refusal.code, refusal.run_id) == (Code.ALREADY_EXISTS, first)
    second = await peer.start("order")
    assert second.started
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))
    third = await peer.start(
        "order", reuse_policy=common_pb2.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE_FAILED_ONLY
    )
    assert third.started


async def test_a_repeated_request_has_one_effect(peer: Peer, database: Database) -> None:
    """Start and signal with the same request id; a start without a workflow id, too."""
    first = await peer.start("order", request_id="r1")
    again = await peer.start("order", request_id="r1")
    assert (again.run_id, again.started) == (first.run_id, False)
    nameless = [await peer.start(request_id="r2") for _ in range(2)]
    assert [each.started for each in nameless] == [True, False]
    assert nameless[0].run_id == nameless[1].run_id

    signals = [await peer.signal("order", request_id="r3") for _ in range(2)]

    assert [each.duplicate for each in signals] == [False, True]
    assert await peer.names("order") == "WS SR"
    assert len(look(database, "SELECT 1 FROM sched_executions")) == 2


async def test_signal_with_start(peer: Peer) -> None:
    """Starts and signals a new run, signals an open one, and starts anew after an end; a repeat changes nothing."""

    async def call(request_id: str = "") -> Any:
        start = pb.StartWorkflowRequest(workflow_id="cart", workflow_type="Cart", request_id=request_id)
        request = pb.SignalWithStartWorkflowRequest(
            start=start, signal_name="add", signal_payload=payload(b"1")
        )
        return await peer.client.SignalWithStartWorkflow(request)

    new = await call()
    assert new.started
    assert await peer.names("cart") == "WS SR"
    existing = await call("r")
    assert (existing.run_id, existing.started) == (new.run_id, False)
    repeated = await call("r")
    assert (repeated.run_id, repeated.started) == (new.run_id, False)
    assert await peer.names("cart") == "WS SR SR"
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="cart"))
    after = await call()
    assert after.started
    assert after.run_id != new.run_id
    assert await peer.names("cart") == "WS SR"


async def test_signal_with_start_refuses_a_bad_signal(peer: Peer) -> None:
    """The signal is held to its rules though a start comes with it."""
    start = pb.StartWorkflowRequest(workflow_id="cart", workflow_type="Cart")
    request = pb.SignalWithStartWorkflowRequest(start=start, signal_name="")
    refusal = await refused(peer.client.SignalWithStartWorkflow(request))
    assert list(refusal.fields) == ["signal_name"]


async def test_signals_cancels_and_terminations_of_an_ended_run(peer: Peer) -> None:
    """A signal is refused; the others are no-ops that say so."""
    run_id = await complete(peer, "order")
    refusal = await refused(peer.signal("order"))
    assert (refusal.code, refusal.reason, refusal.run_id) == (Code.FAILED_PRECONDITION, "CLOSED", run_id)
    canceled = await peer.client.CancelWorkflow(pb.CancelWorkflowRequest(workflow_id="order"))
    assert (canceled.requested, canceled.status) == (False, common_pb2.WORKFLOW_STATUS_COMPLETED)
    terminated = await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))
    assert (terminated.terminated, terminated.status) == (False, common_pb2.WORKFLOW_STATUS_COMPLETED)


async def test_a_cancel_request_and_its_repeat(peer: Peer) -> None:
    """The first is recorded, the second changes nothing and says so."""
    await peer.start("order")
    answers = [
        await peer.client.CancelWorkflow(pb.CancelWorkflowRequest(workflow_id="order")) for _ in range(2)
    ]
    assert [each.requested for each in answers] == [True, False]
    assert await peer.names("order") == "WS WCR"
    assert (await peer.get("order")).execution.cancel_requested


async def test_a_retry_is_a_new_run_with_the_same_input(peer: Peer) -> None:
    """Of a run that has ended; queue and memo are those of the first too."""
    first = await peer.start("order", input=payload(b'"in"'), memo=payload(b'{"m":1}'), task_queue="payments")
    refusal = await refused(peer.client.RetryWorkflow(pb.RetryWorkflowRequest(workflow_id="order")))
    assert refusal.code is Code.ALREADY_EXISTS
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))

    retried = await peer.client.RetryWorkflow(
        pb.RetryWorkflowRequest(workflow_id="order", run_id=first.run_id)
    )

    assert retried.started
    assert retried.run_id != first.run_id
    found = await peer.get("order")
    assert (found.execution.run_id, found.input.data) == (retried.run_id, b'"in"')
    assert (found.execution.task_queue, found.execution.memo.data) == ("payments", b'{"m":1}')


async def test_a_batch_of_starts_has_an_outcome_for_each(peer: Peer) -> None:
    """One that is refused costs the others nothing."""
    taken = await peer.start("taken")
    starts = [
        pb.StartWorkflowRequest(workflow_id=workflow_id, workflow_type=kind)
        for workflow_id, kind in (("a", "T"), ("taken", "T"), ("b", " "), ("c", "T"))
    ]
    answer = await peer.client.StartWorkflows(pb.StartWorkflowsRequest(starts=starts))
    assert [each.reason for each in answer.outcomes] == ["", "ALREADY_EXISTS", "INVALID", ""]
    assert [each.response.started for each in answer.outcomes] == [True, False, False, True]
    assert "workflow_type" in answer.outcomes[2].message
    assert taken.run_id


async def test_too_many_starts_in_a_batch(peer: Peer) -> None:
    """Past the bound of a batch the field is refused."""
    request = pb.StartWorkflowsRequest(starts=[pb.StartWorkflowRequest(workflow_type="T")] * 1_001)
    assert list((await refused(peer.client.StartWorkflows(request))).fields) == ["starts"]


async def test_a_start_that_waits_is_answered_with_the_result(peer: Peer) -> None:
    """Or, when its time is over, with a run that is still open."""
    starting = asyncio.ensure_future(peer.start("quick", wait_seconds=10))
    await peer.complete_turn(await peer.poll_workflow(), finish(b"42"))
    started = await starting
    assert (started.result.status, started.result.result.data) == (
        common_pb2.WORKFLOW_STATUS_COMPLETED,
        b"42",
    )
    slow = await peer.start("slow", wait_seconds=0.01)
    assert slow.result.status == common_pb2.WORKFLOW_STATUS_RUNNING


async def test_a_result_is_told_when_it_is_there(peer: Peer) -> None:
    """Who waits hears of the end with its commit, not at the next look; who does not wait hears RUNNING."""
    await peer.start("order")
    task = await peer.poll_workflow()
    request = pb.GetWorkflowResultRequest(workflow_id="order", wait_seconds=30)
    now = await peer.client.GetWorkflowResult(pb.GetWorkflowResultRequest(workflow_id="order"))
    assert now.status == common_pb2.WORKFLOW_STATUS_RUNNING
    waiting = [asyncio.ensure_future(peer.client.GetWorkflowResult(request)) for _ in range(5)]
    await asyncio.sleep(0)
    await peer.complete_turn(task, finish(b"1"))
    async with asyncio.timeout(0.5):
        results = await asyncio.gather(*waiting)
    assert {result.result.data for result in results} == {b"1"}


async def test_a_result_that_another_engine_commits_is_found(database: Database, peer: Peer) -> None:
    """By the net that every engine has under its waiters."""
    await peer.start("order")
    task = await peer.poll_workflow()
    request = pb.GetWorkflowResultRequest(workflow_id="order", wait_seconds=30)
    waiting = asyncio.ensure_future(peer.client.GetWorkflowResult(request))
    async with running(database) as other, connected(other) as there:
        await there.complete_turn(task, finish(b"2"))
        async with asyncio.timeout(5):
            assert (await waiting).result.data == b"2"


async def test_a_terminated_run_s_result_says_why(peer: Peer) -> None:
    """The reason that was given is the failure's message."""
    await peer.start("order")
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order", reason="enough"))
    result = await peer.client.GetWorkflowResult(pb.GetWorkflowResultRequest(workflow_id="order"))
    assert result.status == common_pb2.WORKFLOW_STATUS_TERMINATED
    assert result.failure.message == "enough"


async def test_a_history_is_read_in_pages(peer: Peer) -> None:
    """They join without a gap, and none is larger than asked."""
    await peer.start("order")
    for number in range(6):
        await peer.signal("order", f"s{number}")
    after, numbers = 0, []
    while True:
        request = pb.GetWorkflowHistoryRequest(workflow_id="order", after=after, page_size=3)
        page = await peer.client.GetWorkflowHistory(request)
        assert len(page.events) <= 3
        numbers += [event.number for event in page.events]
        after = page.next_after
        if not after:
            break
    assert numbers == list(range(1, 8))
    assert not page.closed


async def test_a_history_is_followed(peer: Peer) -> None:
    """A page with nothing new waits for an event; of a closed run it is empty at once."""
    await peer.start("order")
    request = pb.GetWorkflowHistoryRequest(workflow_id="order", after=1, wait_seconds=10)
    following = asyncio.ensure_future(peer.client.GetWorkflowHistory(request))
    await peer.signal("order", "late")
    page = await following
    assert [event.number for event in page.events] == [2]
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order"))
    end = await peer.client.GetWorkflowHistory(
        pb.GetWorkflowHistoryRequest(workflow_id="order", after=3, wait_seconds=10)
    )
    assert (list(end.events), end.closed) == ([], True)


async def test_a_list_is_read_by_cursor_and_filtered(peer: Peer) -> None:
    """Newest first; pages join without a gap, with a filter as without."""
    for number in range(5):
        await peer.start(f"order-{number}", workflow_type="Odd" if number % 2 else "Even")
    await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id="order-4"))

    async def ids(**filters: Any) -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            request = pb.ListWorkflowsRequest(page_size=2, cursor=cursor, **filters)
            page = await peer.client.ListWorkflows(request)
            found += [each.workflow_id for each in page.executions]
            cursor = page.next_cursor
            if not cursor:
                return found

    assert await ids() == [f"order-{number}" for number in (4, 3, 2, 1, 0)]
    assert await ids(workflow_type="Odd") == ["order-3", "order-1"]
    assert await ids(status=common_pb2.WORKFLOW_STATUS_TERMINATED) == ["order-4"]
    assert await ids(id_prefix="order-3") == ["order-3"]
    assert await ids(id_prefix="nothing") == []


async def test_metrics_and_queues(peer: Peer) -> None:
    """Executions by status, and what waits in a queue by kind of task."""
    await complete(peer, "done")
    await peer.start("open", task_queue="payments")
    metrics = await peer.client.GetMetrics(pb.GetMetricsRequest())
    assert {each.status: each.count for each in metrics.statuses if each.count} == {
        common_pb2.WORKFLOW_STATUS_COMPLETED: 1,
        common_pb2.WORKFLOW_STATUS_RUNNING: 1,
    }
    queue = await peer.client.DescribeTaskQueue(pb.DescribeTaskQueueRequest(task_queue="payments"))
    assert (queue.workflow_tasks.backlog, queue.activity_tasks.backlog) == (1, 0)


async def test_workers_are_listed_while_they_are_connected(peer: Peer) -> None:
    """With what they told of themselves, by queue; one whose stream has ended is gone."""
    stream = await activity_stream(
        peer, credits=3, task_queue="mail", identity="me:1", session_id="s", types=["A", "B"], build="b7"
    )
    worker = None
    while worker is None:
        found = await peer.client.ListWorkers(pb.ListWorkersRequest(task_queue="mail"))
        worker = next(iter(found.workers), None)
    assert (worker.identity, worker.kind, list(worker.types), worker.build) == (
        "me:1",
        "activity",
        ["A", "B"],
        "b7",
    )
    assert worker.streaming
    assert not (await peer.client.ListWorkers(pb.ListWorkersRequest(task_queue="other"))).workers
    stream.call.cancel()
    while (await peer.client.ListWorkers(pb.ListWorkersRequest(task_queue="mail"))).workers:
        pass


async def test_the_polls_of_a_worker_are_one_worker(peer: Peer) -> None:
    """However many it has open; another process is another worker."""
    polls = [
        asyncio.ensure_future(
            peer.poll_activity(5, task_queue="mail", identity=identity, session_id=identity)
        )
        for identity in ("me:1", "me:1", "me:2")
    ]
    wanted = pb.ListWorkersRequest(task_queue="mail")
    while len(found := (await peer.client.ListWorkers(wanted)).workers) < 2:
        pass
    assert sorted(each.identity for each in found) == ["me:1", "me:2"]
    told = await peer.client.DescribeTaskQueue(pb.DescribeTaskQueueRequest(task_queue="mail"))
    assert sorted(each.identity for each in told.activity_tasks.workers) == ["me:1", "me:2"]
    for each in polls:
        each.cancel()


async def test_a_shed_request_says_when_to_come_again(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal has its reason and a time to retry after."""
    monkeypatch.setattr("workflows.store.lanes.REQUESTS_MAX", 0)
    refusal = await refused(peer.start("order"))
    assert (refusal.code, refusal.reason) == (Code.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert refusal.retry_after == 1


async def test_what_the_database_refuses_is_an_internal_error_with_a_reason(
    peer: Peer, database: Database
) -> None:
    """A bug of ours, told as no more than that; the engine goes on."""
    await peer.start("order")
    look(database, "UPDATE sched_executions SET status = 'NONSENSE'")
    refusal = await refused(peer.signal("order"))
    assert (refusal.code, refusal.reason) == (Code.INTERNAL, "INTERNAL")
    assert (await peer.start("other")).started


async def test_health_and_reflection(peer: Peer) -> None:
    """Both services serve, and can be found by their names."""
    services = {"sched.v1.WorkflowService", "sched.v1.WorkerService"}
    health: Any = health_pb2_grpc.HealthStub(peer.channel)
    for service in ("", *services):
        answer = await health.Check(health_pb2.HealthCheckRequest(service=service))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING
    reflection: Any = reflection_pb2_grpc.ServerReflectionStub(peer.channel)  # type: ignore[arg-type]
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    async for answer in reflection.ServerReflectionInfo(iter([request])):
        assert services <= {each.name for each in answer.list_services_response.service}
