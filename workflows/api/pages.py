"""Pages of lists as documents, each with the cursor of the next. One row more is read than is shown, to know of it."""

from workflows.access import audit_log
from workflows.access.audit_log import AuditFilters, AuditPosition
from workflows.api.shapes import Document, Shapes, instant
from workflows.models import AuditEntry
from workflows.service import audit_cursors, cursors
from workflows.store import reader


def executions(
    filters: reader.Filters, shown: Shapes, *, size: int, after: reader.Position | None = None
) -> Document:
    """Newest first."""
    found = reader.list_executions(filters, page_size=size + 1, after=after)
    page, more = found[:size], len(found) > size
    return {
        "workflows": [shown.execution(each) for each in page],
        "nextCursor": cursors.make(reader.position_of(page[-1]), filters) if more else None,
        **shown.withheld,
    }


def audit(filters: AuditFilters, *, size: int, after: AuditPosition | None) -> Document:
    """Newest first."""
    found = audit_log.entries(filters, page_size=size + 1, after=after)
    page, more = found[:size], len(found) > size
    return {
        "entries": [_entry(each) for each in page],
        "nextCursor": audit_cursors.make(audit_log.position_of(page[-1]), filters) if more else None,
    }


def _entry(entry: AuditEntry) -> Document:
    return {
        "at": instant(entry.at),
        "who": entry.who,
        "door": entry.door,
        "action": entry.action,
        "workflowId": entry.workflow_id or None,
        "runId": None if entry.run_id is None else str(entry.run_id),
        "reason": entry.reason,
        "details": entry.details,
    }
