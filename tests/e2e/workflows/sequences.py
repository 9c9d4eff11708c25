"""Many steps, one after the other, the last of them in turn with another workflow's."""

import os
import time
from collections.abc import Callable
from typing import TypedDict

from sched_sdk import Client, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry


class Plan(TypedDict):
    """Of a sequence: steps without a pause, then slices, each when it is told to go on.

    Attributes:
        steps: of a slice.
        partner: id of the workflow that goes on after each slice of this one, while `passes` last.
    """

    straight: int
    slices: int
    steps: int
    partner: str
    passes: int


def run(ctx: WorkflowContext, plan: Plan, between: Callable[[], object] = lambda: None) -> list[float]:
    """The seconds that each slice took."""
    for _ in range(plan["straight"]):
        ctx.execute_activity("Mark")
        between()
    taken = []
    for number in range(plan["slices"]):
        ctx.wait_for_signal("go")
        marks = []
        for _ in range(plan["steps"]):
            marks.append(ctx.execute_activity("Mark"))
            between()
        taken.append(marks[-1] - marks[0])
        if number < plan["passes"]:
            ctx.execute_activity("PassOn", plan["partner"])
    return taken


@registry.workflow("Sequence")
def sequence(ctx: WorkflowContext, plan: Plan) -> list[float]:
    """Activities alone."""
    return run(ctx, plan)


@registry.workflow("TimedSequence")
def timed_sequence(ctx: WorkflowContext, plan: Plan) -> list[float]:
    """After each activity it asks for the time, which no eager turn can know."""
    return run(ctx, plan, ctx.now)


@registry.activity("Mark")
def mark(_ctx: ActivityContext, _input: None = None) -> float:
    """When it ran."""
    return time.perf_counter()


@registry.activity("PassOn")
def pass_on(_ctx: ActivityContext, partner: str) -> None:
    """It is the other's turn."""
    with Client(os.environ["ENGINE_ADDRESS"]) as client:
        client.signal(partner, "go")
