"""What a backup finds in the middle of its work."""

import datetime as dt
from pathlib import Path

from sched_sdk import RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.gates import announce, hold
from tests.e2e.workflows.registry import registry


@registry.workflow("Noted")
def noted(ctx: WorkflowContext, folder: str) -> str:
    """Awaits an activity that is done when the test lets it, and leaves a line each time that it is."""
    return str(ctx.execute_activity("Note", folder))


@registry.activity("Note")
def note(_ctx: ActivityContext, folder: str) -> str:
    announce(folder, "in-hand")
    hold(folder, "go")
    with (Path(folder) / "done").open("a") as lines:
        lines.write("done\n")
    return "noted"


@registry.workflow("BacksOffForLong")
def backs_off_for_long(ctx: WorkflowContext) -> int:
    """Awaits an activity that fails once; its second attempt comes long enough after that for a backup."""
    return int(ctx.execute_activity("FailAtFirst"))


@registry.activity(
    "FailAtFirst", retry=RetryPolicy(initial_interval=dt.timedelta(seconds=15), maximum_attempts=2)
)
def fail_at_first(ctx: ActivityContext) -> int:
    if ctx.info.attempt == 1:
        raise ValueError("the first attempt fails")
    return ctx.info.attempt
