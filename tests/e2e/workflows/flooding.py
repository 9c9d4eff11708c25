"""Work of which there is too much."""

import threading

from sched_sdk import WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry

WORK_SECONDS = 0.1


@registry.workflow("Busy")
def busy(ctx: WorkflowContext, number: int) -> int:
    """One activity that takes its time."""
    result: int = ctx.execute_activity("Work", number)
    return result


@registry.activity("Work")
def work(_ctx: ActivityContext, number: int) -> int:
    """As one that waits for another service."""
    threading.Event().wait(WORK_SECONDS)
    return number
