"""Sleeps and timers."""

import datetime as dt

from sched_sdk import RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry


@registry.workflow("Nap")
def nap(ctx: WorkflowContext, seconds: float) -> str:
    """One sleep."""
    ctx.sleep(dt.timedelta(seconds=seconds))
    return "rested"


@registry.workflow("TwoTimers")
def two_timers(ctx: WorkflowContext) -> str:
    """Awaits the shorter, cancels the other."""
    longer = ctx.start_timer(dt.timedelta(hours=1))
    ctx.start_timer(dt.timedelta(milliseconds=200)).result()
    longer.cancel()
    return "done"


@registry.workflow("NapBesideRetries")
def nap_beside_retries(ctx: WorkflowContext) -> str:
    """Sleeps while an activity that nobody awaits fails and is tried again."""
    ctx.queue_activity("FailSteadily")
    ctx.sleep(dt.timedelta(seconds=2))
    return "rested"


@registry.activity(
    "FailSteadily",
    retry=RetryPolicy(
        initial_interval=dt.timedelta(milliseconds=300), backoff_coefficient=1, maximum_attempts=4
    ),
)
def fail_steadily(_ctx: ActivityContext) -> None:
    raise ValueError("as always")
