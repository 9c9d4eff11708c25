"""The benchmarks' worker: `python -m benchmarks.work`. One workflow of one activity, streaming."""

from sched_sdk import Client, Registry
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext

WORKFLOW = "Bench"
registry = Registry()


@registry.workflow(WORKFLOW)
def bench(ctx: WorkflowContext, value: object = None) -> object:
    """Wait for one activity, and return what it returned."""
    return ctx.execute_activity("Echo", value)


@registry.activity("Echo")
def echo(_ctx: ActivityContext, value: object = None) -> object:
    """What came in."""
    return value


if __name__ == "__main__":
    Client(registry=registry).run_worker(streaming=True)
