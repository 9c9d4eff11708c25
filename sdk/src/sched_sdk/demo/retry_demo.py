"""RetryDemo: an activity that fails for good, which a workflow that does not await it never notices."""

from typing import NoReturn

from sched_sdk.demo.registry import registry
from sched_sdk.retry import RetryPolicy
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext


class DemoError(Exception):
    """What AlwaysFail raises."""


@registry.workflow("RetryDemo")
def retry_demo(ctx: WorkflowContext) -> str:
    """Queue it, and end."""
    ctx.queue_activity("AlwaysFail")
    return "retry demo done"


@registry.activity("AlwaysFail", retry=RetryPolicy(maximum_attempts=3))
def always_fail(ctx: ActivityContext) -> NoReturn:
    """Fail, three times."""
    raise DemoError(f"attempt {ctx.info.attempt} fails, as it always does")
