"""`python worker.py`: a worker of whichever SDK is on its path; it uses what every release has, and nothing else.

Each of its workflows is in the middle of something for as long as the test wants.
"""

import threading
from pathlib import Path
from typing import Any

from sched_sdk import RetryPolicy, WorkflowContext
from sched_sdk.client import Client
from sched_sdk.registry import Registry
from sched_sdk.worker import ActivityContext

registry = Registry()
TICK_SECONDS = 0.5
PATIENT = RetryPolicy(initial_interval=0.5, backoff_coefficient=1.0, maximum_attempts=1000)


@registry.workflow("Small")
def small(ctx: WorkflowContext, number: int) -> Any:
    """Over as soon as it has begun."""
    return ctx.execute_activity("Double", number)


@registry.workflow("Ticker")
def ticker(ctx: WorkflowContext) -> int:
    """Timer after timer, until it is told that it is enough."""
    ticks = 0
    while ctx.wait_for_signal("enough", timeout=TICK_SECONDS) is None:
        ticks += 1
    return ticks


@registry.workflow("Holder")
def holder(ctx: WorkflowContext, file: str) -> Any:
    """An activity that runs until the file is there."""
    return ctx.execute_activity("Hold", file, heartbeat_timeout=60.0)


@registry.workflow("Retrier")
def retrier(ctx: WorkflowContext, file: str) -> Any:
    """An activity that fails until the file is there."""
    return ctx.execute_activity("Insist", file, retry=PATIENT)


@registry.workflow("Listener")
def listener(ctx: WorkflowContext, count: int) -> list[Any]:
    """Takes so many signals, with a step after each."""
    taken = []
    for _ in range(count):
        signal = ctx.wait_for_signal()
        taken.append(ctx.execute_activity("Double", signal.payload if signal else None))
    return taken


@registry.activity("Double")
def double(_ctx: ActivityContext, number: int) -> int:
    return 2 * number


@registry.activity("Hold")
def hold(ctx: ActivityContext, file: str) -> str:
    """Tells all the time that it lives."""
    Path(f"{file}.held").touch()
    while not Path(file).exists():
        ctx.heartbeat()
        threading.Event().wait(0.05)
    return "held"


@registry.activity("Insist")
def insist(_ctx: ActivityContext, file: str) -> str:
    if not Path(file).exists():
        raise RuntimeError("the file is not there yet")
    return "came"


if __name__ == "__main__":
    with Client(registry=registry) as client:
        client.run_worker()
