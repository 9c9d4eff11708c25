"""Code that takes its worker along. A worker with CODE_OF_TEST=mended survives it."""

import os

from sched_sdk import ActivityError, RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.changing import CODE
from tests.e2e.workflows.registry import registry


def die() -> None:
    if CODE != "mended":
        os._exit(9)


@registry.workflow("PoisonedTurn")
def poisoned_turn(_ctx: WorkflowContext) -> str:
    die()
    return "survived"


@registry.workflow("PoisonedActivity")
def poisoned_activity(ctx: WorkflowContext) -> str:
    """Tells what has become of it."""
    try:
        return str(ctx.execute_activity("Poison"))
    except ActivityError as error:
        return str(error)


@registry.activity("Poison", retry=RetryPolicy(maximum_attempts=1))
def poison(_ctx: ActivityContext) -> str:
    die()
    return "survived"
