"""Python values as payloads: JSON text, by the rules of the contract.

Integers keep their value, whatever their size; NaN, the infinities, keys that are no strings and lone surrogates are
refused; `\\u0000` is allowed. The SDK encodes by the same rules.
"""

import json
import math

from workflows.core.values import Payload
from workflows.service.errors import FieldError, Invalid
from workflows.service.json_text import DIGITS_MAX
from workflows.service.limits import payload_error

_BEYOND = 10**DIGITS_MAX

JsonValue = (
    str | int | float | bool | None | list["JsonValue"] | tuple["JsonValue", ...] | dict[str, "JsonValue"]
)


def payload_of(field: str, value: JsonValue | Payload) -> Payload:
    """The payload of a JSON value. A `Payload` is taken as it is, byte for byte.

    Raises:
        Invalid: no JSON value, or too large. The value is not shown.
    """
    payload = value if isinstance(value, Payload) else Payload(_text(field, value))
    error = payload_error(field, payload)
    if error is not None:
        raise Invalid([error])
    return payload


def optional_payload(field: str, value: JsonValue | Payload) -> Payload | None:
    """As `payload_of`, but None is an absent payload."""
    return None if value is None else payload_of(field, value)


def _text(field: str, value: JsonValue) -> bytes:
    try:
        _check(value)
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid([FieldError(field, "", f"must be a JSON value: {_reason(error)}")]) from error


def _check(value: object) -> None:
    """The standard library would turn other keys into text, and 1 and "1" into the same; and what it refuses, it
    shows."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise TypeError(f"a key is of type {type(key).__name__}, not str")
            _check(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check(item)
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("NaN and the infinities are no JSON numbers")
    elif isinstance(value, int) and not -_BEYOND < value < _BEYOND:
        raise ValueError(f"an integer has more than {DIGITS_MAX} digits")


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "a string holds half of a surrogate pair"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)
