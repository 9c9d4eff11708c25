"""Rows that cannot be read: headers without a status that there is, and entries of inboxes that were set aside."""

from datetime import datetime
from typing import ClassVar, Final

from django.db import connection

from workflows.core.keys import DEFAULT_NAMESPACE
from workflows.core.values import Status
from workflows.models import Execution, Inbox
from workflows.service.attention.finding import SHOWN, Finding, Found, counted
from workflows.store import reader

STATUSES_MAX: Final = 50
"""Different ones; there are six, and each other is a damage of its own."""
_NEXT: Final = "SELECT min(e.status) FROM sched_executions e WHERE e.namespace = %(namespace)s"
_STATUSES: Final = f"""WITH RECURSIVE statuses(status) AS (
    SELECT ({_NEXT}) UNION ALL
    SELECT ({_NEXT} AND e.status > statuses.status) FROM statuses WHERE statuses.status IS NOT NULL
) SELECT status FROM statuses WHERE status IS NOT NULL LIMIT %(statuses)s"""  # noqa: S608 - of constants
_KNOWN: Final = frozenset(status.value for status in Status)


class DamagedExecutions:
    """From status to status by their index, so that those that there are cost six looks, in one statement."""

    slug: ClassVar = "damaged"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        unknown = [status for status in _statuses() if status not in _KNOWN]
        rows = Execution.objects.filter(namespace=DEFAULT_NAMESPACE, status__in=unknown)
        listed = list(rows.order_by("-started_at")[:SHOWN]) if unknown else []
        return Found(
            slug=self.slug,
            title="Damaged executions",
            findings=[_damaged(row) for row in listed],
            count=counted(rows, len(listed)),
        )


class UnreadableInboxes:
    """An inbox holds what the next batch takes, and what was set aside: it is short, and read as it is."""

    slug: ClassVar = "inbox"

    def find(self, now: datetime, *, payloads: bool) -> Found:
        rows = Inbox.objects.filter(namespace=DEFAULT_NAMESPACE, kind__lt=0).order_by("id")
        listed = list(rows[:SHOWN])
        names = dict(
            Execution.objects.filter(run_id__in=[row.run_id for row in listed]).values_list(
                "run_id", "workflow_id"
            )
        )
        return Found(
            slug=self.slug,
            title="Requests that cannot be read",
            findings=[_set_aside(row, names.get(row.run_id, "")) for row in listed],
            count=counted(rows, len(listed)),
        )


def _statuses() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_STATUSES, {"namespace": DEFAULT_NAMESPACE, "statuses": STATUSES_MAX})
        return [status for (status,) in cursor.fetchall()]


def _damaged(row: Execution) -> Finding:
    return Finding(
        says=f"D{reader.damage_of(row).partition(';')[0][1:]}",
        since=row.last_event_at,
        advice=f"Run manage.py fsck --repair --run-id {row.run_id}",
        workflow_id=row.workflow_id,
        run_id=str(row.run_id),
    )


def _set_aside(row: Inbox, workflow_id: str) -> Finding:
    return Finding(
        says=f"Entry {row.id} of the inbox, of kind {-row.kind}, cannot be read and was set aside",
        since=row.created_at,
        advice="docs/operating.md says how to put it back or to give it up.",
        workflow_id=workflow_id,
        run_id=str(row.run_id),
    )
