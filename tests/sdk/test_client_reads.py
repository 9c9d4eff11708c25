"""What clients ask beyond starts and results: retries, followed histories, queues, workers; payloads as bytes."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from typing import Any

import grpc
import pytest
from sched_sdk import ArgumentError, PayloadError, WorkflowAlreadyStarted, clock
from sched_sdk.client import AsyncClient, Client
from sched_sdk.client import reads as client_reads
from sched_sdk.proto.v1 import common_pb2, workflow_pb2
from sched_sdk.proto.v1.history_pb2 import HistoryEvent
from sched_sdk.refusals import EngineTimeoutError

from tests.sdk.peer import Peer, payload, peer_engine, reason
from tests.sdk.working import client_of

DESCRIBED = workflow_pb2.WorkflowDescription(
    execution=workflow_pb2.WorkflowExecution(
        workflow_id="order-1", run_id="run-1", status=common_pb2.WORKFLOW_STATUS_RUNNING
    )
)
WORKER = workflow_pb2.WorkerDescription(
    identity="w", session_id="s", task_queue="q", kind="activity", types=["A", "B"], slots=9, in_flight=2,
    connected_time_us=1_000_000, streaming=True,
)  # fmt: skip


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    async with peer_engine() as peer:
        yield peer


@pytest.fixture
async def client(peer: Peer) -> AsyncIterator[AsyncClient]:
    async with client_of(peer, namespace="ns", identity="me") as client:
        yield client


def page(*numbers: int, next_after: int = 0, closed: bool = False) -> Any:
    events = [HistoryEvent(number=number) for number in numbers]
    return workflow_pb2.GetWorkflowHistoryResponse(events=events, next_after=next_after, closed=closed)


async def test_a_retry_is_a_handle_of_the_new_run(peer: Peer, client: AsyncClient) -> None:
    """It can be repeated: it carries a request id."""
    peer.failures.append((grpc.StatusCode.UNAVAILABLE, []))
    peer.script(
        "RetryWorkflow",
        workflow_pb2.StartWorkflowResponse(workflow_id="order-1", run_id="run-2", started=True),
    )
    handle = await client.retry("order-1", run_id="run-1")
    assert (handle.workflow_id, handle.run_id, handle.started) == ("order-1", "run-2", True)
    first, second = peer.requests
    assert first == second
    assert (first.namespace, first.workflow_id, first.run_id, first.identity) == (
        "ns",
        "order-1",
        "run-1",
        "me",
    )
    assert first.request_id != ""
    again = await handle.retry()
    assert peer.requests[-1].run_id == "run-2"
    assert again.started


async def test_a_retry_of_an_open_run_is_refused(peer: Peer, client: AsyncClient) -> None:
    """As a start of a taken id is."""
    peer.failures.append((grpc.StatusCode.ALREADY_EXISTS, [reason("ALREADY_EXISTS", run_id="run-1")]))
    peer.script("RetryWorkflow", workflow_pb2.StartWorkflowResponse())
    with pytest.raises(WorkflowAlreadyStarted) as refused:
        await client.retry("order-1")
    assert refused.value.run_id == "run-1"


async def test_a_history_is_followed_to_the_end(peer: Peer, client: AsyncClient) -> None:
    """Page after page, then event after event, of one run, until it is closed."""
    peer.script("GetWorkflow", DESCRIBED)
    peer.script("GetWorkflowHistory", page(1, 2, next_after=2), page(3), page(4), page(5, closed=True))
    events = [event.number async for event in client.follow("order-1")]
    assert events == [1, 2, 3, 4, 5]
    asked = [request for request in peer.requests if hasattr(request, "after")]
    assert [(request.after, request.run_id) for request in asked] == [(n, "run-1") for n in (0, 2, 3, 4)]
    assert {request.wait_seconds for request in asked} == {client_reads.WAIT_SECONDS}


async def test_a_history_that_is_not_followed_ends_where_it_ends(peer: Peer, client: AsyncClient) -> None:
    """It waits for nothing, though the run is open."""
    peer.script("GetWorkflowHistory", page(3, 4, next_after=4), page(5))
    assert [event.number for event in await client.history("order-1", after=2)] == [3, 4, 5]
    assert [(request.after, request.wait_seconds) for request in peer.requests] == [(2, 0), (4, 0)]


async def test_who_is_not_let_wait_asks_seldom(
    peer: Peer, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine with too many followers answers at once; that is no invitation to come back at once."""
    monkeypatch.setattr(client_reads, "FOLLOW_PAUSE_SECONDS", 0.2)
    peer.script("GetWorkflowHistory", page(), page(), page(1, closed=True))
    begun = clock.monotonic()
    assert [event.number async for event in client.follow("order-1", run_id="run-1")] == [1]
    assert clock.monotonic() - begun >= 0.4


async def test_a_task_queue_as_values(peer: Peer, client: AsyncClient) -> None:
    """By kind of task: what waits, for how long, what is in hand, who serves it."""
    peer.script(
        "DescribeTaskQueue",
        workflow_pb2.DescribeTaskQueueResponse(
            workflow_tasks=workflow_pb2.QueueKindDescription(backlog=3, oldest_age_seconds=1.5, in_flight=1),
            activity_tasks=workflow_pb2.QueueKindDescription(workers=[WORKER]),
        ),
    )
    found = await client.describe_task_queue("q")
    assert (peer.requests[0].namespace, peer.requests[0].task_queue) == ("ns", "q")
    tasks = found.workflow_tasks
    assert (found.task_queue, tasks.backlog, tasks.in_flight, tasks.workers) == ("q", 3, 1, ())
    assert tasks.oldest_age == dt.timedelta(seconds=1.5)
    [worker] = found.activity_tasks.workers
    assert (worker.types, worker.connected_at) == (
        ("A", "B"),
        dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC),
    )


async def test_workers_as_values(peer: Peer, client: AsyncClient) -> None:
    """Of one queue, or of all."""
    peer.script("ListWorkers", workflow_pb2.ListWorkersResponse(workers=[WORKER]))
    [worker] = await client.list_workers("q")
    assert (worker.identity, worker.kind, worker.slots, worker.in_flight) == ("w", "activity", 9, 2)
    await client.list_workers()
    assert [request.task_queue for request in peer.requests] == ["q", ""]


async def test_a_description_has_its_workflow_task(peer: Peer, client: AsyncClient) -> None:
    """With why it was given back; None between two turns."""
    parked = workflow_pb2.WorkflowDescription(
        execution=DESCRIBED.execution,
        workflow_task=workflow_pb2.PendingWorkflowTask(
            turn=2, delivery=3, worker="w", problem="UNKNOWN_TYPE", next_delivery_time_us=1_000_000
        ),
    )
    peer.script("GetWorkflow", parked, DESCRIBED)
    task = (await client.get("order-1")).workflow_task
    assert task is not None
    assert (task.turn, task.delivery, task.worker, task.problem) == (2, 3, "w", "UNKNOWN_TYPE")
    assert task.next_delivery_at == dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
    assert (await client.get("order-1")).workflow_task is None


async def test_reads_leave_payloads_as_they_are(peer: Peer, client: AsyncClient) -> None:
    """What a value cannot be made of can be read all the same."""
    foreign = common_pb2.Payload(encoding="binary", data=b"\xff")
    peer.script("GetWorkflow", workflow_pb2.WorkflowDescription(execution=DESCRIBED.execution, input=foreign))
    assert (await client.reads.description("order-1")).input == foreign
    with pytest.raises(PayloadError, match="encoding 'binary'"):
        await client.get("order-1")


async def test_an_outcome_is_told_not_raised(peer: Peer, client: AsyncClient) -> None:
    """RUNNING when the time is over."""
    running = workflow_pb2.GetWorkflowResultResponse(
        run_id="run-1", status=common_pb2.WORKFLOW_STATUS_RUNNING
    )
    failed = workflow_pb2.GetWorkflowResultResponse(run_id="run-1", status=common_pb2.WORKFLOW_STATUS_FAILED)
    peer.script("GetWorkflowResult", running, failed)
    found = await client.reads.outcome("order-1", timeout=0)
    assert (found.run_id, found.status) == ("run-1", common_pb2.WORKFLOW_STATUS_RUNNING)
    assert (await client.reads.outcome("order-1", timeout=0)).status == common_pb2.WORKFLOW_STATUS_FAILED


async def test_a_payload_is_sent_as_it_is(peer: Peer, client: AsyncClient) -> None:
    """One that the caller has already is not made anew."""
    peer.script("SignalWorkflow", workflow_pb2.SignalWorkflowResponse())
    await client.signal("order-1", "go", payload("1.10"))
    assert peer.requests[0].payload.data == b"1.10"


async def test_a_call_takes_as_long_as_the_client_allows(peer: Peer) -> None:
    """And no longer; a time that is none is refused."""
    peer.silent = True
    async with client_of(peer, call_timeout=0.2) as client:
        with pytest.raises(EngineTimeoutError):
            await client.cancel("order-1")
    with pytest.raises(ArgumentError, match="call_timeout: 0: must be greater than zero"):
        client_of(peer, call_timeout=0)


@pytest.mark.parametrize(
    "asked",
    [
        lambda client: client.retry("a b"),
        lambda client: client.describe_task_queue("a b"),
        lambda client: client.list_workers(""),
        lambda client: anext(client.follow("order-1", after=-1)),
    ],
)
async def test_what_cannot_be_right_is_not_sent(
    peer: Peer, client: AsyncClient, asked: Callable[[AsyncClient], Any]
) -> None:
    """An ArgumentError, and no request."""
    with pytest.raises(ArgumentError):
        await asked(client)
    assert peer.requests == []


async def test_the_blocking_twin_does_the_same(peer: Peer) -> None:
    """Each of them, from a thread."""
    peer.script("RetryWorkflow", workflow_pb2.StartWorkflowResponse(workflow_id="order-1", run_id="run-2"))
    peer.script("GetWorkflow", DESCRIBED)
    peer.script("GetWorkflowHistory", page(1), page(2, closed=True))
    peer.script("DescribeTaskQueue", workflow_pb2.DescribeTaskQueueResponse())
    peer.script("ListWorkers", workflow_pb2.ListWorkersResponse(workers=[WORKER]))

    def ask() -> tuple[str, str, list[int], str, int]:
        with Client(peer.address) as client:
            handle = client.retry("order-1")
            events = [event.number for event in client.follow("order-1")]
            queue = client.describe_task_queue("q").task_queue
            return handle.run_id, handle.retry().run_id, events, queue, len(client.list_workers())

    assert await asyncio.to_thread(ask) == ("run-2", "run-2", [1, 2], "q", 1)
