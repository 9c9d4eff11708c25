"""LongDemo: work that takes longer than any lease, shows its progress, and stops when it is asked to."""

import asyncio
import datetime as dt

from sched_sdk.demo.registry import registry
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext

STEPS = 35
STEP = dt.timedelta(seconds=1)


@registry.workflow("LongDemo")
def long_demo(ctx: WorkflowContext) -> str:
    """Queue it, and end; it runs on."""
    ctx.queue_activity("LongWork")
    return "long demo done"


@registry.activity("LongWork", heartbeat_timeout=dt.timedelta(seconds=10))
async def long_work(ctx: ActivityContext) -> dict[str, int]:
    """Thirty-five steps of a second; a second attempt goes on where the first one reported last."""
    done = int((ctx.heartbeat_details or {}).get("step", 0))
    for step in range(done + 1, STEPS + 1):
        await asyncio.sleep(STEP.total_seconds())
        ctx.heartbeat({"step": step})  # raises Cancelled when asked to stop
    return {"steps": STEPS}
