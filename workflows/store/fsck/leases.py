"""Operations of a task: who holds it, since when, until when. No event tells them, but not every combination can be.

```
 waiting   no owner, and nothing of a holder
 held      owner, claimed_at, lease_until; at least one delivery
```
"""

from workflows.store.fsck.children import task_name
from workflows.store.fsck.finding import Rule
from workflows.store.fsck.history import Told
from workflows.store.fsck.rows import TaskRow

_OF_A_HOLDER = ("session", "engine", "claimed_at", "lease_until", "heartbeat_at")


def check(row: TaskRow, tell: Told) -> None:
    name = task_name(row)
    for column, found, expected in faults(row):
        tell(Rule.LEASE, f"{name}: {column}", found, expected)


def faults(row: TaskRow) -> list[tuple[str, object, object]]:
    """(column, is, should be) of whatever contradicts."""
    found: list[tuple[str, object, object]] = []
    if row.lost > row.delivery or row.lost < 0:
        found.append(("lost", row.lost, f"0 to {row.delivery}, its deliveries"))
    if row.owner is None:
        left = [column for column in _OF_A_HOLDER if getattr(row, column) is not None]
        return found + [(column, getattr(row, column), "none: nobody holds it") for column in left]
    if row.delivery < 1:
        found.append(("delivery", row.delivery, f"at least 1: {row.owner} holds it"))
    missing = [column for column in ("claimed_at", "lease_until") if getattr(row, column) is None]
    return found + [(column, None, f"an instant: {row.owner} holds it") for column in missing]
