"""Many activities that end at the same moment."""

from sched_sdk import WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.gates import announce, hold
from tests.e2e.workflows.registry import registry


@registry.workflow("Crowd")
def crowd(ctx: WorkflowContext, place: list[object]) -> list[int]:
    """`place`: the folder and how many. They run until the test lets all of them go."""
    folder, count = place
    assert isinstance(count, int)
    return ctx.wait_all([ctx.queue_activity("HoldInCrowd", [folder, number]) for number in range(count)])


@registry.activity("HoldInCrowd")
def hold_in_crowd(_ctx: ActivityContext, place: list[object]) -> object:
    folder, number = place
    announce(str(folder), f"running-{number}")
    hold(str(folder), "go")
    return number
