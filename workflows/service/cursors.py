"""Cursors: where the next page of a list begins, as text that callers hand back as they got it.

A cursor holds a digest of the filters of its list: with others it would begin somewhere in the middle, and whoever
pages on with it would miss executions without a sign of it.
"""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from workflows.service import ids
from workflows.service.errors import invalid
from workflows.store.reader import Filters, Position

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
RULE = "must be the cursor of a page before"
FILTERS_RULE = f"{RULE}, asked for with the same filters"


def make(position: Position, filters: Filters) -> str:
    text = f"{(position.started_at - _EPOCH) // _MICROSECOND}:{position.run_id}:{_digest(filters)}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str, filters: Filters) -> Position:
    """The place a cursor names in the list with these filters.

    Raises:
        Invalid: it was made up, or cut, or is of a list with other filters.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        micros, run_id, digest = text.split(":")
        position = Position(_EPOCH + int(micros) * _MICROSECOND, run_id)
    except (ValueError, OverflowError, binascii.Error):
        raise invalid("cursor", cursor, RULE) from None
    if not ids.is_run_id(run_id):
        raise invalid("cursor", cursor, RULE)
    if digest != _digest(filters):
        raise invalid("cursor", cursor, FILTERS_RULE)
    return position


def _digest(filters: Filters) -> str:
    return blake2b(repr(filters).encode(), digest_size=6, person=b"sched-cursor").hexdigest()
