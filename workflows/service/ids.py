"""Ids: the only place where any is generated."""

import os
import re
import uuid

from timers.clock import Clock, SystemClock

_DERIVED = uuid.UUID("6f1c1d5e-5a5f-4b0e-8f0c-7363686564ff")
_CANONICAL = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CLOCK = SystemClock()


def new_run_id(clock: Clock = _CLOCK) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random, so that ids sort by their time."""
    millis = int(clock.now().timestamp() * 1000)
    value = (millis << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_run_id(value: object) -> bool:
    """Whether this is a UUID in its canonical form."""
    return isinstance(value, str) and _CANONICAL.fullmatch(value) is not None


def derived_id(request_id: str) -> str:
    """The workflow id of a start that names a request id only: its repeat must meet the same one."""
    return str(uuid.uuid5(_DERIVED, request_id)) if request_id else ""
