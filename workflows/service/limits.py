"""The limits of what comes in (spec: defaults and limits), checked at every door in the same words."""

import re
from collections.abc import Mapping
from datetime import timedelta

from workflows.core.values import Failure, FailureKind, Payload
from workflows.service.errors import FieldError, Invalid, shown

IDENTIFIER_MAX = 200
IDENTITY_MAX = 200
REASON_MAX = 2_000
PAYLOAD_MAX = 2 * 1024 * 1024
"""Bytes."""
TIMEOUT_MAX = timedelta(days=36_500)

IDENTIFIER_RULE = "must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -"
NAME_RULE = "must be 1 to 200 characters, none of them a control character"
_IDENTIFIER = re.compile(r"[A-Za-z0-9._:@+\-]{1,200}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def identifier_error(field: str, value: str) -> FieldError | None:
    """For workflow ids, request ids, task queues."""
    return None if _IDENTIFIER.fullmatch(value) else FieldError(field, shown(value), IDENTIFIER_RULE)


def name_error(field: str, value: str) -> FieldError | None:
    """For workflow types and signal names: any script, but not blank and nothing invisible."""
    good = value.strip() and len(value) <= IDENTIFIER_MAX and not _CONTROL.search(value)
    return None if good else FieldError(field, shown(value), NAME_RULE)


def payload_error(field: str, payload: Payload | None) -> FieldError | None:
    """The value is never shown."""
    if payload is None or len(payload.data) <= PAYLOAD_MAX:
        return None
    return FieldError(field, f"{len(payload.data)} bytes", f"must be at most {PAYLOAD_MAX} bytes")


def timeout_error(field: str, timeout: timedelta | None) -> FieldError | None:
    if timeout is None or timedelta(0) < timeout <= TIMEOUT_MAX:
        return None
    return FieldError(
        field, f"{timeout.total_seconds():g} s", f"must be more than 0 and at most {TIMEOUT_MAX.days} days"
    )


def text_error(field: str, value: str, longest: int) -> FieldError | None:
    """For reasons and identities."""
    if len(value) <= longest and "\x00" not in value:
        return None
    return FieldError(field, shown(value), f"must be at most {longest} characters without NUL")


def require(*errors: FieldError | None) -> None:
    """Raise what is there.

    Raises:
        Invalid: at least one.
    """
    found = [error for error in errors if error is not None]
    if found:
        raise Invalid(found)


def check_identifiers(values: Mapping[str, str]) -> None:
    """Raises `Invalid` for those that are no identifiers."""
    require(*(identifier_error(field, value) for field, value in values.items()))


def result_failure(size: int) -> Failure | None:
    """An activity's result that is too large is a failed attempt that is not retried."""
    if size <= PAYLOAD_MAX:
        return None
    message = f"the result has {size} bytes; the limit is {PAYLOAD_MAX}"
    return Failure(kind=FailureKind.LIMIT, type="RESULT_TOO_LARGE", message=message, non_retryable=True)
