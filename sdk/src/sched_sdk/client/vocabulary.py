"""Words of the contract as Python enums, equal to their names in REST and in the documentation."""

import enum
from typing import TypeVar

from sched_sdk.errors import ArgumentError

E = TypeVar("E", bound=enum.StrEnum)


class WorkflowStatus(enum.StrEnum):
    """Where a run stands; all but RUNNING are final."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    TERMINATED = "TERMINATED"
    TIMED_OUT = "TIMED_OUT"


class WorkflowIdConflictPolicy(enum.StrEnum):
    """What a start does when a run of the id is open."""

    FAIL = "FAIL"
    USE_EXISTING = "USE_EXISTING"


class WorkflowIdReusePolicy(enum.StrEnum):
    """What a start does when the last run of the id is closed."""

    ALLOW_DUPLICATE = "ALLOW_DUPLICATE"
    ALLOW_DUPLICATE_FAILED_ONLY = "ALLOW_DUPLICATE_FAILED_ONLY"
    REJECT_DUPLICATE = "REJECT_DUPLICATE"


def parse_word(words: type[E], value: str | None, *, field: str) -> E | None:
    """A member by its name, case aside; None stays None.

    Raises:
        ArgumentError: No such word.
    """
    if value is None:
        return None
    try:
        return words(value.upper())
    except (ValueError, AttributeError):
        raise ArgumentError(field, value, "must be one of " + ", ".join(words)) from None
