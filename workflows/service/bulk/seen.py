"""Bulk operations as they are shown: one, a list, and how fast it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.rejection import Code, Rejected
from workflows.models import BulkOperation

NUMBER_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Executions a second since it began, and the seconds left at that rate; None where that cannot be told."""

    rate: float | None
    seconds_left: float | None


def find(number: int) -> BulkOperation:
    """Raises `Rejected` with NOT_FOUND if there is none."""
    found = None
    if number <= NUMBER_MAX:
        found = BulkOperation.objects.filter(pk=number, namespace=DEFAULT_NAMESPACE).first()
    if found is None:
        raise Rejected(Code.NOT_FOUND, f"there is no bulk operation {number}")
    return found


def listed(*, size: int, before: int = NUMBER_MAX) -> Sequence[BulkOperation]:
    """At most `size`, the newest first, with a number below `before`."""
    rows = BulkOperation.objects.filter(namespace=DEFAULT_NAMESPACE, pk__lt=before)
    return list(rows.order_by("-pk")[:size])


def progress_of(operation: BulkOperation, now: datetime) -> Progress:
    """Of one that runs, up to `now`; of one that is over, all of it."""
    if operation.begun_at is None:
        return Progress(rate=None, seconds_left=None)
    seconds = ((operation.finished_at or now) - operation.begun_at).total_seconds()
    rate = operation.matched / seconds if seconds > 0 and operation.matched else None
    if operation.finished_at is not None:
        return Progress(rate=rate, seconds_left=0.0)
    # More may match than was found at first: runs that a transaction had started and not committed.
    left = max(0, operation.found - operation.matched)
    return Progress(rate=rate, seconds_left=None if rate is None else left / rate)
