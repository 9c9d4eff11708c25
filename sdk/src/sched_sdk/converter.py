"""Values to payloads and back: JSON text in UTF-8.

Guarantees: integers keep their value whatever their size; what is encoded decodes to an equal value (tuples become
lists); NaN, Infinity and duplicate keys are refused both ways; `\\u0000` is allowed; an absent payload is None.
Does not: guess. A datetime, a UUID, a dataclass has no one JSON form; the error names the type, and the code decides.
The standard library's json, not orjson: orjson loses integers of more than 64 bits.
"""

import json
import math
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from sched_sdk.errors import PayloadError, PayloadTooLarge, shown
from sched_sdk.proto.v1 import common_pb2

JSON_ENCODING = "json/plain"
PAYLOAD_BYTES_MAX = 2 * 1024 * 1024
"""The engine's own limit: told here, before the value has crossed the network."""


def encode(value: object, *, field: str = "value") -> common_pb2.Payload:
    """The payload of any JSON value; None becomes `null`.

    Raises:
        PayloadError: The value, or something in it, has no JSON form; the message names its type and place.
        PayloadTooLarge: More than PAYLOAD_BYTES_MAX.
    """
    data = _dumps(value, field)
    if len(data) > PAYLOAD_BYTES_MAX:
        raise PayloadTooLarge(field, len(data), PAYLOAD_BYTES_MAX)
    return common_pb2.Payload(data=data)


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
    try:
        return _READER.decode(payload.data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"{field}: not JSON: {error}") from error


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


def _check(value: object, path: str) -> None:
    """Refuses what json would turn into something else, or refuse without saying where."""
    if value is None or isinstance(value, (str, int)):
        return
    if isinstance(value, float):
        if not math.isfinite(value):
            raise PayloadError(f"{path}: {value!r} is no JSON value: use null or a string")
    elif isinstance(value, dict):
        _check_object(value, path)
    elif isinstance(value, (list, tuple)):
        for place, item in enumerate(value):
            _check(item, f"{path}[{place}]")
    else:
        kind = type(value)
        raise PayloadError(
            f"{path}: a {kind.__module__}.{kind.__qualname__} is no JSON value: "
            "pass str, int, float, bool, None, list or dict"
        )


def _check_object(value: Mapping[Any, object], path: str) -> None:
    for key, item in value.items():
        if not isinstance(key, str):
            # json would write 1 and "1" as the same key.
            raise PayloadError(
                f"{path}: key {shown(key)} is a {type(key).__name__}: keys of a JSON object are str"
            )
        _check(item, f"{path}.{key[:40]}")


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, item in pairs:
        if key in found:
            raise ValueError(f"duplicate key {shown(key)}")
        found[key] = item
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text[:40]} is beyond the range of a float")
    return number


_TEXT = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_ASCII = json.JSONEncoder(allow_nan=False, separators=(",", ":"))
_READER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)
