"""The benchmarks' worker: `python -m benchmarks.ours.work`, streaming; its slots are a default worker's, or as its
variables say."""

import datetime as dt
import time

from sched_sdk import Client, Registry
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext

ONE, FAN_OUT, STEPS, SIGNALS, SLEEP = "Bench", "FanOut", "Steps", "Signals", "Sleep"
registry = Registry()


@registry.activity("Echo")
def echo(_ctx: ActivityContext, value: object = None) -> object:
    """What came in."""
    return value


@registry.activity("Now")
def now(_ctx: ActivityContext, _value: object = None) -> float:
    """Seconds since 1970: a step that tells when it ran."""
    return time.time()


@registry.workflow(ONE)
def bench(ctx: WorkflowContext, value: object = None) -> object:
    """Wait for one activity, and return what it returned."""
    return ctx.execute_activity("Echo", value)


@registry.workflow(FAN_OUT)
def fan_out(ctx: WorkflowContext, width: int = 200) -> int:
    """That many activities at once; how many came back right."""
    handles = [ctx.queue_activity("Echo", number) for number in range(width)]
    return sum(value == number for number, value in enumerate(ctx.wait_all(handles)))


@registry.workflow(STEPS)
def steps(ctx: WorkflowContext, count: int = 2_000) -> list[float]:
    """One activity after the other; when each of them ran."""
    return [ctx.execute_activity("Now") for _ in range(count)]


@registry.workflow(SIGNALS)
def signals(ctx: WorkflowContext, count: int = 10) -> int:
    """Take that many signals, one at a time; how many they were."""
    return sum(ctx.wait_for_signal("step") is not None for _ in range(count))


@registry.workflow(SLEEP)
def sleep(ctx: WorkflowContext, until: float = 0.0) -> None:
    """Sleep until that time, in seconds since 1970."""
    ctx.sleep(dt.timedelta(seconds=max(until - ctx.now().timestamp(), 0.001)))


if __name__ == "__main__":
    Client(registry=registry).run_worker(streaming=True)
