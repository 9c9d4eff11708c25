"""Asking for a bulk operation, looking first at what it would come to, and stopping it."""

from django.db import connection, transaction
from django.db.utils import IntegrityError

from workflows.access import audit
from workflows.access.audit import Act
from workflows.access.principal import Principal
from workflows.models import BulkOperation
from workflows.service import limits
from workflows.service.bulk import rules
from workflows.service.bulk.seen import find
from workflows.service.bulk.values import Asked, Kind, Preview, State
from workflows.store import wakeups
from workflows.store.inline.tables import tables

FIRST = 20
"""Executions that a preview names."""


def preview(asked: Asked) -> Preview:
    """What it would come to, if it were asked for now. Reads all that match; changes nothing.

    Raises:
        Invalid: with every rule that it breaks.
    """
    limits.require(*rules.errors_of(asked))
    targets = rules.matching(asked.kind, asked.filters, tables("default").now())
    return Preview(found=targets.count(), first=targets.chunk(FIRST))


def ask(asked: Asked, who: Principal, door: str) -> tuple[BulkOperation, bool]:
    """The operation, and whether it is new: a repeated request id finds the first one's.

    Raises:
        Denied: who asks may not do this to a single execution.
        Invalid: with every rule that it breaks.
    """
    who.require(asked.kind.action)
    limits.require(*rules.errors_of(asked))
    known = _known(asked)
    if known is not None:
        return known, False
    try:
        return _make(asked, who, door), True
    except IntegrityError:
        known = _known(asked)
        if known is None:
            raise
        return known, False


def stop(number: int, who: Principal, door: str) -> BulkOperation:
    """No execution is come to any more; what was done stays. One that has ended is left as it is.

    Raises:
        Denied: who asks may not do this to a single execution.
        Rejected: NOT_FOUND.
    """
    found = find(number)
    who.require(Kind(found.kind).action)
    with transaction.atomic():
        now = tables("default").now()
        running = BulkOperation.objects.filter(pk=number, finished_at=None)
        changed = running.update(state=State.STOPPED, finished_at=now)
        found = find(number)
        if changed:
            audit.record(who, door, _act("bulk-stop", found, _counters(found)), now)
    return found


def _known(asked: Asked) -> BulkOperation | None:
    if not asked.request_id:
        return None
    return BulkOperation.objects.filter(
        namespace=asked.filters.namespace, request_id=asked.request_id
    ).first()


def _make(asked: Asked, who: Principal, door: str) -> BulkOperation:
    now = tables("default").now()
    # Counted before, so that a transaction that writes is not open for as long.
    found = rules.matching(asked.kind, asked.filters, now).count()
    made = BulkOperation(
        namespace=asked.filters.namespace,
        kind=asked.kind,
        filters=rules.as_json(asked.filters),
        started_before=now,
        reason=asked.reason,
        signal_name=asked.signal_name,
        payload=None if asked.payload is None else asked.payload.data,
        request_id=asked.request_id,
        requested_by=who.name,
        door=door,
        created_at=now,
        state=State.WAITING,
        found=found,
    )
    with transaction.atomic():
        made.save(force_insert=True)
        audit.record(who, door, _act(f"bulk-{asked.kind}", made, {"found": found}), now)
        wakeups.announce(connection, bulk=[made.pk])
    return made


def _counters(found: BulkOperation) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("found", "matched", "changed", "skipped", "failed")}


def _act(action: str, operation: BulkOperation, counters: dict[str, object]) -> Act:
    """As the audit tells it: one entry for the operation, none for each execution."""
    signal = {"signalName": operation.signal_name} if operation.signal_name else {}
    details = {"bulk": operation.pk, "filters": operation.filters, **signal, **counters}
    return Act(action=action, reason=operation.reason, namespace=operation.namespace, details=details)
