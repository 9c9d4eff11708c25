"""`python -m tests.chaos.work`: a worker with the kinds of work that chaos is about.

An activity first writes a line to the journal named by CHAOS_JOURNAL, in one write to a file opened for appending, and
returns the line's key: so whatever a history says was done can be found outside of it, and how often it was done.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from typing import Any

from sched_sdk import ActivityError, ApplicationError, RetryPolicy, WorkflowContext
from sched_sdk.client import Client
from sched_sdk.registry import Registry
from sched_sdk.worker import ActivityContext

JOURNAL = "CHAOS_JOURNAL"
FAN_OUT = 20
ROUNDS = 3
LONG_STEPS = 12
PATIENT = dt.timedelta(minutes=2)
"""Longer than any outage: a fault must not show as a timeout of the work itself."""
QUICKLY = RetryPolicy(initial_interval=0.3, maximum_attempts=3)
STEPS = (("charge", "refund"), ("reserve", "release"), ("ship", ""))

registry = Registry()


def note(ctx: ActivityContext) -> str:
    """Leaves a line outside; its key, the same for every attempt and delivery."""
    info = ctx.info
    key = f"{info.workflow_id}/{info.activity_id}"
    line = f"{key} {info.activity_type} {info.attempt} {info.delivery}\n"
    journal = os.open(os.environ[JOURNAL], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(journal, line.encode())
    finally:
        os.close(journal)
    return key


@registry.activity("Note")
def note_(ctx: ActivityContext, _input: Any = None) -> str:
    """Does it, and says so."""
    return note(ctx)


@registry.activity("ThirdTimeLucky", retry=QUICKLY)
def third_time_lucky(ctx: ActivityContext, _input: Any = None) -> str:
    """Fails twice."""
    key = note(ctx)
    if ctx.info.attempt < 3:
        raise RuntimeError("not yet")
    return key


@registry.activity("AlwaysFail", retry=QUICKLY)
def always_fail(ctx: ActivityContext, _input: Any = None) -> str:
    """Never works."""
    note(ctx)
    raise RuntimeError("as always")


@registry.activity("Step")
def step(ctx: ActivityContext, work: dict[str, Any]) -> str:
    """A step of a saga, or the undoing of one."""
    key = note(ctx)
    if work["fails"]:
        raise ApplicationError("fails as asked", type="StepFailed", non_retryable=True)
    return key


@registry.activity("Long", heartbeat_timeout=PATIENT)
async def long_(ctx: ActivityContext, _input: Any = None) -> str:
    """Some seconds of work; another delivery goes on where the last heartbeat was."""
    key = note(ctx)
    for done in range(int((ctx.heartbeat_details or {}).get("step", 0)), LONG_STEPS):
        await asyncio.sleep(0.25)
        ctx.heartbeat({"step": done + 1})
    return key


@registry.workflow("Hello")
def hello(ctx: WorkflowContext) -> str:
    """Queues, and ends without waiting."""
    ctx.queue_activity("Note")
    return "hello"


@registry.workflow("Sleep")
def sleep(ctx: WorkflowContext) -> str:
    """Two sleeps."""
    ctx.sleep(1.0)
    ctx.sleep(0.5)
    return "slept"


@registry.workflow("Report")
def report(ctx: WorkflowContext) -> str:
    """Work in rounds, a sleep after each."""
    for _ in range(ROUNDS):
        ctx.queue_activity("Note")
        ctx.sleep(0.7)
    return "reported"


@registry.workflow("Signal")
def signal(ctx: WorkflowContext) -> list[Any]:
    """Waits for two signals, and has them in the order they were sent."""
    found = [ctx.wait_for_signal("go") for _ in range(2)]
    return [each.payload if each else None for each in found]


@registry.workflow("Retry")
def retry(ctx: WorkflowContext) -> str:
    """Its activity works at the third attempt."""
    return str(ctx.execute_activity("ThirdTimeLucky")).partition("/")[0]


@registry.workflow("Failing")
def failing(ctx: WorkflowContext) -> str:
    """Its activity fails for good, which fails the workflow."""
    return str(ctx.execute_activity("AlwaysFail"))


@registry.workflow("Saga")
def saga(ctx: WorkflowContext, fails: str) -> list[str]:
    """Three steps; where one fails, those before it are undone, the last first."""
    undo: list[str] = []
    for name, undoing in STEPS:
        try:
            ctx.execute_activity("Step", {"step": name, "fails": name == fails})
        except ActivityError:
            for each in reversed(undo):
                ctx.execute_activity("Step", {"step": each, "fails": False})
            return ["undone", *reversed(undo)]
        undo.append(undoing)
    return ["done"]


@registry.workflow("Cancel")
def cancel(ctx: WorkflowContext) -> str:
    """Waits for what never comes."""
    ctx.wait_for_signal("never")
    return "it came"


@registry.workflow("Long")
def long_work(ctx: WorkflowContext) -> str:
    """Awaits an activity with heartbeats."""
    return str(ctx.execute_activity("Long")).partition("/")[0]


@registry.workflow("FanOut")
def fan_out(ctx: WorkflowContext) -> int:
    """Many at once, all awaited."""
    return len(set(ctx.wait_all([ctx.queue_activity("Note", number) for number in range(FAN_OUT)])))


def main() -> None:
    with Client(registry=registry) as client:
        client.run_worker()


if __name__ == "__main__":
    main()
