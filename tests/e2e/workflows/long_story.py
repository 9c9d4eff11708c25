"""One workflow whose history is as long as it is told to be, with some of everything that a history can hold."""

import datetime as dt
from typing import TypedDict

from sched_sdk import RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry

AT_ONCE = 80
"""Activities of a chapter that run side by side."""
FLAWED_EACH = 20
"""Every so many chapters one of them fails first."""
SOON = dt.timedelta(milliseconds=1)


class Chapters(TypedDict):
    """How many, and the signal that ends the last one."""

    chapters: int
    end: str


@registry.workflow("Story")
def story(ctx: WorkflowContext, given: Chapters) -> str:
    """Chapters of activities, a sleep and a wait that is in vain; then it waits to be told to end."""
    for chapter in range(given["chapters"]):
        fails = chapter % FLAWED_EACH == 0
        ctx.wait_all([ctx.queue_activity("Narrate", fails and number == 0) for number in range(AT_ONCE)])
        ctx.sleep(SOON)
        ctx.wait_for_signal("news", timeout=SOON)
    ctx.wait_for_signal(given["end"])
    return "told"


@registry.activity("Narrate", retry=RetryPolicy(initial_interval=SOON, maximum_attempts=2))
def narrate(ctx: ActivityContext, fails: bool) -> dict[str, int]:
    """Fails the first time, if it is to."""
    if fails and ctx.info.attempt == 1:
        raise RuntimeError("the first attempt, as planned")
    return {"attempt": ctx.info.attempt}
