"""Cursors: where the next page of a list begins, as text that callers hand back as they got it."""

import base64
import binascii
from datetime import UTC, datetime, timedelta

from workflows.service import ids
from workflows.service.errors import invalid
from workflows.store.reader import Position

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
RULE = "must be the cursor of a page before"


def make(position: Position) -> str:
    text = f"{(position.started_at - _EPOCH) // _MICROSECOND}:{position.run_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read(cursor: str) -> Position:
    """The place a cursor names.

    Raises:
        Invalid: it was made up, or cut.
    """
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        micros, _, run_id = text.partition(":")
        position = Position(_EPOCH + int(micros) * _MICROSECOND, run_id)
    except (ValueError, OverflowError, binascii.Error):
        raise invalid("cursor", cursor, RULE) from None
    if not ids.is_run_id(run_id):
        raise invalid("cursor", cursor, RULE)
    return position
