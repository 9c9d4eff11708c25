"""What was done to a chunk, and under which name histories tell it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.access.principal import Principal
from workflows.models import BulkOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Counts of a chunk. `matched` may be less than the chunk: the rest is for the next step.

    Attributes:
        skipped: for which there was nothing to do.
        problem: of the last that failed.
        run_ids: whose inboxes have an entry more.
        begun: runs that were started.
    """

    matched: int = 0
    changed: int = 0
    skipped: int = 0
    failed: int = 0
    problem: str = ""
    run_ids: Sequence[str] = field(default=())
    begun: Sequence[str] = field(default=())


def identity_of(operation: BulkOperation) -> str:
    """Who acts, and by which operation: `rest:alice bulk/17`. A signal has no reason to name it in."""
    who = Principal(name=operation.requested_by, actions=frozenset())
    return f"{who.identity(operation.door)} bulk/{operation.pk}"
