"""What calls are given, checked before anything is sent: options that exist, and values of the right type.

Guarantees: a keyword that no call knows is refused, since a misspelt timeout that is dropped silently is a workflow
without one; a bad value is an ArgumentError with field, value and rule, never an error of whatever met it first.
"""

import datetime as dt
from collections.abc import Mapping
from typing import TypeVar

from sched_sdk.errors import ArgumentError

T = TypeVar("T")

EVENTS_MAX = 2**31 - 1
"""Numbers of events are int32 in the contract."""


def check_options(options: Mapping[str, object], known: type) -> None:
    """Refuse keywords that are not in `known`, a TypedDict.

    Raises:
        TypeError: As Python does for a parameter that does not exist; names those that do.
    """
    if not options:
        return
    unknown = sorted(set(options) - set(known.__annotations__))
    if unknown:
        raise TypeError(f"unknown option {unknown[0]!r}: known are {', '.join(known.__annotations__)}")


def check_text(value: object, *, field: str) -> str:
    """`value`, if it is a string; else ArgumentError."""
    if not isinstance(value, str):
        raise ArgumentError(field, value, "must be a str")
    return value


def check_whole(value: object, *, field: str, least: int, most: int) -> int:
    """`value`, if it is an int between the two, both included; else ArgumentError."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ArgumentError(field, value, "must be an int")
    if not least <= value <= most:
        raise ArgumentError(field, value, f"must be {least} to {most}")
    return value


def check_is(value: object, kind: type[T], *, field: str) -> T:
    """`value`, if it is an instance of `kind`; else ArgumentError."""
    if not isinstance(value, kind):
        raise ArgumentError(field, value, f"must be a {kind.__name__}")
    return value


def check_instant(value: object, *, field: str) -> dt.datetime:
    """`value`, if it is a datetime with a time zone; else ArgumentError."""
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise ArgumentError(field, value, "must be a datetime that is aware of its time zone")
    return value
