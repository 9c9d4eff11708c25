"""Durations as callers write them (timedelta, or seconds as int or float) and as protos carry them (microseconds)."""

import datetime as dt
import math

from sched_sdk.errors import ArgumentError

Duration = dt.timedelta | int | float

DURATION_MAX = dt.timedelta(days=36_500)
"""A hundred years: far beyond any use, and well inside int64 microseconds and datetime's range."""


def as_microseconds(value: object, *, field: str, positive: bool = False) -> int:
    """`value` in microseconds, rounded up to a whole one, so that no duration becomes shorter than asked.

    Raises:
        ArgumentError: Not a duration, negative, zero where `positive`, NaN, or more than a hundred years.
    """
    us = _microseconds(value, field)
    if us < 0:
        raise ArgumentError(field, value, "must not be negative")
    if positive and us == 0:
        raise ArgumentError(field, value, "must be greater than zero")
    if us > DURATION_MAX // dt.timedelta(microseconds=1):
        raise ArgumentError(field, value, f"at most {DURATION_MAX.days} days")
    return us


def optional_microseconds(value: object, *, field: str) -> int:
    """As `as_microseconds`, greater than zero; None is 0, which the protos read as "not set"."""
    return 0 if value is None else as_microseconds(value, field=field, positive=True)


def _microseconds(value: object, field: str) -> int:
    if isinstance(value, dt.timedelta):
        return value // dt.timedelta(microseconds=1)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ArgumentError(field, value, "must be a timedelta or a number of seconds")
    if isinstance(value, int):
        return value * 1_000_000
    if not math.isfinite(value):
        raise ArgumentError(field, value, "must be a finite number of seconds")
    # 0.1 * 1e6 is 100000.00000000001 for some decimals: round away what is only binary noise, then up.
    return math.ceil(round(value * 1e6, 3))
