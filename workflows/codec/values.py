"""Payloads, failures, retry policies, waits, spans of time and instants.

`put_x(message, value)` fills a submessage of the given message; `x_of(message)` reads one; `x_bytes` and `x_from` do
the same for columns. Filling in place costs half of building messages and copying them.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from sched_sdk.proto.v1 import common_pb2, history_pb2

from workflows.core.values import (
    NO_WAIT,
    Failure,
    FailureKind,
    Payload,
    RetryPolicy,
    TimeoutKind,
    Wait,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY_US = 86_400_000_000
_KINDS = {int(kind): kind for kind in FailureKind}
_TIMEOUTS = {int(kind): kind for kind in TimeoutKind}
_DEFAULT = RetryPolicy()
WAITS_MAX = 512
"""Remembered in each direction: most runs wait for the same few things, as for their first activity."""

INSTANTS_MAX = 64
"""All events of a commit have the same, as a rule."""
POLICIES_MAX = 512
"""As many of the retry policies: a type of activity has one."""


@lru_cache(INSTANTS_MAX)
def time_us(instant: datetime) -> int:
    """Microseconds since the epoch, exactly."""
    return span_us(instant - EPOCH)


def instant(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def span_us(span: timedelta) -> int:
    return span.days * _DAY_US + span.seconds * 1_000_000 + span.microseconds


def span(microseconds: int) -> timedelta:
    return timedelta(microseconds=microseconds)


def span_or_none(microseconds: int) -> timedelta | None:
    return timedelta(microseconds=microseconds) if microseconds else None


def put_payload(message: common_pb2.Payload, payload: Payload) -> None:
    message.SetInParent()  # an empty payload is not an absent one
    message.data = payload.data
    if payload.encoding:
        message.encoding = payload.encoding
    for key, value in payload.metadata:
        message.metadata[key] = value


def payload_of(message: common_pb2.Payload) -> Payload:
    return Payload(message.data, message.encoding, pairs_of(message.metadata))


def pairs_of[Value: (str, bytes)](entries: Mapping[str, Value]) -> tuple[tuple[str, Value], ...]:
    """The entries of a map, by name."""
    return tuple(sorted(entries.items())) if entries else ()


def payload_message(payload: Payload) -> common_pb2.Payload:
    message = common_pb2.Payload()
    put_payload(message, payload)
    return message


def payload_bytes(payload: Payload) -> bytes:
    return payload_message(payload).SerializeToString(deterministic=True)


def payload_from(data: bytes) -> Payload:
    return payload_of(common_pb2.Payload.FromString(data))


def put_failure(message: common_pb2.Failure, failure: Failure) -> None:
    message.kind = int(failure.kind)  # type: ignore[assignment]
    message.type = failure.type
    message.message = failure.message
    message.stack_trace = failure.stack_trace
    message.non_retryable = failure.non_retryable
    if failure.timeout is not None:
        message.timeout = int(failure.timeout)  # type: ignore[assignment]
    if failure.details is not None:
        put_payload(message.details, failure.details)
    if failure.cause is not None:
        put_failure(message.cause, failure.cause)


def failure_of(message: common_pb2.Failure) -> Failure:
    """A kind that is not known here is taken as one of user code."""
    return Failure(
        kind=_KINDS.get(message.kind, FailureKind.APPLICATION),
        type=message.type,
        message=message.message,
        stack_trace=message.stack_trace,
        timeout=_TIMEOUTS.get(message.timeout),
        non_retryable=message.non_retryable,
        details=payload_of(message.details) if message.HasField("details") else None,
        cause=failure_of(message.cause) if message.HasField("cause") else None,
    )


def failure_message(failure: Failure) -> common_pb2.Failure:
    message = common_pb2.Failure()
    put_failure(message, failure)
    return message


def failure_bytes(failure: Failure) -> bytes:
    return failure_message(failure).SerializeToString(deterministic=True)


def failure_from(data: bytes) -> Failure:
    return failure_of(common_pb2.Failure.FromString(data))


def put_retry(message: common_pb2.RetryPolicy, policy: RetryPolicy) -> None:
    message.CopyFrom(_retry_message(policy))


@lru_cache(maxsize=POLICIES_MAX)
def _retry_message(policy: RetryPolicy) -> common_pb2.RetryPolicy:
    return common_pb2.RetryPolicy(
        initial_interval_us=span_us(policy.initial_interval),
        backoff_coefficient=policy.backoff_coefficient,
        maximum_interval_us=span_us(policy.maximum_interval),
        maximum_attempts=policy.maximum_attempts,
        non_retryable_error_types=policy.non_retryable_error_types,
    )


def retry_of(message: common_pb2.RetryPolicy) -> RetryPolicy:
    """Zero means the field's default, but for the attempts: there it means unlimited."""
    return RetryPolicy(
        initial_interval=span_or_none(message.initial_interval_us) or _DEFAULT.initial_interval,
        backoff_coefficient=message.backoff_coefficient or _DEFAULT.backoff_coefficient,
        maximum_interval=span_or_none(message.maximum_interval_us) or _DEFAULT.maximum_interval,
        maximum_attempts=message.maximum_attempts,
        non_retryable_error_types=tuple(message.non_retryable_error_types),
    )


@lru_cache(maxsize=POLICIES_MAX)
def retry_bytes(policy: RetryPolicy) -> bytes:
    return _retry_message(policy).SerializeToString()


@lru_cache(maxsize=POLICIES_MAX)
def retry_from(data: bytes) -> RetryPolicy:
    return retry_of(common_pb2.RetryPolicy.FromString(data))


def put_wait(message: history_pb2.Wait, wait: Wait) -> None:
    message.CopyFrom(_wait_message(wait))


@lru_cache(WAITS_MAX)
def _wait_message(wait: Wait) -> history_pb2.Wait:
    return history_pb2.Wait(
        all=wait.all,
        commands=sorted(wait.commands),
        signals=sorted(wait.signals),
        any_signal=wait.any_signal,
        anything=wait.anything,
    )


def wait_of(message: history_pb2.Wait) -> Wait:
    return Wait(
        all=message.all,
        commands=frozenset(message.commands),
        signals=frozenset(message.signals),
        any_signal=message.any_signal,
        anything=message.anything,
    )


@lru_cache(WAITS_MAX)
def wait_bytes(wait: Wait) -> bytes:
    return b"" if wait is NO_WAIT else _wait_message(wait).SerializeToString()


@lru_cache(WAITS_MAX)
def wait_from(data: bytes) -> Wait:
    return wait_of(history_pb2.Wait.FromString(data)) if data else NO_WAIT
