"""A step of a bulk operation: the next chunk of its executions, in one transaction with its counters and position.

The chunk is read first, and without a lock: that may take long where a filter lets little through. Then the operation's
row is locked, and it is looked whether it is still where the chunk begins; if another engine has been here, or somebody
has stopped it, nothing is written. A stop waits for the writing alone.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from workflows.codec.inbox import Steering
from workflows.core.inputs import CancelRequested, SignalSent, TerminateRequested
from workflows.core.values import Payload
from workflows.models import BulkOperation
from workflows.points import Point, reach
from workflows.service.bulk.again import retry_all
from workflows.service.bulk.done import Done, identity_of
from workflows.service.bulk.rules import targets_of
from workflows.service.bulk.values import Kind, State
from workflows.store.away import OUTAGES
from workflows.store.bulk import Target, put_into
from workflows.store.inline.tables import tables

_LOGGER = logging.getLogger(__name__)

RETRIES_MAX = 25
"""Of a chunk: a retry is a start of its own, with its payloads, in this transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepped:
    """What a step has come to. `operation` is 0 where none waits or runs.

    Attributes:
        run_ids: whose inboxes have an entry more.
        begun: runs that it has started.
    """

    operation: int = 0
    run_ids: Sequence[str] = field(default=())
    begun: Sequence[str] = field(default=())


def step(size: int) -> Stepped:
    """The next `size` executions of the oldest operation that is not over, or fewer."""
    operation = BulkOperation.objects.filter(finished_at=None).order_by("pk").first()
    if operation is None:
        return Stepped()
    try:
        done = _chunk(operation, size)
    except OUTAGES:
        raise
    except Exception as error:  # it must not be in the way of those behind it
        _LOGGER.exception("bulk operation %d fails", operation.pk)
        _give_up(operation, error)
        return Stepped(operation=operation.pk)
    return Stepped(operation=operation.pk, run_ids=done.run_ids, begun=done.begun)


def _chunk(operation: BulkOperation, size: int) -> Done:
    if operation.kind == Kind.RETRY:
        size = min(size, RETRIES_MAX)
    after = None
    if operation.position_at is not None:
        after = operation.position_at, str(operation.position_run)
    chunk = targets_of(operation).chunk(size, after)
    with transaction.atomic():
        if not _is_still_there(operation):
            return Done()
        done = _do(operation, chunk)
        is_last = len(chunk) < size and done.matched == len(chunk)
        _advance(operation, chunk[: done.matched], done, is_last=is_last)
        reach(Point.BULK_WRITTEN)
    reach(Point.BULK_COMMITTED)
    return done


def _is_still_there(operation: BulkOperation) -> bool:
    """Locks its row; false if somebody has stopped it, or done this chunk, since it was read."""
    rows = BulkOperation.objects.select_for_update().filter(
        pk=operation.pk,
        finished_at=None,
        position_at=operation.position_at,
        position_run=operation.position_run,
    )
    return rows.first() is not None


def _do(operation: BulkOperation, chunk: Sequence[Target]) -> Done:
    if operation.kind == Kind.RETRY:
        return retry_all(operation, chunk)
    put = put_into([target.run_id for target in chunk], _steering(operation))
    return Done(matched=len(chunk), changed=len(put), skipped=len(chunk) - len(put), run_ids=put)


def _steering(operation: BulkOperation) -> Steering:
    """What each inbox gets; the run is the row's."""
    identity = identity_of(operation)
    if operation.kind == Kind.SIGNAL:
        payload = None if operation.payload is None else Payload(bytes(operation.payload))
        return SignalSent(run_id="", name=operation.signal_name, payload=payload, identity=identity)
    if operation.kind == Kind.CANCEL:
        return CancelRequested(run_id="", reason=operation.reason, identity=identity)
    return TerminateRequested(run_id="", reason=operation.reason, identity=identity)


def _advance(operation: BulkOperation, passed: Sequence[Target], done: Done, *, is_last: bool) -> None:
    now = tables("default").now()
    changes: dict[str, int | str | datetime] = {
        "matched": operation.matched + done.matched,
        "changed": operation.changed + done.changed,
        "skipped": operation.skipped + done.skipped,
        "failed": operation.failed + done.failed,
        "problem": done.problem or operation.problem,
        "state": State.DONE if is_last else State.RUNNING,
        "begun_at": operation.begun_at or now,
    }
    if passed:
        changes |= {"position_at": passed[-1].started_at, "position_run": passed[-1].run_id}
    if is_last:
        changes["finished_at"] = now
    BulkOperation.objects.filter(pk=operation.pk).update(**changes)


def _give_up(operation: BulkOperation, error: Exception) -> None:
    now = tables("default").now()
    BulkOperation.objects.filter(pk=operation.pk, finished_at=None).update(
        state=State.FAILED, finished_at=now, problem=f"{type(error).__name__}: its engine's log says more"
    )
