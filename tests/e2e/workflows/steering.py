"""What is cancelled or terminated."""

import contextlib
import datetime as dt

from sched_sdk import ActivityError, Cancelled, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.harness.waiting import LOOK_SECONDS, let_pass
from tests.e2e.workflows.gates import announce
from tests.e2e.workflows.registry import registry

CLEAN_UP_SECONDS = 1.0


@registry.workflow("CleansUp")
def cleans_up(ctx: WorkflowContext, folder: str) -> None:
    """Awaits a beating heart; when cancelled, cleans up and lets the cancellation go on."""
    try:
        ctx.execute_activity("BeatUntilStopped", folder)
    except Cancelled:
        ctx.execute_activity("CleanUp")
        raise


@registry.activity("BeatUntilStopped")
def beat_until_stopped(ctx: ActivityContext, folder: str) -> None:
    """Heartbeats until a heartbeat says stop."""
    announce(folder, "beating")
    try:
        while True:
            ctx.heartbeat({"alive": True})
            let_pass(LOOK_SECONDS)
    except Cancelled:
        announce(folder, "told-to-stop")
        raise


@registry.activity("CleanUp")
def clean_up(_ctx: ActivityContext) -> str:
    """Takes longer than the cancelled activity needs to answer."""
    let_pass(CLEAN_UP_SECONDS)
    return "clean"


@registry.workflow("Listening")
def listening(ctx: WorkflowContext) -> None:
    """Waits for a signal for ever."""
    ctx.wait_for_signal()


@registry.workflow("Sleeping")
def sleeping(ctx: WorkflowContext) -> None:
    """Sleeps for a month."""
    ctx.sleep(dt.timedelta(days=30))


@registry.workflow("ShrugsOff")
def shrugs_off(ctx: WorkflowContext) -> str:
    """Catches its cancellation and returns."""
    try:
        ctx.wait_for_signal()
    except Cancelled:
        return "I would rather not"
    return "not cancelled"


@registry.workflow("Beating")
def beating(ctx: WorkflowContext, folder: str) -> None:
    """Awaits a beating heart, and leaves a trace should its code go on after that, for whatever reason."""
    with contextlib.suppress(ActivityError, Cancelled):
        ctx.execute_activity("BeatUntilStopped", folder)
    announce(folder, "code-ran")
