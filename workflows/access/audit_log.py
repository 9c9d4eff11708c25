"""The audit as it is read: newest first, in pages that go on from a position."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db.models import Q

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.models import AuditEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilters:
    """Which entries: all conditions hold; None and empty mean any. `before` is excluded."""

    namespace: str = DEFAULT_NAMESPACE
    who: str = ""
    workflow_id: str = ""
    action: str = ""
    before: datetime | None = None


class AuditPosition(NamedTuple):
    """That of the last entry shown."""

    at: datetime
    number: int


def entries(filters: AuditFilters, *, page_size: int, after: AuditPosition | None = None) -> list[AuditEntry]:
    """At most `page_size` entries, newest first, beginning behind `after`."""
    rows = AuditEntry.objects.filter(namespace=filters.namespace)
    named = {"who": filters.who, "workflow_id": filters.workflow_id, "action": filters.action}
    rows = rows.filter(**{name: value for name, value in named.items() if value})
    if filters.before is not None:
        rows = rows.filter(at__lt=filters.before)
    if after is not None:
        same_instant = Q(at=after.at, id__lt=after.number)
        # The first condition follows from the second, and is one that an index can begin at.
        rows = rows.filter(Q(at__lte=after.at), Q(at__lt=after.at) | same_instant)
    return list(rows.order_by("-at", "-id")[:page_size])


def position_of(entry: AuditEntry) -> AuditPosition:
    """Where the page that ends with this entry goes on."""
    return AuditPosition(entry.at, entry.pk)
