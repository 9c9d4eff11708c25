"""What the dashboard's stories find on the list: a run that waits for all that a run can wait for."""

import datetime as dt
from typing import Any, NoReturn

from sched_sdk import ApplicationError, RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry


class NoCarrier(Exception):
    """Whoever should ship it does not answer."""


@registry.workflow("Shipment")
def shipment(ctx: WorkflowContext, _order: Any = None) -> Any:
    """An activity that fails time and again, a timer, and a signal that ends both."""
    booking = ctx.queue_activity("BookCarrier")
    patience = ctx.start_timer(dt.timedelta(hours=2))
    signal = ctx.wait_for_signal("release")
    assert signal is not None
    booking.cancel()
    patience.cancel()
    return {"released": signal.payload}


@registry.activity(
    "BookCarrier",
    retry=RetryPolicy(
        initial_interval=dt.timedelta(milliseconds=200),
        backoff_coefficient=8,
        maximum_interval=dt.timedelta(minutes=5),
        maximum_attempts=100,
    ),
)
def book_carrier(_ctx: ActivityContext) -> NoReturn:
    raise NoCarrier("the carrier does not answer")


@registry.workflow("Refusal")
def refusal(_ctx: WorkflowContext, order: dict[str, str]) -> None:
    """Fails with what it was handed in its message."""
    raise ApplicationError(f"refused to {order['secret']}", type="Refused", non_retryable=True)
