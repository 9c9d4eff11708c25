"""The limits of what workers send: of the commands of a turn, and of retry policies. The kernel checks what a turn
means; here is what it may look like, so that nothing reaches the database that cannot be stored there."""

import math
from collections.abc import Iterator
from datetime import timedelta

from workflows.core import commands as c
from workflows.core.inputs import TurnCompleted
from workflows.core.values import Failure, Payload, RetryPolicy
from workflows.service import limits
from workflows.service.errors import FieldError, invalid

COMMANDS_MAX = 10_000
"""Commands of a turn: one transaction, for which everything else waits. A history has room for five such turns."""
TYPES_BYTES_MAX = 16 * 1024
"""Of the names of a policy's non-retryable errors, which are stored with every activity."""
_LIMITS = ("start_to_close", "schedule_to_start", "schedule_to_close", "heartbeat_timeout")


def check_turn(turn: TurnCompleted) -> None:
    """Raises `Invalid` with all that is wrong, as far as the first commands that are."""
    count = len(turn.commands)
    if count > COMMANDS_MAX:
        raise invalid("turn.commands", f"{count} commands", f"must be at most {COMMANDS_MAX}")
    limits.require(
        *(
            limits.name_error(f"turn.wait.signals[{position}]", name)
            for position, name in enumerate(sorted(turn.wait.signals))
        ),
        limits.text_error("identity", turn.identity, limits.IDENTITY_MAX),
        limits.text_error("build", turn.build, limits.IDENTITY_MAX),
        *(
            error
            for position, command in enumerate(turn.commands)
            for error in _errors(f"turn.commands[{position}]", command)
        ),
    )


def check_retry(field: str, policy: RetryPolicy | None) -> None:
    """Raises `Invalid` with all that is wrong."""
    if policy is not None:
        limits.require(*_retry_errors(field, policy))


def check_outcome(
    identity: str, failure: Failure | None = None, *payloads: tuple[str, Payload | None]
) -> None:
    """Of an activity. Raises `Invalid` with all that is wrong; sizes apart, which are a failure of their own."""
    limits.require(
        limits.text_error("identity", identity, limits.IDENTITY_MAX),
        *(limits.payload_error(field, payload) for field, payload in payloads),
        *(() if failure is None else _details_errors("failure.failure", failure)),
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


def _errors(field: str, command: c.Command) -> Iterator[FieldError | None]:
    match command:
        case c.ScheduleActivity():
            yield limits.name_error(f"{field}.activity_type", command.activity_type)
            if command.task_queue:
                yield limits.identifier_error(f"{field}.task_queue", command.task_queue)
            yield limits.payload_error(f"{field}.input", command.input)
            yield limits.headers_error(f"{field}.headers", command.headers)
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
            yield limits.size_error(f"{field}.failure", failure_size(command.failure), limits.PAYLOAD_MAX)
            yield from _details_errors(f"{field}.failure", command.failure)
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
    size = sum(map(len, policy.non_retryable_error_types))
    yield limits.size_error(f"{field}.non_retryable_error_types", size, TYPES_BYTES_MAX)
