"""The end of a failed attempt: another after a back-off, or the end of the activity.

A worker's failure, a start-to-close or heartbeat timeout, and a worker lost too often all end here.
"""

from datetime import timedelta

from workflows.core import events as e
from workflows.core.draft import Draft
from workflows.core.state import Activity, TaskState
from workflows.core.values import DEFAULT_RETRY, Failure, FailureKind, RetryPolicy

RETRIES_IN_HISTORY = 20
"""ActivityTaskRetryScheduled events of one activity; after that only its counter moves (spec: rules of a history)."""


def failed(
    draft: Draft,
    activity: Activity,
    failure: Failure,
    *,
    task: TaskState,
    declared: RetryPolicy | None = None,
    identity: str = "",
) -> None:
    """Retry the activity, or end it for good."""
    policy = activity.retry or declared or DEFAULT_RETRY
    delay = next_delay(policy, activity.attempt)
    if may_retry(draft, activity, failure, policy, delay):
        _retry(draft, activity, failure, delay, task)
    else:
        _give_up(draft, activity, failure, task, identity)


def next_delay(policy: RetryPolicy, attempt: int) -> timedelta:
    """Back-off after the failed attempt `attempt` (1, 2, 3 …): exponential, capped."""
    seconds = policy.initial_interval.total_seconds()
    cap = policy.maximum_interval.total_seconds()
    try:
        seconds *= policy.backoff_coefficient ** (attempt - 1)
    except OverflowError:
        seconds = cap
    return timedelta(seconds=min(seconds, cap))


def may_retry(
    draft: Draft, activity: Activity, failure: Failure, policy: RetryPolicy, delay: timedelta
) -> bool:
    """A canceled activity is not retried, nor one whose next attempt would begin past its schedule-to-close."""
    if activity.cancel_requested or failure.non_retryable or failure.type in policy.non_retryable_error_types:
        return False
    if policy.maximum_attempts and activity.attempt >= policy.maximum_attempts:
        return False
    deadline = activity.close_deadline
    return deadline is None or draft.now + delay < deadline


def _retry(draft: Draft, activity: Activity, failure: Failure, delay: timedelta, task: TaskState) -> None:
    if activity.attempt > RETRIES_IN_HISTORY:
        draft.back_off(activity, failure, delay)
        return
    draft.emit(
        e.ActivityTaskRetryScheduled,
        scheduled=activity.number,
        command=activity.command,
        attempt=activity.attempt,
        failure=failure,
        delay=delay,
        delivery=task.delivery,
    )


def _give_up(draft: Draft, activity: Activity, failure: Failure, task: TaskState, identity: str) -> None:
    if failure.kind is FailureKind.TIMEOUT and failure.timeout is not None:
        draft.emit(
            e.ActivityTaskTimedOut,
            scheduled=activity.number,
            command=activity.command,
            attempt=activity.attempt,
            failure=failure,
        )
    else:
        draft.emit(
            e.ActivityTaskFailed,
            scheduled=activity.number,
            command=activity.command,
            attempt=activity.attempt,
            failure=failure,
            identity=identity,
            delivery=task.delivery,
        )
