"""OrderSaga: steps with results; when one fails, those before it are undone in reverse order."""

from sched_sdk.demo.registry import registry
from sched_sdk.errors import ActivityError, ApplicationError
from sched_sdk.worker import ActivityContext
from sched_sdk.workflow import WorkflowContext

# Step, its activity, what it says of itself, and the activity that undoes it.
STEPS = (
    ("charge", "Charge", "charged", "Refund"),
    ("reserve", "Reserve", "reserved", "Release"),
    ("ship", "Ship", "shipped", ""),
)


@registry.workflow("OrderSaga")
def order_saga(ctx: WorkflowContext, order: object = None) -> dict[str, object]:
    """Charge, reserve, ship; `{"fail": "ship"}` makes one of them fail."""
    results: dict[str, object] = {}
    undo: list[tuple[str, str]] = []
    for step, activity, word, undoing in STEPS:
        try:
            results[word] = ctx.execute_activity(activity, {"step": step, "order": order})
        except ActivityError:
            return {"compensated": _compensate(ctx, undo, order)}
        undo.append((step, undoing))
    return results


def _compensate(ctx: WorkflowContext, undo: list[tuple[str, str]], order: object) -> list[str]:
    for step, activity in reversed(undo):
        ctx.execute_activity(activity, {"step": step, "order": order})
    return [step for step, _ in reversed(undo)]


def _do(ctx: ActivityContext, work: dict[str, object]) -> bool:
    ctx.logger.info("doing one step of an order")
    order = work["order"]
    if isinstance(order, dict) and order.get("fail") == work["step"]:
        raise ApplicationError(f"{work['step']} fails as asked", type="StepFailed", non_retryable=True)
    return True


def _undo(ctx: ActivityContext, _work: dict[str, object]) -> bool:
    ctx.logger.info("undoing one step of an order")
    return True


for _name in ("Charge", "Reserve", "Ship"):
    registry.activity(_name)(_do)
for _name in ("Refund", "Release"):
    registry.activity(_name)(_undo)
