"""The functions of the golden histories, by name. What they do must never change; add new ones beside them."""

import asyncio
import datetime as dt
from typing import Any

from sched_sdk import ActivityError, AsyncWorkflowContext, Cancelled, Registry, WorkflowContext

registry = Registry()


@registry.workflow("ApprovalGate")
def approval_gate(ctx: WorkflowContext, request: Any) -> str:
    """A signal against a timer."""
    signal = ctx.wait_for_signal(timeout=dt.timedelta(hours=24))
    if signal is None or signal.name != "approve":
        return "rejected"
    ctx.queue_activity("Process", signal.payload)
    return "approved"


@registry.workflow("MonthlyReport")
def monthly_report(ctx: WorkflowContext) -> str:
    """Activities beside sleeps."""
    for _ in range(3):
        ctx.queue_activity("SendEmail")
        ctx.sleep(2)
    return "Report completed"


@registry.workflow("OrderSaga")
def order_saga(ctx: WorkflowContext) -> dict[str, Any]:
    """A failure, and what undoes the steps before it."""
    done: list[str] = []
    try:
        for step in ("charge", "reserve", "ship"):
            ctx.execute_activity(step.capitalize())
            done.append(step)
    except ActivityError:
        for step in reversed(done):
            ctx.execute_activity(f"Undo{step.capitalize()}")
        return {"compensated": done[::-1]}
    return dict.fromkeys(done, True)


@registry.workflow("CleansUp")
async def cleans_up(ctx: AsyncWorkflowContext) -> None:
    """Cancelled while it awaits many things; a clean-up that takes longer."""
    try:
        async with asyncio.timeout(600):
            await asyncio.gather(
                ctx.execute_activity("Long"), ctx.wait_for_signal("go", timeout=60), ctx.sleep(30)
            )
    except Cancelled:
        await ctx.execute_activity("CleanUp")
        raise


@registry.workflow("Chances")
def chances(ctx: WorkflowContext) -> str:
    """Types of activities that depend on the run's chance, ids and time."""
    for _ in range(3):
        ctx.queue_activity(f"Pick-{ctx.random().randrange(1_000_000)}")
        ctx.queue_activity(f"Id-{ctx.uuid4()}")
        ctx.queue_activity(f"At-{ctx.now():%Y%m%dT%H%M%S.%f}")
        ctx.sleep(1)
    return "done"


@registry.workflow("Races")
async def races(ctx: AsyncWorkflowContext) -> list[Any]:
    """Who comes first, and what was cancelled too late."""
    short, long, work = ctx.start_timer(1), ctx.start_timer(60), ctx.queue_activity("Work")
    first = await ctx.wait_any([long, work, short])
    for handle in (short, long, work):
        handle.cancel()
    named = await ctx.wait_for_signal("b")
    other = await ctx.wait_for_signal()
    pending = {asyncio.create_task(ctx.execute_activity("Fan", k)) for k in range(5)}
    order = []
    while pending:
        done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            order.append(task.result())
            ctx.queue_activity(f"After-{task.result()}")
    return [first is work, named and named.payload, other and other.payload, order]
