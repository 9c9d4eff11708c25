"""One activity, a number of times at once."""

from __future__ import annotations

from typing import Any

from sched_sdk import RetryPolicy, WorkflowContext

from workflows.worker import workflow

SOON = RetryPolicy(initial_interval=0.05, maximum_attempts=3)


@workflow("Times")
def times(ctx: WorkflowContext, asked: dict[str, Any]) -> list[Any]:
    """`{"activity": name, "input": value, "times": 3}`: the results."""
    count = asked.get("times", 1)
    handles = [ctx.queue_activity(asked["activity"], asked.get("input"), retry=SOON) for _ in range(count)]
    return list(ctx.wait_all(handles))
