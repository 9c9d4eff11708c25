"""The executions that a bulk operation is about, the oldest first.

They are walked from a position on, by the index of lists, so a chunk costs the same at the end as at the beginning; and
oldest first, because a run that was started just before the operation, in a transaction that is not over yet, would be
the first of the newest and be missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q, QuerySet

from workflows.core.values import Status
from workflows.models import Execution as Row
from workflows.store.reader import Filters, id_prefixed


class Target(NamedTuple):
    """One of them: whose run it is, and its place in the order."""

    started_at: datetime
    run_id: str
    workflow_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """All runs that a filter lets through, are in one of `statuses`, and started before an instant.

    Attributes:
        filters: its own status is not looked at.
    """

    filters: Filters
    statuses: Sequence[Status]
    started_before: datetime

    def count(self) -> int:
        """Reads all of them."""
        return self._rows().count()

    def chunk(self, size: int, after: tuple[datetime, str] | None = None) -> list[Target]:
        """The first of them, or the first behind a position."""
        rows = self._rows()
        if after is not None:
            started_at, run_id = after
            later = Q(started_at__gt=started_at) | Q(started_at=started_at, run_id__gt=run_id)
            # The first condition follows from the second, and is one that an index can begin at.
            rows = rows.filter(Q(started_at__gte=started_at), later)
        found = rows.order_by("started_at", "run_id").values_list("started_at", "run_id", "workflow_id")
        return [Target(at, str(run_id), workflow_id) for at, run_id, workflow_id in found[:size]]

    def _rows(self) -> QuerySet[Row]:
        given = self.filters
        rows = Row.objects.filter(namespace=given.namespace, started_at__lt=self.started_before)
        # An equality where there is one status: then the index has the order, too.
        one = len(self.statuses) == 1
        rows = rows.filter(status=self.statuses[0]) if one else rows.filter(status__in=self.statuses)
        if given.workflow_type:
            rows = rows.filter(workflow_type=given.workflow_type)
        if given.task_queue:
            rows = rows.filter(task_queue=given.task_queue)
        if given.started_after is not None:
            rows = rows.filter(started_at__gt=given.started_after)
        if given.started_before is not None:
            rows = rows.filter(started_at__lt=given.started_before)
        return rows.filter(id_prefixed(given.id_prefix)) if given.id_prefix else rows
