"""The limits of what comes in (spec: defaults and limits), checked at every door in the same words."""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta

from workflows.core.values import Failure, FailureKind, Payload
from workflows.service import json_text
from workflows.service.errors import FieldError, Invalid, invalid, shown

IDENTIFIER_MAX = 200
IDENTITY_MAX = 200
REASON_MAX = 2_000
PAYLOAD_MAX = 2 * 1024 * 1024
"""Bytes, what is told of the payload's encoding included."""
HEADERS_MAX = 16 * 1024
"""Bytes of a start's or an activity's headers, names and values: they carry contexts, and travel with every task."""
TIMEOUT_MAX = timedelta(days=36_500)

IDENTIFIER_PATTERN = "[A-Za-z0-9._:@+-]{1,200}"
IDENTIFIER_RULE = "must be 1 to 200 characters of A-Z a-z 0-9 . _ : @ + -"
REQUIRED_RULE = f"is required and {IDENTIFIER_RULE}"
OBJECT_RULE = "must be a JSON object"
RESERVED_IDS = (".", "..", "counts")
"""No URL can name them: browsers and servers take the first two for directories, `/api/workflows/counts` is a path."""
RESERVED_RULE = "must be none of . .. counts, which URLs read otherwise"
_IDENTIFIER = re.compile(IDENTIFIER_PATTERN)


def identifier_error(field: str, value: object) -> FieldError | None:
    """For request ids, task queues, namespaces, and filters by name."""
    if not isinstance(value, str):
        return FieldError(field, shown(value), "must be a string")
    return None if _IDENTIFIER.fullmatch(value) else FieldError(field, shown(value), IDENTIFIER_RULE)


def workflow_id_error(field: str, value: object) -> FieldError | None:
    """As `identifier_error`, but it can be a part of a URL too."""
    if value in RESERVED_IDS:
        return FieldError(field, shown(value), RESERVED_RULE)
    return identifier_error(field, value)


def name_error(field: str, value: object) -> FieldError | None:
    """For workflow types, activity types and signal names: identifiers, as workers register them."""
    return FieldError(field, "", REQUIRED_RULE) if value == "" else identifier_error(field, value)


def payload_error(field: str, payload: Payload | None) -> FieldError | None:
    """Of its size, and of its text where it says that it is JSON. Nothing of the value is shown."""
    if payload is None:
        return None
    size = payload_size(payload)
    if size > PAYLOAD_MAX:
        return size_error(field, size, PAYLOAD_MAX)
    fault = json_text.fault_of(payload.data) if payload.encoding in json_text.ENCODINGS else ""
    return FieldError(field, "", f"must be JSON text: {fault}") if fault else None


def object_error(field: str, payload: Payload | None) -> FieldError | None:
    """As `payload_error`, for memo and search attributes: what is JSON must be an object."""
    return payload_error(field, payload) or shape_error(field, payload)


def shape_error(field: str, payload: Payload | None) -> FieldError | None:
    """Of a payload without an error, that should be an object."""
    if payload is None or payload.encoding not in json_text.ENCODINGS:
        return None
    first = payload.data.lstrip(b" \t\n\r")[:1]
    return None if first in (b"{", b"") else FieldError(field, "", OBJECT_RULE)


def payload_size(payload: Payload) -> int:
    size = len(payload.data) + len(payload.encoding)
    for name, value in payload.metadata:
        size += len(name) + len(value)
    return size


def headers_error(field: str, headers: Sequence[tuple[str, str]]) -> FieldError | None:
    """Their names and values are not shown: they may be credentials."""
    size = 0
    for name, value in headers:
        size += len(name) + len(value)
    return size_error(field, size, HEADERS_MAX)


def size_error(field: str, size: int, most: int) -> FieldError | None:
    return None if size <= most else FieldError(field, f"{size} bytes", f"must be at most {most} bytes")


def timeout_error(field: str, timeout: timedelta | None) -> FieldError | None:
    if timeout is None or timedelta(0) < timeout <= TIMEOUT_MAX:
        return None
    return FieldError(
        field, f"{timeout.total_seconds():g} s", f"must be more than 0 and at most {TIMEOUT_MAX.days} days"
    )


def span(field: str, value: timedelta | float | None) -> timedelta | None:
    """A time limit as Django code gives it; a number is one of seconds.

    Raises:
        Invalid: it is neither, or out of bounds.
    """
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, timedelta | int | float):
        raise invalid(field, value, "must be a timedelta or a number of seconds")
    try:
        found = value if isinstance(value, timedelta) else timedelta(seconds=value)
    except (OverflowError, ValueError):  # also of the infinities and of no number
        raise invalid(field, value, f"must be more than 0 and at most {TIMEOUT_MAX.days} days") from None
    require(timeout_error(field, found))
    return found


def text_error(field: str, value: object, longest: int) -> FieldError | None:
    """For reasons and identities."""
    if not isinstance(value, str):
        return FieldError(field, shown(value), "must be a string")
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
