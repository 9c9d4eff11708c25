"""When a failed activity is tried again."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sched_sdk.durations import Duration, optional_microseconds
from sched_sdk.errors import ArgumentError
from sched_sdk.proto.v1 import common_pb2

ATTEMPTS_MAX = 2**31 - 1
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """What is not given has the default of the style: for functions 1 s, ×2, at most 60 s apart, 3 attempts.

    Attributes:
        initial_interval: Before the second attempt.
        backoff_coefficient: Each further interval is the last times this; at least 1.
        maximum_interval: No interval is longer.
        maximum_attempts: The first included; 0: unlimited.
        non_retryable_error_types: Names of exception types after which no further attempt is made.

    Raises:
        ArgumentError: A value that no policy can have.
    """

    initial_interval: Duration | None = None
    backoff_coefficient: float | None = None
    maximum_interval: Duration | None = None
    maximum_attempts: int | None = None
    non_retryable_error_types: Sequence[str] = ()

    def __post_init__(self) -> None:
        optional_microseconds(self.initial_interval, field="initial_interval")
        optional_microseconds(self.maximum_interval, field="maximum_interval")
        self._check_coefficient()
        self._check_attempts()
        names: object = self.non_retryable_error_types
        if not isinstance(names, Sequence) or isinstance(names, str) or not all(map(_is_name, names)):
            raise ArgumentError("non_retryable_error_types", names, "must be a sequence of type names")

    def _check_coefficient(self) -> None:
        value = self.backoff_coefficient
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ArgumentError("backoff_coefficient", value, "must be a number")
        if not math.isfinite(value) or value < 1:
            raise ArgumentError("backoff_coefficient", value, "must be a finite number of at least 1")

    def _check_attempts(self) -> None:
        value = self.maximum_attempts
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            raise ArgumentError("maximum_attempts", value, "must be an int")
        if not 0 <= value <= ATTEMPTS_MAX:
            raise ArgumentError("maximum_attempts", value, f"must be 0 (unlimited) to {ATTEMPTS_MAX}")

    def to_proto(self) -> common_pb2.RetryPolicy:
        """The policy with the defaults of the function style filled in."""
        return common_pb2.RetryPolicy(
            initial_interval_us=optional_microseconds(
                _or(self.initial_interval, dt.timedelta(seconds=1)), field="initial_interval"
            ),
            backoff_coefficient=_or(self.backoff_coefficient, 2.0),
            maximum_interval_us=optional_microseconds(self._longest(), field="maximum_interval"),
            maximum_attempts=_or(self.maximum_attempts, 3),
            non_retryable_error_types=self.non_retryable_error_types,
        )

    def _longest(self) -> Duration:
        if self.maximum_interval is not None:
            return self.maximum_interval
        first_us = optional_microseconds(self.initial_interval, field="initial_interval")
        # A first interval of an hour says that a minute at most was not meant.
        return max(dt.timedelta(seconds=60), dt.timedelta(microseconds=first_us))


def _is_name(name: object) -> bool:
    return isinstance(name, str) and bool(name)


def _or(value: _T | None, default: _T) -> _T:
    return default if value is None else value
