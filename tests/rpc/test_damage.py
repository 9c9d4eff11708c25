"""Rows that cannot be read, over gRPC: lists go on, and what would be replayed or awaited is refused."""

from __future__ import annotations

import asyncio

import grpc
import pytest
from sched_sdk.client import AsyncClient
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import Peer, refused
from tests.store.damaging import NO_PAYLOAD, damage_event, damage_header
from tests.store.databases import Database
from workflows.engine.engine import Engine
from workflows.service import reading


async def damaged_run(peer: Peer, database: Database, number: int) -> str:
    run_id = (await peer.start("order-1")).run_id
    await reading.look(damage_event, database, run_id, number)
    return str(run_id)


async def test_a_list_goes_on(peer: Peer, database: Database) -> None:
    """The damaged run is in its place, without a status, and says what is wrong; so does its description."""
    for n in range(3):
        await peer.start(f"order-{n}")
    run_id = (await peer.client.GetWorkflow(pb.GetWorkflowRequest(workflow_id="order-1"))).execution.run_id
    await reading.look(damage_header, database, run_id, status="BANANA", memo=NO_PAYLOAD)
    page = await peer.client.ListWorkflows(pb.ListWorkflowsRequest())
    assert [each.workflow_id for each in page.executions] == ["order-2", "order-1", "order-0"]
    found = page.executions[1]
    assert found.status == common_pb2.WORKFLOW_STATUS_UNSPECIFIED
    assert found.problem == (
        "damaged: its status is 'BANANA', its memo cannot be read;"
        f" `manage.py fsck --run-id {run_id}` says more"
    )
    described = await peer.client.GetWorkflow(pb.GetWorkflowRequest(workflow_id="order-1"))
    assert described.execution == found


async def test_a_history_that_would_be_replayed_is_not_shortened(peer: Peer, database: Database) -> None:
    """DATA_LOSS names the event; so it does for a retry, whose start is lost."""
    run_id = await damaged_run(peer, database, 1)
    refusal = await refused(
        peer.client.GetWorkflowHistory(pb.GetWorkflowHistoryRequest(workflow_id="order-1"))
    )
    assert (refusal.code, refusal.reason) == (grpc.StatusCode.DATA_LOSS, "DAMAGED")
    assert refusal.message == (
        f"event 1 of run {run_id!r} is damaged and cannot be read; `manage.py fsck --run-id {run_id}` says more"
    )
    again = await refused(peer.client.RetryWorkflow(pb.RetryWorkflowRequest(workflow_id="order-1")))
    assert again.reason == "DAMAGED"


async def test_a_damaged_end_is_told_to_who_waits_for_it(peer: Peer, database: Database) -> None:
    """And to nobody else."""
    for name in ("order-1", "order-2"):
        await peer.start(name)
        await peer.client.TerminateWorkflow(pb.TerminateWorkflowRequest(workflow_id=name))
    run_id = (await peer.client.GetWorkflow(pb.GetWorkflowRequest(workflow_id="order-1"))).execution.run_id
    await reading.look(damage_event, database, run_id, 2)

    def asked(name: str) -> pb.GetWorkflowResultRequest:
        return pb.GetWorkflowResultRequest(workflow_id=name, wait_seconds=5)

    lost, found = await asyncio.gather(
        refused(peer.client.GetWorkflowResult(asked("order-1"))),
        peer.client.GetWorkflowResult(asked("order-2")),
    )
    assert (lost.code, lost.reason) == (grpc.StatusCode.DATA_LOSS, "DAMAGED")
    assert found.status == common_pb2.WORKFLOW_STATUS_TERMINATED


@pytest.mark.parametrize("columns", [{"status": "BANANA"}, {"memo": NO_PAYLOAD}])
async def test_the_sdk_lists_it_too(
    engine: Engine, peer: Peer, database: Database, columns: dict[str, object]
) -> None:
    """A status that cannot be told is None."""
    run_id = (await peer.start("order-1")).run_id
    await reading.look(damage_header, database, run_id, **columns)
    async with AsyncClient(f"127.0.0.1:{engine.port}") as client:
        (found,) = [each async for each in client.list()]
    assert found.problem.startswith("damaged: ")
    assert found.status == (None if "status" in columns else "RUNNING")
    assert found.memo == {}
