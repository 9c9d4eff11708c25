"""The audit of what was done through REST. An entry is written in the transaction of its act."""

from collections.abc import Mapping
from typing import Final

from django.db import transaction
from rest_framework.request import Request

from timers.clock import SystemClock
from workflows.access import audit
from workflows.access.audit import Act
from workflows.api import access
from workflows.service import limits
from workflows.service.errors import FieldError

REASON_HEADER: Final = "X-Reason"
REASON_RULE: Final = f"must be at most {limits.REASON_MAX} printable characters of ASCII"
"""Of the header; what a body holds may be any text."""


def record(request: Request, act: Act) -> None:
    """Who asks has done this."""
    assert transaction.get_connection().in_atomic_block, "an entry is written together with its act"
    audit.record(access.principal_of(request), access.DOOR, act, SystemClock().now())


def reason_of(headers: Mapping[str, str]) -> str:
    """Why, of the `X-Reason` header; empty without one.

    Raises:
        Invalid: it is too long, or no plain text.
    """
    reason = headers.get(REASON_HEADER, "")
    if len(reason) > limits.REASON_MAX or not (reason.isascii() and reason.isprintable()):
        limits.require(FieldError(REASON_HEADER, "", REASON_RULE))
    return reason
