"""Many steps, one after the other."""

import time
from collections.abc import Callable

from sched_sdk import WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry

HUNDRED = 100


def hundreds(ctx: WorkflowContext, count: int, between: Callable[[], object] = lambda: None) -> list[float]:
    """The seconds that each hundred steps took."""
    began, taken = 0.0, []
    for number in range(count):
        ended: float = ctx.execute_activity("Mark", number)
        between()
        if number % HUNDRED == HUNDRED - 1:
            taken.append(ended - began)
        if number % HUNDRED == HUNDRED - 1 or not number:
            began = ended
    return taken


@registry.workflow("Sequence")
def sequence(ctx: WorkflowContext, count: int) -> list[float]:
    """Activities alone."""
    return hundreds(ctx, count)


@registry.workflow("TimedSequence")
def timed_sequence(ctx: WorkflowContext, count: int) -> list[float]:
    """After each activity it asks for the time, which no eager turn can know."""
    return hundreds(ctx, count, ctx.now)


@registry.activity("Mark")
def mark(_ctx: ActivityContext, _number: int) -> float:
    """When it ran."""
    return time.time()
