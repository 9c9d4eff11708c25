"""An engine whose clock is not the database's: timers keep the database's time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sched_sdk.proto.v1 import workflow_pb2 as pb

from tests.rpc.peers import connected, running
from tests.store.databases import Database
from timers.clock import SystemClock

TIMEOUT = timedelta(seconds=1)
LATE_MAX = timedelta(seconds=1)


class SkewedClock(SystemClock):
    """Tells the time of another machine."""

    def __init__(self, skew: timedelta) -> None:
        self._skew = skew

    def now(self) -> datetime:
        return super().now() + self._skew


@pytest.mark.parametrize("seconds", [7, -7])
async def test_a_timer_fires_by_the_database_clock(database: Database, seconds: int) -> None:
    """An engine that is ahead or behind by seconds ends an execution at its timeout all the same."""
    async with (
        running(database, clock=SkewedClock(timedelta(seconds=seconds))) as engine,
        connected(engine) as peer,
    ):
        start = pb.StartWorkflowRequest(
            workflow_id="w", workflow_type="T", execution_timeout_us=TIMEOUT // timedelta(microseconds=1)
        )
        await peer.client.StartWorkflow(start)
        await peer.client.GetWorkflowResult(pb.GetWorkflowResultRequest(workflow_id="w", wait_seconds=10))
        described = await peer.client.GetWorkflow(pb.GetWorkflowRequest(workflow_id="w"))
    run = described.execution
    lasted = timedelta(microseconds=run.closed_time_us - run.started_time_us)
    assert TIMEOUT <= lasted <= TIMEOUT + LATE_MAX
