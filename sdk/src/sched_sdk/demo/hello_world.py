"""HelloWorld: the least that a workflow can do."""

from sched_sdk.demo.registry import registry
from sched_sdk.demo.text import shown
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext


@registry.workflow("HelloWorld")
def hello_world(ctx: WorkflowContext, name: object = None) -> str:
    """Queue a greeting, and end without waiting for it."""
    ctx.queue_activity("SayHello", name)
    return "Hello workflow completed"


@registry.activity("SayHello")
def say_hello(ctx: ActivityContext, name: object = None) -> str:
    """Greet."""
    ctx.logger.info("saying hello")
    return f"Hello, {'world' if name is None else shown(name)}!"
