"""Values to payloads and back: JSON text in UTF-8.

Guarantees: integers keep their value whatever their size; what is encoded decodes to an equal value (tuples become
lists); NaN, Infinity and duplicate keys are refused both ways; `\\u0000` is allowed; an absent payload is None.
Does not: guess. A datetime, a UUID, a dataclass has no one JSON form; the error names the type, and the code decides.
The standard library's json, not orjson: orjson loses integers of more than 64 bits.
"""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn

from sched_sdk.errors import PayloadError, PayloadTooLarge, shown
from sched_sdk.proto.v1 import common_pb2

JSON_ENCODING = "json/plain"
PAYLOAD_BYTES_MAX = 2 * 1024 * 1024
"""The engine's own limits: told here, before the value has crossed the network."""
DIGITS_MAX = 4_300
"""Of an integer: more, Python by its defaults neither reads nor writes."""
NESTING_MAX = 500
"""Objects and arrays within one another."""
_BEYOND = 10**DIGITS_MAX
_LARGE = 2**63


def encode(value: object, *, field: str = "value") -> common_pb2.Payload:
    """The payload of any JSON value; None becomes `null`. One that is a payload already stays as it is.

    Raises:
        PayloadError: The value, or something in it, has no JSON form; the message names its type and place.
        PayloadTooLarge: More than PAYLOAD_BYTES_MAX.
    """
    payload = (
        value if isinstance(value, common_pb2.Payload) else common_pb2.Payload(data=_dumps(value, field))
    )
    if len(payload.data) > PAYLOAD_BYTES_MAX:
        raise PayloadTooLarge(field, len(payload.data), PAYLOAD_BYTES_MAX)
    return payload


def encode_text(text: bytes, *, field: str = "value") -> common_pb2.Payload:
    """The payload of JSON text, byte for byte.

    Raises:
        PayloadError: It is not JSON, or one that is refused (see above).
        PayloadTooLarge: More than PAYLOAD_BYTES_MAX.
    """
    payload = encode(common_pb2.Payload(data=text), field=field)
    if not text:
        raise PayloadError(f"{field}: not JSON: it is empty")
    decode(payload, field=field)
    return payload


def encode_optional(value: object, *, field: str = "value") -> common_pb2.Payload | None:
    """As `encode`, but None is an absent payload."""
    return None if value is None else encode(value, field=field)


def decode(payload: common_pb2.Payload | None, *, field: str = "value") -> Any:
    """The value of a payload; of an absent one (None, or without data): None.

    Raises:
        PayloadError: Another encoding than JSON, or text that is not JSON by the rules above.
    """
    if payload is None or not payload.data:
        return None
    if payload.encoding not in ("", JSON_ENCODING):
        raise PayloadError(f"{field}: encoding {shown(payload.encoding)}: only {JSON_ENCODING!r} can be read")
    reader = _READER if len(payload.data) <= DIGITS_MAX else _LONG_READER
    try:
        return reader.decode(payload.data.decode("utf-8"))
    except json.JSONDecodeError as error:
        raise PayloadError(
            f"{field}: not JSON: {error.msg}, at line {error.lineno}, column {error.colno}"
        ) from None
    except UnicodeDecodeError as error:
        raise PayloadError(f"{field}: not JSON: byte {error.start} is not UTF-8") from None
    except RecursionError:
        raise PayloadError(f"{field}: not JSON: nested too deeply") from None
    except ValueError as error:
        raise PayloadError(f"{field}: not JSON: {error}") from None


def _dumps(value: object, field: str) -> bytes:
    try:
        _check(value, field)
        text = _TEXT.encode(value)
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            # A lone surrogate: not text, but JSON can carry it as an escape, and it came as one.
            return _ASCII.encode(value).encode("ascii")
    except PayloadError:
        raise
    except (TypeError, ValueError, RecursionError) as error:
        raise PayloadError(f"{field}: no JSON value: {error}") from error


def _check(value: object, path: str, depth: int = 0) -> None:
    """Refuses what json would turn into something else, or refuse without saying where."""
    if _is_plain(value):
        return
    if isinstance(value, (int, float)):
        _check_number(value, path)
    elif isinstance(value, (dict, list, tuple)) and depth == NESTING_MAX:
        raise PayloadError(f"{path[:40]}…: at most {NESTING_MAX} objects and arrays lie within one another")
    elif isinstance(value, dict):  # one frame of the stack for each level
        for key, item in value.items():
            _check_key(key, path)
            if not _is_plain(item):
                _check(item, f"{path}.{key[:40]}", depth + 1)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            if not _is_plain(item):
                _check(item, f"{path}[{place}]", depth + 1)
    else:
        kind = type(value)
        raise PayloadError(
            f"{path}: a {kind.__module__}.{kind.__qualname__} is no JSON value: "
            "pass str, int, float, bool, None, list or dict"
        )


def _is_plain(value: object) -> bool:
    """What needs no further look: most values, and their paths need not be made."""
    return (
        value is None or isinstance(value, (str, bool)) or (type(value) is int and -_LARGE < value < _LARGE)
    )


def _check_number(value: float, path: str) -> None:
    if isinstance(value, int):
        if not -_BEYOND < value < _BEYOND:
            raise PayloadError(f"{path}: an integer has at most {DIGITS_MAX} digits: use a string")
    elif not math.isfinite(value):
        raise PayloadError(f"{path}: {value!r} is no JSON value: use null or a string")


def _check_key(key: object, path: str) -> None:
    if not isinstance(key, str):
        # json would write 1 and "1" as the same key.
        raise PayloadError(
            f"{path}: key {shown(key)} is a {type(key).__name__}: keys of a JSON object are str"
        )


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in pairs:
        if key in found:
            raise ValueError("a key occurs twice in one of its objects")
        found[key] = item
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is beyond the range of a float")
    return number


def _whole(text: str) -> int:
    if len(text.lstrip("-")) > DIGITS_MAX:
        raise ValueError(f"an integer has more than {DIGITS_MAX} digits")
    return int(text)


# What is encoded has been checked, and a circle is nested too deeply.
_TEXT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), check_circular=False)
_ASCII = json.JSONEncoder(allow_nan=False, separators=(",", ":"), check_circular=False)
_LONG_READER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole
)
# A short text has no room for an integer that is too long.
_READER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
