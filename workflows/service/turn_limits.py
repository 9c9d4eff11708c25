"""The limits of what workers send: of the commands of a turn, and of retry policies. The kernel checks what a turn
means; here is what it may look like, so that nothing reaches the database that cannot be stored there."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from workflows.core import commands as c
from workflows.core.inputs import TurnCompleted
from workflows.core.values import Failure, Payload, RetryPolicy
from workflows.service import limits
from workflows.service.errors import FieldError, invalid

COMMANDS_MAX = 10_000
"""Commands of a turn: one transaction, for which everything else waits. A history has room for five such turns."""
TYPES_BYTES_MAX = 16 * 1024
"""Of the names of a policy's non-retryable errors, which are stored with every activity."""


def check_turn(turn: TurnCompleted) -> None:
    """Raises `Invalid` with all that is wrong, as far as the first commands that are."""
    count = len(turn.commands)
    if count > COMMANDS_MAX:
        raise invalid("turn.commands", f"{count} commands", f"must be at most {COMMANDS_MAX}")
    found = [
        limits.name_error(f"turn.wait.signals[{position}]", name)
        for position, name in enumerate(sorted(turn.wait.signals))
    ]
    found.append(limits.text_error("identity", turn.identity, limits.IDENTITY_MAX))
    found.append(limits.text_error("build", turn.build, limits.IDENTITY_MAX))
    for position, command in enumerate(turn.commands):
        found += [
            replace(error, field=f"turn.commands[{position}].{error.field}")
            for error in _CHECKS[type(command)](command)
            if error is not None
        ]
    limits.require(*found)


def check_retry(field: str, policy: RetryPolicy | None) -> None:
    """Raises `Invalid` with all that is wrong."""
    if policy is not None:
        limits.require(*_retry_errors(field, policy))


def check_outcome(identity: str, field: str = "", payload: Payload | None = None) -> None:
    """Of an activity. Raises `Invalid` with all that is wrong; sizes apart, which are a failure of their own."""
    limits.require(
        limits.text_error("identity", identity, limits.IDENTITY_MAX), limits.payload_error(field, payload)
    )


def check_failure(identity: str, failure: Failure) -> None:
    """As `check_outcome`, of an activity that failed."""
    limits.require(
        limits.text_error("identity", identity, limits.IDENTITY_MAX),
        *_details_errors("failure.failure", failure),
    )


def failure_size(failure: Failure) -> int:
    """Bytes of a failure and its causes."""
    details = failure.details
    own = len(failure.type) + len(failure.message) + len(failure.stack_trace)
    own += 0 if details is None else limits.payload_size(details)
    return own + (0 if failure.cause is None else failure_size(failure.cause))


def _details_errors(field: str, failure: Failure) -> Iterator[FieldError | None]:
    yield limits.payload_error(f"{field}.details", failure.details)
    if failure.cause is not None:
        yield from _details_errors(f"{field}.cause", failure.cause)


def _schedule_errors(command: c.ScheduleActivity) -> Sequence[FieldError | None]:
    found = [
        limits.name_error("activity_type", command.activity_type),
        limits.payload_error("input", command.input),
        limits.headers_error("headers", command.headers),
        limits.timeout_error("start_to_close_us", command.start_to_close),
        limits.timeout_error("schedule_to_start_us", command.schedule_to_start),
        limits.timeout_error("schedule_to_close_us", command.schedule_to_close),
        limits.timeout_error("heartbeat_timeout_us", command.heartbeat_timeout),
    ]
    if command.task_queue:
        found.append(limits.identifier_error("task_queue", command.task_queue))
    if command.retry is not None:
        found.extend(_retry_errors("retry", command.retry))
    return found


def _timer_errors(command: c.StartTimer) -> Sequence[FieldError | None]:
    return [limits.timeout_error("duration_us", command.duration)] if command.duration else ()


def _failure_errors(command: c.FailWorkflow) -> Sequence[FieldError | None]:
    size = limits.size_error("failure", failure_size(command.failure), limits.PAYLOAD_MAX)
    return [size, *_details_errors("failure", command.failure)]


_CHECKS: dict[type[c.Command], Callable[[Any], Sequence[FieldError | None]]] = {
    c.ScheduleActivity: _schedule_errors,
    c.StartTimer: _timer_errors,
    c.CancelActivity: lambda _: (),
    c.CancelTimer: lambda _: (),
    c.CompleteWorkflow: lambda command: (limits.payload_error("result", command.result),),
    c.FailWorkflow: _failure_errors,
    c.CancelWorkflow: lambda command: (limits.payload_error("details", command.details),),
}
"""What is wrong with a command; fields by their names in its message."""


def _retry_errors(field: str, policy: RetryPolicy) -> Iterator[FieldError | None]:
    for name in ("initial_interval", "maximum_interval"):
        span: timedelta = getattr(policy, name)
        yield limits.timeout_error(f"{field}.{name}_us", span)
    coefficient = policy.backoff_coefficient
    if not (math.isfinite(coefficient) and coefficient >= 1):
        yield FieldError(f"{field}.backoff_coefficient", f"{coefficient:g}", "must be a number of at least 1")
    if policy.maximum_attempts < 0:
        yield FieldError(f"{field}.maximum_attempts", str(policy.maximum_attempts), "must not be negative")
    size = sum(map(len, policy.non_retryable_error_types))
    yield limits.size_error(f"{field}.non_retryable_error_types", size, TYPES_BYTES_MAX)
