"""Entries of the inbox as drains take them, and what becomes of those that this version cannot read.

```
 kind known, bytes readable     drained
 kind known, bytes are none     set aside: its kind is negated, and no drain takes it any more; told once
 kind unknown                   left where it is: a newer version wrote it, whose engines drain it
```

Guarantees: an entry that cannot be read costs itself alone. It is never deleted here: it was accepted.
"""

import logging
from collections.abc import Iterable
from typing import NamedTuple

from workflows.codec import inbox as codec
from workflows.store.backend import InboxEntry

_LOGGER = logging.getLogger(__name__)

KNOWN_KINDS = ", ".join(str(int(kind)) for kind in codec.InboxKind)
"""Of `sched_inbox.kind`, for statements: what drains take."""


class InboxRow(NamedTuple):
    """A row as a drain returns it."""

    id: int
    run_id: str
    kind: int
    data: bytes


class UnreadableEntries(Exception):
    """A drain has met some: its transaction sets them aside, and begins anew."""

    def __init__(self, rows: list[InboxRow]) -> None:
        super().__init__(f"{len(rows)} entries of inboxes cannot be read")
        self.rows = rows

    @property
    def ids(self) -> list[int]:
        return [row.id for row in self.rows]

    def tell(self) -> None:
        """After they were set aside."""
        for row in self.rows:
            _LOGGER.error(
                "inbox entry %d of run %s, of kind %d, cannot be read and was set aside",
                row.id,
                row.run_id,
                row.kind,
                extra={"run_id": str(row.run_id)},
            )


def entries(rows: Iterable[InboxRow]) -> list[InboxEntry]:
    """What the rows ask for, in their order.

    Raises:
        UnreadableEntries: naming all of them.
    """
    found: list[InboxEntry] = []
    unreadable: list[InboxRow] = []
    for row in rows:
        try:
            found.append(InboxEntry(row.run_id, codec.decode(row.kind, row.run_id, row.data)))
        except Exception:  # whatever the bytes are
            unreadable.append(row)
    if unreadable:
        raise UnreadableEntries(unreadable)
    return found
