"""The retries of a chunk: for each run a new one with the same input, if it is the last of its workflow id.

A run that is followed by another is skipped, whatever became of that: to begin the same order twice is what nobody
means. Each start has a request id that follows from the operation and the run, so that even a repeat by hand, with a
position set back, has one effect.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from workflows.core.inputs import StartRequested
from workflows.core.rejection import Code, Rejected
from workflows.models import BulkOperation
from workflows.service import retry
from workflows.service.bulk.done import Done, identity_of
from workflows.store import inline, reader
from workflows.store.bulk import Target

_SKIPPED = (Code.ALREADY_EXISTS, Code.NOT_FOUND)
"""Refusals that mean that somebody else has been here."""


def retry_all(operation: BulkOperation, chunk: Sequence[Target]) -> Done:
    """In the caller's transaction. It ends before a run whose id is in another transaction's hands, so that the next
    step tries that again; where it is the first, it has been tried for long enough, and counts as failed."""
    told = _Told()
    current = reader.resolve(operation.namespace, [target.workflow_id for target in chunk])
    for target in chunk:
        if current.get(target.workflow_id) != target.run_id:
            told.skipped += 1
            continue
        try:
            told.begun.append(_retry(operation, target))
        except Rejected as refusal:
            if refusal.code is Code.ID_BUSY and told.matched:
                break
            told.refused(refusal)
    return told.done()


@dataclass(slots=True)
class _Told:
    """Counts so far."""

    skipped: int = 0
    failed: int = 0
    problem: str = ""
    begun: list[str] = field(default_factory=list)

    @property
    def matched(self) -> int:
        return len(self.begun) + self.skipped + self.failed

    def refused(self, refusal: Rejected) -> None:
        if refusal.code in _SKIPPED:
            self.skipped += 1
        else:
            self.failed += 1
            self.problem = refusal.message

    def done(self) -> Done:
        return Done(
            matched=self.matched,
            changed=len(self.begun),
            skipped=self.skipped,
            failed=self.failed,
            problem=self.problem,
            begun=self.begun,
        )


def _retry(operation: BulkOperation, target: Target) -> str:
    """The new run. A refusal undoes this one alone."""
    with transaction.atomic():
        return inline.start(_start_of(operation, target)).run_id


def _start_of(operation: BulkOperation, target: Target) -> StartRequested:
    """The start that repeats a run, as every retry's."""
    return retry.start_of(
        target.run_id,
        next(iter(reader.history(target.run_id, limit=1)), b""),
        workflow_id=target.workflow_id,
        namespace=operation.namespace,
        request_id=f"bulk:{operation.pk}:{target.run_id}",
        identity=identity_of(operation),
    )
