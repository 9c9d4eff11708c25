"""A worker's process against a real engine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import pytest
from sched_sdk.proto.v1 import common_pb2, workflow_pb2

from tests.rpc.peers import connected, eventually, payload, running
from tests.store.databases import Database


@pytest.mark.parametrize("streaming", ["true", "false"])
async def test_a_worker_with_nothing_in_hand_ends_at_once_when_told(
    database: Database, streaming: str
) -> None:
    """SIGTERM: it closes its half, the engine ends the stream, and nobody waits for the grace."""
    async with running(database) as engine, connected(engine) as peer:
        environment = {
            **os.environ,
            "ENGINE_ADDRESS": f"127.0.0.1:{engine.port}",
            "SCHED_WORKER_STREAMING": streaming,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "sched_sdk.demo", env=environment
        )

        async def serves() -> bool:
            answer = await peer.client.ListWorkers(workflow_pb2.ListWorkersRequest())
            return {worker.kind for worker in answer.workers} == {"workflow", "activity"}

        await eventually(serves)
        run = await peer.start("h", workflow_type="HelloWorld", input=payload(b'"w"'), wait_seconds=10)
        assert run.result.status == common_pb2.WORKFLOW_STATUS_COMPLETED
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(2):
            assert await process.wait() == 0
