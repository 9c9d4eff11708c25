"""The limits of what workers send: of the commands of a turn, and of retry policies. The kernel checks what a turn
means; here is what it may look like, so that nothing reaches the database that cannot be stored there."""

import math
from collections.abc import Iterator
from datetime import timedelta

from workflows.core import commands as c
from workflows.core.inputs import TurnCompleted
from workflows.core.values import Failure, Payload, RetryPolicy
from workflows.service import limits
from workflows.service.errors import FieldError

_LIMITS = ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout")


def check_turn(turn: TurnCompleted) -> None:
    """Raises `Invalid` with all that is wrong."""
    limits.require(
        *(
            error
            for position, command in enumerate(turn.commands)
            for error in _errors(f"turn.commands[{position}]", command)
        )
    )


def check_retry(field: str, policy: RetryPolicy | None) -> None:
    """Raises `Invalid` with all that is wrong."""
    if policy is not None:
        limits.require(*_retry_errors(field, policy))


def failure_size(failure: Failure) -> int:
    """Bytes of a failure and its causes."""
    details = failure.details
    own = len(failure.message) + len(failure.stack_trace) + (0 if details is None else len(details.data))
    return own + (0 if failure.cause is None else failure_size(failure.cause))


def _errors(field: str, command: c.Command) -> Iterator[FieldError | None]:
    match command:
        case c.ScheduleActivity():
            yield limits.name_error(f"{field}.activity_type", command.activity_type)
            if command.task_queue:
                yield limits.identifier_error(f"{field}.task_queue", command.task_queue)
            yield limits.payload_error(f"{field}.input", command.input)
            for name in _LIMITS:
                yield limits.timeout_error(f"{field}.{name}_us", getattr(command, name))
            if command.retry is not None:
                yield from _retry_errors(f"{field}.retry", command.retry)
        case c.StartTimer():
            if command.duration:
                yield limits.timeout_error(f"{field}.duration_us", command.duration)
        case c.CompleteWorkflow():
            yield limits.payload_error(f"{field}.result", command.result)
        case c.FailWorkflow():
            size = failure_size(command.failure)
            if size > limits.PAYLOAD_MAX:
                yield limits.payload_error(f"{field}.failure", Payload(bytes(size)))
        case c.CancelWorkflow():
            yield limits.payload_error(f"{field}.details", command.details)


def _retry_errors(field: str, policy: RetryPolicy) -> Iterator[FieldError | None]:
    for name in ("initial_interval", "maximum_interval"):
        span: timedelta = getattr(policy, name)
        yield limits.timeout_error(f"{field}.{name}_us", span)
    coefficient = policy.backoff_coefficient
    if not (math.isfinite(coefficient) and coefficient >= 1):
        yield FieldError(f"{field}.backoff_coefficient", f"{coefficient:g}", "must be a number of at least 1")
    if policy.maximum_attempts < 0:
        yield FieldError(f"{field}.maximum_attempts", str(policy.maximum_attempts), "must not be negative")
