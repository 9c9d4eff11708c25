"""What runs while processes are killed at named points: a bit of everything, and nothing that depends on timing."""

import datetime as dt

from sched_sdk import WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.gates import announce, hold
from tests.e2e.workflows.registry import registry


@registry.workflow("Journey")
def journey(ctx: WorkflowContext, number: int) -> list[object]:
    """An activity, a sleep, a signal."""
    doubled = ctx.execute_activity("Double", number)
    ctx.sleep(dt.timedelta(milliseconds=200))
    signal = ctx.wait_for_signal("go")
    assert signal is not None
    return [doubled, signal.payload]


@registry.workflow("ReportingOnce")
def reporting_once(ctx: WorkflowContext, folder: str) -> str:
    """Awaits an activity that reports once and runs on until the test lets it go."""
    return str(ctx.execute_activity("ReportOnce", folder))


@registry.activity("ReportOnce")
def report_once(ctx: ActivityContext, folder: str) -> str:
    ctx.heartbeat({"step": 1})
    announce(folder, "running")
    hold(folder, "go")
    return "told"
