"""The clients: requests that are safe to repeat, answers as values, refusals as typed exceptions."""

import asyncio
import datetime as dt
import re
import threading
from typing import Any

import grpc
import pytest
from sched_sdk import refusals
from sched_sdk.client import AsyncClient, Client, WorkflowStatus
from sched_sdk.errors import (
    ApplicationError,
    ArgumentError,
    NotFound,
    PayloadTooLarge,
    RpcError,
    WorkflowAlreadyStarted,
    WorkflowFailed,
)
from sched_sdk.proto.v1 import common_pb2, workflow_pb2
from sched_sdk.proto.v1.history_pb2 import HistoryEvent

from tests.sdk.peer import Peer, bad_field, payload, peer_engine, reason, retry_after, started_event
from tests.sdk.working import client_of


@pytest.fixture(autouse=True, params=["stream", "unary"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an engine that has StreamCalls, and with one that has not."""
    monkeypatch.setattr(Peer, "streams_calls", request.param == "stream")


STARTED = workflow_pb2.StartWorkflowResponse(workflow_id="order-1", run_id="run-1", started=True)
RUNNING = workflow_pb2.GetWorkflowResultResponse(run_id="run-1", status=common_pb2.WORKFLOW_STATUS_RUNNING)
COMPLETED = workflow_pb2.GetWorkflowResultResponse(
    run_id="run-1", status=common_pb2.WORKFLOW_STATUS_COMPLETED, result=payload('{"ok":true}')
)
FAILED = workflow_pb2.GetWorkflowResultResponse(
    run_id="run-1",
    status=common_pb2.WORKFLOW_STATUS_FAILED,
    failure=common_pb2.Failure(kind=common_pb2.FAILURE_KIND_APPLICATION, type="ValueError", message="no"),
)


async def test_a_start_says_what_it_was_told() -> None:
    """Every argument in its field; ids are made where none are given."""
    async with (
        peer_engine() as peer,
        client_of(peer, task_queue="mine", namespace="ns", identity="me") as client,
    ):
        peer.script("StartWorkflow", STARTED)
        handle = await client.start(
            "Order",
            {"n": 1},
            execution_timeout=dt.timedelta(minutes=1),
            memo={"who": "me"},
            search_attributes={"k": 1},
            conflict_policy="use_existing",
            reuse_policy="REJECT_DUPLICATE",
        )
        (request,) = peer.requests
        assert (handle.workflow_id, handle.run_id, handle.started) == ("order-1", "run-1", True)
        assert (request.namespace, request.task_queue, request.identity) == ("ns", "mine", "me")
        assert (request.workflow_type, request.input.data) == ("Order", b'{"n":1}')
        assert request.execution_timeout_us == 60_000_000
        assert (request.memo.data, request.search_attributes.data) == (b'{"who":"me"}', b'{"k":1}')
        assert request.conflict_policy == common_pb2.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING
        assert request.reuse_policy == common_pb2.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE
        assert request.request_id != ""


async def test_a_retry_is_the_same_request() -> None:
    """Until the engine answers; so two arrivals have one effect."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("StartWorkflow", STARTED)
        shed = (grpc.StatusCode.RESOURCE_EXHAUSTED, [reason("OVERLOADED"), retry_after(20)])
        peer.failures.extend([(grpc.StatusCode.UNAVAILABLE, []), shed, (grpc.StatusCode.UNAVAILABLE, [])])
        await client.start("Order")
        assert len(peer.requests) == 4
        assert len({(request.workflow_id, request.request_id) for request in peer.requests}) == 1


async def test_two_starts_are_two_requests() -> None:
    """Each has ids of its own."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("StartWorkflow", STARTED)
        await asyncio.gather(client.start("Order"), client.start("Order"))
        assert len({request.request_id for request in peer.requests}) == 2


async def test_it_gives_up_in_the_end() -> None:
    """With the engine away for longer than `retry_for`."""
    client = AsyncClient("127.0.0.1:1", retry_for=dt.timedelta(milliseconds=300))
    async with client:
        with pytest.raises(refusals.EngineUnavailableError, match="UNAVAILABLE"):
            await client.start("Order")


async def test_an_exhaustion_without_details_is_not_repeated() -> None:
    """It is gRPC's own bound on messages, and would stay."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.failures.append((grpc.StatusCode.RESOURCE_EXHAUSTED, []))
        with pytest.raises(refusals.OverloadedError):
            await client.start("Order")
        assert len(peer.requests) == 1


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, refusals.InvalidRequestError),
        (grpc.StatusCode.NOT_FOUND, refusals.UnknownWorkflowError),
        (grpc.StatusCode.ALREADY_EXISTS, refusals.WorkflowIdTakenError),
        (grpc.StatusCode.FAILED_PRECONDITION, refusals.NotPossibleError),
        (grpc.StatusCode.ABORTED, refusals.BusyError),
        (grpc.StatusCode.UNAUTHENTICATED, refusals.UnauthenticatedError),
        (grpc.StatusCode.PERMISSION_DENIED, refusals.NotPermittedError),
        (grpc.StatusCode.INTERNAL, refusals.RefusedError),
    ],
)
async def test_refusals_are_typed(code: grpc.StatusCode, error: type[RpcError]) -> None:
    """A class for each status; the reason is kept."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.failures.append((code, [reason("SOME_REASON")]))
        with pytest.raises(error) as caught:
            await client.signal("order-1", "go")
        assert (caught.value.reason, caught.value.code) == ("SOME_REASON", code.name)
        assert "SOME_REASON: refused by the test" in str(caught.value)


async def test_a_taken_id_names_its_run() -> None:
    """As the vocabulary of the SDK has it."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.failures.append((grpc.StatusCode.ALREADY_EXISTS, [reason("ALREADY_EXISTS", run_id="run-9")]))
        with pytest.raises(WorkflowAlreadyStarted) as caught:
            await client.start("Order", workflow_id="order-1")
        assert caught.value.run_id == "run-9"
        peer.failures.append((grpc.StatusCode.NOT_FOUND, [reason("NOT_FOUND")]))
        with pytest.raises(NotFound):
            await client.get("order-1")


async def test_a_bad_field_is_named_with_its_rule() -> None:
    """What the engine says of a request reaches the caller."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.failures.append((grpc.StatusCode.INVALID_ARGUMENT, [bad_field("workflow_id", "too long")]))
        with pytest.raises(refusals.InvalidRequestError, match="workflow_id: too long") as caught:
            await client.start("Order")
        assert caught.value.violations == (refusals.Violation(field="workflow_id", rule="too long"),)


def test_a_rule_is_told_once() -> None:
    """Where the message of a refusal has it already; what the message leaves out follows it."""
    said = refusals.Violation(field="workflow_id", rule="'': must be short")
    more = refusals.Violation(field="name", rule="must be short")
    refusal = refusals.Refusal(
        status=grpc.StatusCode.INVALID_ARGUMENT,
        reason="INVALID",
        message="workflow_id: '': must be short",
        violations=(said, more),
    )
    assert str(refusals.to_error(refusal)) == ("INVALID: workflow_id: '': must be short: name: must be short")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"workflow": ""}, "workflow"),
        ({"workflow": "a\0b"}, "workflow"),
        ({"workflow_id": "x" * 201}, "workflow_id"),
        ({"execution_timeout": -1}, "execution_timeout"),
        ({"conflict_policy": "MAYBE"}, "FAIL, USE_EXISTING"),
        ({"reuse_policy": "MAYBE"}, "ALLOW_DUPLICATE"),
        ({"memo": [1]}, "memo"),
        ({"wait": -1}, "wait"),
    ],
)
async def test_what_cannot_be_right_is_not_sent(arguments: dict[str, Any], message: str) -> None:
    """The error names the field and the rule."""
    async with AsyncClient("127.0.0.1:1") as client:
        with pytest.raises(ArgumentError, match=re.escape(message)):
            await client.start(**{"workflow": "Order", **arguments})
        with pytest.raises(PayloadTooLarge):
            await client.start("Order", "x" * (2 * 1024 * 1024))


async def test_a_result_is_waited_for() -> None:
    """Poll after poll, of the same run, through an outage, until it has ended."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("GetWorkflowResult", RUNNING, RUNNING, COMPLETED)
        peer.failures.append((grpc.StatusCode.UNAVAILABLE, []))
        assert await client.result("order-1") == {"ok": True}
        assert [request.run_id for request in peer.requests] == ["", "", "run-1", "run-1"]
        assert all(request.wait_seconds == 20.0 for request in peer.requests)


async def test_waiting_has_an_end() -> None:
    """A TimeoutError that says that it still runs."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("GetWorkflowResult", RUNNING)
        with pytest.raises(TimeoutError, match="still running"):
            await client.result("order-1", timeout=0.05)
        assert peer.requests[0].wait_seconds <= 0.05


async def test_a_failed_workflow_raises_with_its_cause() -> None:
    """Status and chain."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("GetWorkflowResult", FAILED)
        with pytest.raises(WorkflowFailed, match="order-1 ended FAILED: ValueError: no") as caught:
            await client.handle("order-1").result()
        assert caught.value.status == "FAILED"
        assert isinstance(caught.value.cause, ApplicationError)
        assert caught.value.cause.type == "ValueError"


async def test_a_start_that_waits_asks_no_more() -> None:
    """The answer of the start holds the result, if the run ended in time."""
    async with peer_engine() as peer, client_of(peer) as client:
        with_result = workflow_pb2.StartWorkflowResponse(
            workflow_id="order-1", run_id="run-1", started=True, result=COMPLETED
        )
        peer.script("StartWorkflow", with_result)
        handle = await client.start("Order", wait=5)
        assert await handle.result() == {"ok": True}
        assert [request.wait_seconds for request in peer.requests] == [5.0]
        with_running = workflow_pb2.StartWorkflowResponse(
            workflow_id="order-1", run_id="run-1", started=True, result=RUNNING
        )
        peer.script("StartWorkflow", with_running)
        peer.script("GetWorkflowResult", COMPLETED)
        assert await (await client.start("Order", wait=5)).result() == {"ok": True}


async def test_steering() -> None:
    """Signal, cancel and terminate, with request ids and what they came to."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("SignalWorkflow", workflow_pb2.SignalWorkflowResponse(run_id="run-1"))
        peer.script("CancelWorkflow", workflow_pb2.CancelWorkflowResponse(requested=True))
        peer.script("TerminateWorkflow", workflow_pb2.TerminateWorkflowResponse(terminated=False))
        handle = client.handle("order-1", run_id="run-1")
        await handle.signal("approve", {"by": "me"}, request_id="signal-1")
        assert await handle.cancel("enough") is True
        assert await handle.terminate() is False
        signal, cancel, terminate = peer.requests
        assert (signal.name, signal.payload.data, signal.request_id) == (
            "approve",
            b'{"by":"me"}',
            "signal-1",
        )
        assert (cancel.reason, cancel.run_id) == ("enough", "run-1")
        assert cancel.request_id != terminate.request_id != ""


async def test_history_and_lists_are_read_page_by_page() -> None:
    """To their end; filters travel along."""
    async with peer_engine() as peer, client_of(peer) as client:
        pages = workflow_pb2.GetWorkflowHistoryResponse
        peer.script(
            "GetWorkflowHistory",
            pages(events=[started_event("Order")], next_after=1),
            pages(events=[HistoryEvent(number=2)]),
        )
        assert [event.number for event in await client.history("order-1")] == [1, 2]
        runs = [
            workflow_pb2.WorkflowExecution(
                workflow_id=f"order-{n}", status=common_pb2.WORKFLOW_STATUS_FAILED, started_time_us=1_000_000
            )
            for n in range(3)
        ]
        answers = workflow_pb2.ListWorkflowsResponse
        peer.script(
            "ListWorkflows", answers(executions=runs[:2], next_cursor="c"), answers(executions=runs[2:])
        )
        since = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        found = [run async for run in client.list(status="failed", started_after=since)]
        assert [run.workflow_id for run in found] == ["order-0", "order-1", "order-2"]
        assert found[0].status is WorkflowStatus.FAILED
        assert found[0].started_at == dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
        assert [request.cursor for request in peer.requests[-2:]] == ["", "c"]
        assert peer.requests[-1].status == common_pb2.WORKFLOW_STATUS_FAILED
        assert peer.requests[-1].started_after_us == 1_767_225_600_000_000


async def test_a_description_is_decoded() -> None:
    """Input, failure, and what is pending."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script(
            "GetWorkflow",
            workflow_pb2.WorkflowDescription(
                execution=workflow_pb2.WorkflowExecution(
                    workflow_id="order-1", status=common_pb2.WORKFLOW_STATUS_RUNNING, memo=payload('{"a":1}')
                ),
                input=payload("[1]"),
                activities=[
                    workflow_pb2.PendingActivity(
                        scheduled=3, activity_type="Ship", state="STARTED", last_failure=FAILED.failure
                    )
                ],
                timers=[workflow_pb2.PendingTimer(started=4, due_time_us=5)],
                signals=[workflow_pb2.PendingSignal(number=6, name="go", payload=payload("7"))],
            ),
        )
        found = await client.get("order-1")
        assert (found.input, found.result, found.failure) == ([1], None, None)
        assert found.execution.memo == {"a": 1}
        assert found.activities[0].activity_type == "Ship"
        assert isinstance(found.activities[0].last_failure, ApplicationError)
        assert (found.timers[0].timer_id, found.signals[0].payload) == (4, 7)


async def test_the_key_travels_with_every_call() -> None:
    """As a bearer token; and it never shows."""
    async with peer_engine() as peer, client_of(peer, api_key="s3cret") as client:
        peer.script("SignalWorkflow", workflow_pb2.SignalWorkflowResponse())
        await client.signal("order-1", "go")
        assert peer.metadata[0]["authorization"] == "Bearer s3cret"
        assert "s3cret" not in repr(client._target)


async def test_the_blocking_client_has_the_same_calls() -> None:
    """From several threads at once; its list is as lazy, and closed clients leave no thread."""
    others = client_threads()
    async with peer_engine() as peer:
        script_all(peer)
        outcomes = await asyncio.gather(*(asyncio.to_thread(use_blocking, peer.address) for _ in range(3)))
        assert outcomes == [({"ok": True}, True, ["order-1"], [1], WorkflowStatus.RUNNING)] * 3
        assert client_threads() <= others


def client_threads() -> set[threading.Thread]:
    """Of blocking clients; those of other tests' stacks live as long as these."""
    return {thread for thread in threading.enumerate() if thread.name == "sched-client"}


def script_all(peer: Peer) -> None:
    run = workflow_pb2.WorkflowExecution(workflow_id="order-1", status=common_pb2.WORKFLOW_STATUS_RUNNING)
    peer.script("StartWorkflow", STARTED)
    peer.script("GetWorkflowResult", COMPLETED)
    peer.script("SignalWorkflow", workflow_pb2.SignalWorkflowResponse())
    peer.script("CancelWorkflow", workflow_pb2.CancelWorkflowResponse(requested=True))
    peer.script("ListWorkflows", workflow_pb2.ListWorkflowsResponse(executions=[run]))
    peer.script(
        "GetWorkflowHistory", workflow_pb2.GetWorkflowHistoryResponse(events=[started_event("Order")])
    )
    peer.script("GetWorkflow", workflow_pb2.WorkflowDescription(execution=run))


def use_blocking(address: str) -> tuple[Any, bool, list[str], list[int], WorkflowStatus | None]:
    with Client(address) as client:
        handle = client.start("Order")
        handle.signal("go")
        return (
            handle.result(timeout=5),
            client.cancel("order-1"),
            [run.workflow_id for run in client.list()],
            [event.number for event in handle.history()],
            handle.describe().execution.status,
        )


def test_the_blocking_client_does_not_wait_for_itself() -> None:
    """Used on its own loop it says so, instead of hanging."""
    with Client("127.0.0.1:1") as client:

        async def inside() -> None:
            client.get("order-1")

        with pytest.raises(RuntimeError, match="AsyncClient"):
            client.drive(inside())


async def test_a_worker_needs_something_to_do() -> None:
    """Nothing registered is a mistake, told at once."""
    async with AsyncClient("127.0.0.1:1") as client:
        with pytest.raises(ArgumentError, match="register"):
            await client.run_worker()


async def test_workflows_can_be_named_by_their_function() -> None:
    """If it is registered here."""
    async with peer_engine() as peer, client_of(peer) as client:
        peer.script("StartWorkflow", STARTED)

        @client.workflow("Order")
        def order(ctx: Any) -> None:
            return None

        await client.start(order)
        assert peer.requests[0].workflow_type == "Order"
        with pytest.raises(ArgumentError, match="registered as a workflow"):
            await client.start(use_blocking)
