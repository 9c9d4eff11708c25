"""Code that changes under a run, and code that ends in unusual ways."""

import os
import sys

from sched_sdk import ActivityError, RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry

CODE = os.environ.get("CODE_OF_TEST", "right")


@registry.workflow("Changing")
def changing(ctx: WorkflowContext) -> int:
    """In one version of the code it doubles, in the other it sleeps first."""
    if CODE == "changed":
        ctx.sleep(1)
    doubled = int(ctx.execute_activity("Double", 4))
    ctx.wait_for_signal()
    return doubled


@registry.workflow("Exiting")
def exiting(ctx: WorkflowContext) -> str:
    """Its activity calls `sys.exit`."""
    try:
        ctx.execute_activity("Exit")
    except ActivityError as error:
        return str(getattr(error.cause, "type", ""))
    return "no error"


@registry.activity("Exit", retry=RetryPolicy(initial_interval=0.05, maximum_attempts=2))
def exit_(_ctx: ActivityContext) -> None:
    sys.exit(3)
