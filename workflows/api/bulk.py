"""Bulk operations over HTTP: what a body asks for, and what callers are shown."""

from datetime import datetime

from workflows.api import body
from workflows.api.body import Member, shown_name
from workflows.api.fields import SORTS, Fields
from workflows.api.requests import instant_of
from workflows.api.shapes import Document, instant
from workflows.core.values import Status
from workflows.models import BulkOperation
from workflows.service import limits
from workflows.service.bulk import FILTER_NAMES, Asked, Kind, Preview, progress_of
from workflows.service.errors import FieldError, shown
from workflows.store.reader import Filters

NAMES = ("action", "filters", "all", "reason", "signalName", "payload", "dryRun")
OPERATIONS, OPERATIONS_MAX = 50, 500
"""Of a page."""
BEFORE_MAX = 9_999_999_999
"""Of ids in a query, which have at most ten digits."""
_OF_A_SIGNAL = ("signalName", "payload")
_KINDS = ", ".join(Kind)


def asked_of(members: dict[str, Member], *, request_id: str) -> tuple[Asked, bool]:
    """What is asked for, and whether that is to be looked at only.

    Raises:
        Invalid: with every field that breaks a rule.
    """
    body.known(members, NAMES)
    fields = Fields(members)
    kind = _kind(fields)
    fields.check(*(_misplaced(name, kind) for name in members if members[name].value is not None))
    asked = Asked(
        kind=kind or Kind.CANCEL,
        filters=_filters(fields, members.get("filters")),
        everything=_flag(fields, members, "all"),
        reason=fields.reason("reason"),
        signal_name=fields.name("signalName") if kind is Kind.SIGNAL else "",
        payload=fields.payload("payload"),
        request_id=request_id,
    )
    only_look = _flag(fields, members, "dryRun")
    fields.finish()
    return asked, only_look


def operation(found: BulkOperation, now: datetime) -> Document:
    """An operation as it is now. A signal's payload is not shown."""
    progress = progress_of(found, now)
    return {
        "id": found.pk,
        "action": found.kind,
        "filters": found.filters,
        "reason": found.reason,
        "signalName": found.signal_name or None,
        "requestedBy": found.requested_by or None,
        "door": found.door,
        "state": found.state,
        "createdAt": instant(found.created_at),
        "begunAt": instant(found.begun_at),
        "finishedAt": instant(found.finished_at),
        "found": found.found,
        "matched": found.matched,
        "changed": found.changed,
        "skipped": found.skipped,
        "failed": found.failed,
        "ratePerSecond": progress.rate,
        "secondsLeft": progress.seconds_left,
        "problem": found.problem or None,
    }


def preview(found: Preview) -> Document:
    first = [{"workflowId": target.workflow_id, "runId": target.run_id} for target in found.first]
    return {"found": found.found, "first": first}


def _kind(fields: Fields) -> Kind | None:
    before = len(fields.errors)
    text = fields.text("action")
    if text in Kind:
        return Kind(text)
    if len(fields.errors) == before:
        fields.check(FieldError("action", shown(text) if text else "", f"is required: one of {_KINDS}"))
    return None


def _misplaced(name: str, kind: Kind | None) -> FieldError | None:
    """Of members that this action has no use for."""
    if name in _OF_A_SIGNAL and kind not in (Kind.SIGNAL, None):
        return FieldError(name, "", "belongs to the action signal only")
    if name == "reason" and kind not in (Kind.CANCEL, Kind.TERMINATE, None):
        return FieldError(name, "", "belongs to the actions cancel and terminate only")
    return None


def _flag(fields: Fields, members: dict[str, Member], name: str) -> bool:
    value = members[name].value if name in members else None
    if value is not None and not isinstance(value, bool):
        fields.check(
            FieldError(name, shown(value) if isinstance(value, str | int) else "", "must be true or false")
        )
    return value is True


def _filters(fields: Fields, member: Member | None) -> Filters:
    """Each filter is read as a member of its own, whose name in errors begins with `filters.`."""
    given = {} if member is None or member.value is None else member.value
    if not isinstance(given, dict):
        fields.check(FieldError("filters", SORTS.get(type(given), ""), limits.OBJECT_RULE))
        return Filters()
    rule = f"is unknown; known are {', '.join(FILTER_NAMES)}"
    fields.check(*(FieldError(f"filters.{shown_name(n)}", "", rule) for n in given if n not in FILTER_NAMES))
    read = Fields({f"filters.{name}": Member(value, b"") for name, value in given.items()})
    found = Filters(
        status=_status(read),
        workflow_type=read.identifier("filters.workflowName"),
        task_queue=read.identifier("filters.taskQueue"),
        started_after=_instant(read, "filters.startedAfter"),
        started_before=_instant(read, "filters.startedBefore"),
        id_prefix=read.identifier("filters.idPrefix"),
    )
    fields.check(*read.errors)
    return found


def _status(read: Fields) -> Status | None:
    text = read.given_text("filters.status")
    if text is None or text in Status:
        return None if text is None else Status(text)
    read.check(FieldError("filters.status", shown(text), f"must be one of {', '.join(Status)}"))
    return None


def _instant(read: Fields, name: str) -> datetime | None:
    text = read.given_text(name)
    found, error = (None, None) if text is None else instant_of(name, text)
    read.check(error)
    return found
