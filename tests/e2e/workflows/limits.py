"""Activities that run into one of their four limits, or stay just within."""

import datetime as dt

from sched_sdk import ActivityError, RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.harness.waiting import let_pass
from tests.e2e.workflows.gates import announce, hold
from tests.e2e.workflows.registry import registry

ONCE = RetryPolicy(maximum_attempts=1)
LIMIT = dt.timedelta(seconds=1)


@registry.workflow("Silent")
def silent(ctx: WorkflowContext, folder: str) -> object:
    """Its activity falls silent at the first attempt."""
    return ctx.execute_activity("FallSilent", folder)


@registry.activity(
    "FallSilent",
    heartbeat_timeout=LIMIT,
    retry=RetryPolicy(initial_interval=dt.timedelta(milliseconds=50), maximum_attempts=2),
)
def fall_silent(ctx: ActivityContext, folder: str) -> dict[str, object]:
    if ctx.info.attempt == 1:
        ctx.heartbeat({"row": 3})
        announce(folder, "silent")
        hold(folder, "go")
    return {"attempt": ctx.info.attempt, "details": ctx.heartbeat_details}


@registry.workflow("Lively")
def lively(ctx: WorkflowContext, seconds: float) -> object:
    """Its activity takes longer than its heartbeat timeout, and beats."""
    return ctx.execute_activity("Beat", seconds)


@registry.activity("Beat", heartbeat_timeout=LIMIT)
def beat(ctx: ActivityContext, seconds: float) -> dict[str, int]:
    for step in range(int(seconds * 10)):
        let_pass(0.1)
        ctx.heartbeat(step)
    return {"attempt": ctx.info.attempt, "delivery": ctx.info.delivery}


@registry.workflow("Limited")
def limited(ctx: WorkflowContext, given: dict[str, str]) -> str:
    """Awaits an activity that one of the limits ends; tells which."""
    limit = given["limit"]
    try:
        ctx.execute_activity(
            "HoldUntilTold",
            given["folder"],
            queue="queue-that-nobody-serves" if limit == "schedule_to_start" else None,
            retry=ONCE,
            start_to_close=LIMIT if limit == "start_to_close" else None,
            schedule_to_start=LIMIT if limit == "schedule_to_start" else None,
            schedule_to_close=LIMIT if limit == "schedule_to_close" else None,
        )
    except ActivityError as error:
        return str(error)
    return "no limit"
