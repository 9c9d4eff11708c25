"""ApprovalGate: a person decides, within a day."""

import datetime as dt

from sched_sdk.demo.registry import registry
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext

PATIENCE = dt.timedelta(hours=24)


@registry.workflow("ApprovalGate")
def approval_gate(ctx: WorkflowContext, _request: object = None) -> str:
    """Wait for a signal; `approve` lets the request through."""
    signal = ctx.wait_for_signal(timeout=PATIENCE)
    if signal is None or signal.name != "approve":
        return "rejected"
    ctx.queue_activity("Process", signal.payload)
    return "approved"


@registry.activity("Process")
def process(ctx: ActivityContext, order: object = None) -> dict[str, object]:
    """Pretend to process what was approved."""
    ctx.heartbeat({"step": 1})
    return {"processed": order}
