"""What is typed, read: durations, instants, JSON.

What cannot be read is refused with the option, the value and the rule.
"""

import datetime as dt
import json
import re
import sys
from pathlib import Path
from typing import Any

from sched_sdk import clock, converter
from sched_sdk.errors import ArgumentError, PayloadError
from sched_sdk.proto.v1 import common_pb2
from sched_sdk.settings import parse_api_key

STDIN = "-"
KEY_BYTES_MAX = 64 * 1024
"""Of a file with an API key: more is another file."""
_UNITS = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d|)")
_DURATION_RULE = "must be seconds, or a number with ms, s, m, h or d, as 90, 1.5h or 2d"
_INSTANT_RULE = "must be an instant with its offset, as 2026-03-01T12:00:00Z, or how long ago, as 90m"


def duration(text: str | None, *, option: str, positive: bool = False) -> dt.timedelta | None:
    """A duration; None stays None.

    Raises:
        ArgumentError: It is none, or zero where `positive`.
    """
    if text is None:
        return None
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ArgumentError(option, text, _DURATION_RULE)
    try:
        found = dt.timedelta(seconds=float(match[1]) * _UNITS[match[2]])
    except OverflowError:
        raise ArgumentError(option, text, _DURATION_RULE) from None
    if positive and not found:
        raise ArgumentError(option, text, "must be greater than zero")
    return found


def instant(text: str | None, *, option: str) -> dt.datetime | None:
    """An instant, or one so long ago; None stays None.

    Raises:
        ArgumentError: It is none, or has no offset.
    """
    if text is None:
        return None
    try:
        if _DURATION.fullmatch(text):
            return clock.utc_now() - (duration(text, option=option) or dt.timedelta())
        found = dt.datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise ArgumentError(option, text, _INSTANT_RULE) from None
    if found.tzinfo is None:
        raise ArgumentError(option, text, _INSTANT_RULE)
    return found


def payload(text: str | None, *, option: str) -> common_pb2.Payload | None:
    """JSON text, byte for byte; None stays None.

    Raises:
        PayloadError: It is not JSON.
    """
    return None if text is None else _checked(text.encode("utf-8", "surrogateescape"), option)


def payload_of_file(path: str, *, option: str) -> common_pb2.Payload:
    """The JSON text of a file, or of standard input.

    Raises:
        ArgumentError: It cannot be read.
        PayloadError: It is not JSON.
    """
    return _checked(_read(path, option, converter.PAYLOAD_BYTES_MAX), option)


def object_(text: str | None, *, option: str) -> dict[str, Any] | None:
    """A JSON object; None stays None.

    Raises:
        PayloadError: It is none; what it is instead is not shown.
    """
    found = payload(text, option=option)
    if found is None:
        return None
    value = converter.decode(found, field=option)
    if not isinstance(value, dict):
        raise PayloadError(f"{option}: must be a JSON object")
    return value


def api_key(path: str | None, *, option: str) -> str | None:
    """The key in a file; a line break at its end is none of it. None stays None.

    Raises:
        ArgumentError, SettingError: It cannot be read, or is none. It is never shown.
    """
    if path is None:
        return None
    text = _read(path, option, KEY_BYTES_MAX)
    return parse_api_key(option, text.decode("utf-8", "replace").strip())


def _checked(text: bytes, option: str) -> common_pb2.Payload:
    try:
        return converter.encode_text(text, field=option)
    except PayloadError as error:
        # The mistake that everybody makes once: the shell has eaten the quotes, or there were none.
        if _is_a_word(text):
            hint = json.dumps(text.decode(), ensure_ascii=False)
            raise PayloadError(f"{error} (a string is written with quotes: '{hint}')") from None
        raise


def _is_a_word(text: bytes) -> bool:
    return re.fullmatch(rb"[A-Za-z][A-Za-z0-9 ._:@+-]{0,60}", text) is not None and text not in _CONSTANTS


_CONSTANTS = (b"NaN", b"Infinity")


def _read(path: str, option: str, most: int) -> bytes:
    """One byte beyond `most` at most: enough to see that it is too long."""
    try:
        if path == STDIN:
            return sys.stdin.buffer.read(most + 1)
        with Path(path).open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise ArgumentError(option, path, f"must be a file that can be read ({error.strerror})") from None
