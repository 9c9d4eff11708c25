"""Cursors of the audit, as `cursors` are those of executions."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from workflows.access.audit_log import AuditFilters, AuditPosition
from workflows.service.cursors import FILTERS_RULE, RULE
from workflows.service.errors import invalid

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER_MAX = 2**63 - 1


def make(position: AuditPosition, filters: AuditFilters) -> str:
    text = f"{(position.at - _EPOCH) // _MICROSECOND}:{position.number}:{_digest(filters)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, filters: AuditFilters) -> AuditPosition:
    """The place a cursor names in the audit with these filters.

    Raises:
        Invalid: it was made up, or cut, or is of other filters.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        micros, number, digest = text.split(":")
        position = AuditPosition(_EPOCH + int(micros) * _MICROSECOND, int(number))
    except (ValueError, OverflowError, binascii.Error):
        raise invalid("cursor", cursor, RULE) from None
    if not 0 < position.number <= _NUMBER_MAX:
        raise invalid("cursor", cursor, RULE)
    if digest != _digest(filters):
        raise invalid("cursor", cursor, FILTERS_RULE)
    return position


def _digest(filters: AuditFilters) -> str:
    return blake2b(repr(filters).encode(), digest_size=6, person=b"sched-audit").hexdigest()
