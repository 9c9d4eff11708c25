"""Activities with results, failures and retries."""

import datetime as dt

from sched_sdk import ActivityError, ApplicationError, AsyncWorkflowContext, RetryPolicy, WorkflowContext
from sched_sdk.worker import ActivityContext

from tests.e2e.workflows.registry import registry

QUICK = RetryPolicy(initial_interval=dt.timedelta(milliseconds=50), backoff_coefficient=1, maximum_attempts=2)


class OutOfStock(Exception):
    """An error that no retry mends."""


@registry.workflow("Doubling")
def doubling(ctx: WorkflowContext, number: int) -> int:
    """The activity's value comes back."""
    result: int = ctx.execute_activity("Double", number)
    return result + 1


@registry.workflow("AsyncDoubling")
async def async_doubling(ctx: AsyncWorkflowContext, number: int) -> int:
    """The same, as a coroutine."""
    return int(await ctx.execute_activity("Double", number)) + 1


@registry.activity("Double")
def double(_ctx: ActivityContext, number: int) -> int:
    return number * 2


@registry.workflow("CatchingFailure")
def catching_failure(ctx: WorkflowContext) -> dict[str, str]:
    """Tells what an activity failed with."""
    try:
        ctx.execute_activity("FailForGood", "sold out")
    except ActivityError as error:
        cause = error.cause
        assert isinstance(cause, ApplicationError)
        return {"type": cause.type, "message": cause.message}
    return {}


@registry.workflow("UncaughtFailure")
def uncaught_failure(ctx: WorkflowContext) -> None:
    """Fails with what the activity failed with."""
    ctx.execute_activity("FailForGood", "sold out")


@registry.activity("FailForGood", retry=RetryPolicy(non_retryable_error_types=["OutOfStock"]))
def fail_for_good(_ctx: ActivityContext, message: str) -> None:
    raise OutOfStock(message)


@registry.workflow("FanOut")
def fan_out(ctx: WorkflowContext, count: int) -> list[int]:
    """Many at once, results in order."""
    return ctx.wait_all([ctx.queue_activity("Double", number) for number in range(count)])


@registry.workflow("ThirdTimeLucky")
def third_time_lucky(ctx: WorkflowContext) -> int:
    """Awaits an activity that fails twice."""
    return int(ctx.execute_activity("FailTwice"))


@registry.activity("FailTwice")
def fail_twice(ctx: ActivityContext) -> int:
    if ctx.info.attempt < 3:
        raise ValueError(f"attempt {ctx.info.attempt}")
    return ctx.info.attempt


@registry.workflow("PolicyOfTheActivity")
def policy_of_the_activity(ctx: WorkflowContext) -> None:
    """The activity declares two attempts."""
    ctx.execute_activity("FailQuickly")


@registry.workflow("PolicyOfTheCall")
def policy_of_the_call(ctx: WorkflowContext) -> None:
    """The call asks for one attempt; the activity would have two."""
    ctx.execute_activity("FailQuickly", retry=RetryPolicy(maximum_attempts=1))


@registry.activity("FailQuickly", retry=QUICK)
def fail_quickly(_ctx: ActivityContext) -> None:
    raise ValueError("as always")


@registry.workflow("Raising")
def raising(_ctx: WorkflowContext) -> None:
    """Fails with a chain of causes."""
    try:
        raise KeyError("order")
    except KeyError as error:
        raise ValueError("no such order") from error
