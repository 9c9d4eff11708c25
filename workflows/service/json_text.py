"""What JSON text a payload may hold, so that every worker can read what any door has let in.

Guarantees: text without a fault is JSON in UTF-8 whose objects have no name twice, whose numbers a worker can carry and
whose nesting it can walk. Integers of up to `DIGITS_MAX` digits keep their value.

Does not: change or keep anything; the text is stored byte for byte. A fault says what is wrong and where, and shows
nothing of the text: it is a payload.
"""

import json
import math
from typing import Any, NoReturn

ENCODINGS = ("", "json/plain")
DIGITS_MAX = 4_300
"""Of an integer: beyond it Python, by its defaults, neither reads nor writes one, since that takes quadratic time."""
NESTING_MAX = 500
"""Objects and arrays within one another: half of the recursion that Python allows, the rest is the callers'."""


class Fault(Exception):
    """The text breaks a rule; the message is the fault, told so that "the text" fits before it."""


def fault_of(data: bytes) -> str:
    """What is wrong with the text; empty if nothing is. No text at all is no value, and no fault."""
    if not data:
        return ""
    try:
        value = _read(data.decode())
    except UnicodeDecodeError as error:
        return f"byte {error.start} is not UTF-8"
    except json.JSONDecodeError as error:
        return f"{error.msg}, at line {error.lineno}, column {error.colno}"
    except RecursionError:
        return _TOO_DEEP
    except Fault as fault:
        return str(fault)
    return _TOO_DEEP if len(data) > _SHALLOW_BYTES and _is_too_deep(value) else ""


def constant(name: str) -> NoReturn:
    """The decoder's hook for NaN and the infinities."""
    raise Fault(f"{name} is no JSON number")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The decoder's hook for objects."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Fault("a name occurs twice in one of its objects")
    return found


def _read(text: str) -> Any:
    """As the decoder's own `decode`, which takes twice as long: it looks for white space around the text first."""
    try:
        value, end = _READER.raw_decode(text)
    except json.JSONDecodeError:
        return _READER.decode(text)
    return value if end == len(text) else _READER.decode(text)


_SHALLOW_BYTES = 2 * NESTING_MAX
"""Each level of nesting takes two."""
_TOO_DEEP = f"it is nested too deeply; at most {NESTING_MAX} objects and arrays may lie within one another"


def _integer(digits: str) -> int:
    """Only looked at: the value is nobody's here, and to make one takes time."""
    if len(digits) > DIGITS_MAX and len(digits.lstrip("-")) > DIGITS_MAX:
        raise Fault(f"an integer has {len(digits.lstrip('-'))} digits; at most {DIGITS_MAX} can be carried")
    return 0


def _float(text: str) -> float:
    found = float(text)
    if math.isinf(found):
        raise Fault("a number is beyond the range of a double, which ends at 1.8e308")
    return found


def _is_too_deep(value: object) -> bool:
    """Level by level: a walk that recursed would meet the very limit that it looks for."""
    level: list[Any] = [value]
    depth = 0
    while level := [each for each in level if type(each) in (dict, list)]:
        depth += 1
        if depth > NESTING_MAX:
            return True
        level = [item for each in level for item in (each.values() if type(each) is dict else each)]
    return False


_READER = json.JSONDecoder(
    object_pairs_hook=unique, parse_constant=constant, parse_int=_integer, parse_float=_float
)
