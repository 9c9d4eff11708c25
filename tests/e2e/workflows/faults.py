"""What a test kills processes under."""

import datetime as dt
from pathlib import Path

from sched_sdk import RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.gates import announce, hold
from tests.e2e.workflows.registry import registry


@registry.workflow("HeldActivity")
def held_activity(ctx: WorkflowContext, folder: str) -> dict[str, object]:
    """Awaits an activity whose first delivery ends when its worker is killed."""
    result: dict[str, object] = ctx.execute_activity("HoldFirstDelivery", folder)
    return result


@registry.activity("HoldFirstDelivery")
def hold_first_delivery(ctx: ActivityContext, folder: str) -> dict[str, object]:
    announce(folder, f"delivery-{ctx.info.delivery}")
    if ctx.info.delivery == 1:
        hold(folder, "never")
    return {"input": folder, "attempt": ctx.info.attempt, "delivery": ctx.info.delivery}


@registry.workflow("HeldTurn")
def held_turn(_ctx: WorkflowContext, folder: str) -> str:
    """Its turn goes on once the test says so; the worker of the first delivery is killed before."""
    announce(folder, "in-turn")
    hold(folder, "go")
    return folder


@registry.workflow("HeldUntilTold")
def held_until_told(ctx: WorkflowContext, folder: str) -> str:
    """Awaits an activity that runs until the test lets it go."""
    return str(ctx.execute_activity("HoldUntilTold", folder))


@registry.activity("HoldUntilTold")
def hold_until_told(_ctx: ActivityContext, folder: str) -> str:
    announce(folder, "running")
    hold(folder, "go")
    return "told"


@registry.workflow("BacksOff")
def backs_off(ctx: WorkflowContext) -> int:
    """Awaits an activity that fails once; its second attempt comes seconds later."""
    return int(ctx.execute_activity("FailOnce"))


@registry.activity(
    "FailOnce", retry=RetryPolicy(initial_interval=dt.timedelta(seconds=2), maximum_attempts=2)
)
def fail_once(ctx: ActivityContext) -> int:
    if ctx.info.attempt == 1:
        raise ValueError("the first attempt fails")
    return ctx.info.attempt


@registry.workflow("Counted")
def counted(ctx: WorkflowContext, given: list[object]) -> None:
    """Awaits an activity that can run once."""
    ctx.execute_activity("RunOnce", given)


@registry.activity("RunOnce")
def run_once(_ctx: ActivityContext, given: tuple[str, int]) -> None:
    """A second run would find the first one's file, and fail."""
    folder, number = given
    (Path(folder) / str(number)).touch(exist_ok=False)
